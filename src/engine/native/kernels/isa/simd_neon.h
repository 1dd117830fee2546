// Vectors of 4 floats: Advanced SIMD of ARMv8, and integer dot products where the compiler is told so.
#pragma once

#include <arm_neon.h>

namespace easydel::native::EASYDEL_KERNEL_ISA {

using Vec = float32x4_t;
constexpr int kWidth = 4;
constexpr int kRegisters = 32;

inline Vec zero() {
  return vdupq_n_f32(0.0f);
}
inline Vec set1(float x) {
  return vdupq_n_f32(x);
}
inline Vec from_bf16(uint16x4_t bits) {
  return vreinterpretq_f32_u32(vshll_n_u16(bits, 16));
}
inline Vec from_f16(uint16x4_t bits) {
  return vcvt_f32_f16(vreinterpret_f16_u16(bits));
}
/// The first of eight bytes as numbers.
inline Vec from_bytes(int8x8_t bytes) {
  return vcvtq_f32_s32(vmovl_s16(vget_low_s16(vmovl_s8(bytes))));
}
inline Vec load(const float* p) {
  return vld1q_f32(p);
}
inline uint16x4_t load_halves(const void* p, int count) {
  uint64_t bits = 0;
  __builtin_memcpy(&bits, p, static_cast<size_t>(count) * 2);
  return vcreate_u16(bits);
}
inline Vec load(const Bf16* p) {
  return from_bf16(load_halves(p, 4));
}
inline Vec load(const F16* p) {
  return from_f16(load_halves(p, 4));
}
inline Vec load_partial(const int8_t* p, int count) {
  uint64_t bytes = 0;
  __builtin_memcpy(&bytes, p, static_cast<size_t>(count));
  return from_bytes(vcreate_s8(bytes));
}
inline Vec load(const int8_t* p) {
  return load_partial(p, 4);
}
inline Vec load_partial(const float* p, int count) {
  float numbers[4] = {};
  __builtin_memcpy(numbers, p, static_cast<size_t>(count) * 4);
  return vld1q_f32(numbers);
}
inline Vec load_partial(const Bf16* p, int count) {
  return from_bf16(load_halves(p, count));
}
inline Vec load_partial(const F16* p, int count) {
  return from_f16(load_halves(p, count));
}

inline uint16x4_t to_bf16(Vec x) {
  const uint32x4_t bits = vreinterpretq_u32_f32(x);
  const uint32x4_t odd = vandq_u32(vshrq_n_u32(bits, 16), vdupq_n_u32(1));
  const uint32x4_t rounded = vaddq_u32(bits, vaddq_u32(odd, vdupq_n_u32(0x7fff)));
  const uint32x4_t quiet = vorrq_u32(bits, vdupq_n_u32(0x400000));
  return vshrn_n_u32(vbslq_u32(vceqq_f32(x, x), rounded, quiet), 16);
}
inline uint16x4_t to_f16(Vec x) {
  return vreinterpret_u16_f16(vcvt_f16_f32(x));
}

inline void store_halves_partial(void* p, uint16x4_t halves, int count) {
  const uint64_t bits = vget_lane_u64(vreinterpret_u64_u16(halves), 0);
  __builtin_memcpy(p, &bits, static_cast<size_t>(count) * 2);
}
inline void store(float* p, Vec x) {
  vst1q_f32(p, x);
}
inline void store(Bf16* p, Vec x) {
  store_halves_partial(p, to_bf16(x), 4);
}
inline void store(F16* p, Vec x) {
  store_halves_partial(p, to_f16(x), 4);
}
inline void store_partial(float* p, Vec x, int count) {
  float numbers[4];
  vst1q_f32(numbers, x);
  __builtin_memcpy(p, numbers, static_cast<size_t>(count) * 4);
}
inline void store_partial(Bf16* p, Vec x, int count) {
  store_halves_partial(p, to_bf16(x), count);
}
inline void store_partial(F16* p, Vec x, int count) {
  store_halves_partial(p, to_f16(x), count);
}

inline Vec fma(Vec a, Vec b, Vec c) {
  return vfmaq_f32(c, a, b);
}
/// The second operand where either is NaN.
inline Vec min(Vec a, Vec b) {
  return vbslq_f32(vcltq_f32(a, b), a, b);
}
inline Vec max(Vec a, Vec b) {
  return vbslq_f32(vcgtq_f32(a, b), a, b);
}
inline Vec abs(Vec x) {
  return vabsq_f32(x);
}
inline Vec copy_sign(Vec magnitude, Vec sign) {
  return vbslq_f32(vdupq_n_u32(0x80000000U), sign, magnitude);
}
/// a < b ? x : y
inline Vec select_less(Vec a, Vec b, Vec x, Vec y) {
  return vbslq_f32(vcltq_f32(a, b), x, y);
}
inline Vec round_nearest(Vec x) {
  return vrndnq_f32(x);
}
inline Vec power_of_two(int32x4_t n) {
  return vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(n, vdupq_n_s32(127)), 23));
}
/// x * 2^n for a whole n in [-252, 254]: in two steps, so that the ends under- and overflow as they should.
inline Vec scale_by_power(Vec x, Vec n) {
  const int32x4_t whole = vcvtnq_s32_f32(n);
  const int32x4_t half = vshrq_n_s32(whole, 1);
  return x * power_of_two(half) * power_of_two(vsubq_s32(whole, half));
}

inline float reduce_add(Vec x) {
  return vaddvq_f32(x);
}
inline float reduce_max(Vec x) {
  return vmaxvq_f32(x);
}
/// The sums of four vectors, for less than four sums cost one by one.
inline void reduce_add4(const Vec (&x)[4], float (&sums)[4]) {
  vst1q_f32(sums, vpaddq_f32(vpaddq_f32(x[0], x[1]), vpaddq_f32(x[2], x[3])));
}

/// Rows become columns.
inline void transpose(Vec (&r)[kWidth]) {
  const float32x4_t a = vtrn1q_f32(r[0], r[1]), b = vtrn2q_f32(r[0], r[1]);
  const float32x4_t c = vtrn1q_f32(r[2], r[3]), d = vtrn2q_f32(r[2], r[3]);
  const auto join = [](float32x4_t x, float32x4_t y, auto half) {
    return vreinterpretq_f32_f64(half(vreinterpretq_f64_f32(x), vreinterpretq_f64_f32(y)));
  };
  const auto lower = [](float64x2_t x, float64x2_t y) { return vtrn1q_f64(x, y); };
  const auto upper = [](float64x2_t x, float64x2_t y) { return vtrn2q_f64(x, y); };
  r[0] = join(a, c, lower);
  r[1] = join(b, d, lower);
  r[2] = join(a, c, upper);
  r[3] = join(b, d, upper);
}

#if defined(__ARM_FEATURE_DOTPROD)
// Bytes: the operands of integer dot products.
#define EASYDEL_KERNEL_BYTE_DOT 1
using Bytes = int8x16_t;  // 16 of them, or 4 sums of 32 bits

inline Bytes load_bytes(const void* p) {
  return vld1q_s8(static_cast<const int8_t*>(p));
}
/// The first `count` of 16 bytes, the rest zero.
inline Bytes load_bytes_partial(const void* p, int64_t count) {
  int8_t bytes[16] = {};
  __builtin_memcpy(bytes, p, static_cast<size_t>(count >= 16 ? 16 : count));
  return vld1q_s8(bytes);
}
/// Runs of kRun bytes that lie `stride` bytes apart.
template <int kRun>
inline Bytes load_runs(const unsigned char* p, int64_t) {
  static_assert(kRun >= 16);
  return load_bytes(p);
}
/// The 16 bytes at p + offset(0).
template <typename Offset>
inline Bytes load_runs_at(const unsigned char* p, const Offset& offset) {
  return load_bytes(p + offset(0));
}
/// Bytes shifted right by first + more(0) bits.
template <typename More>
inline Bytes shift_runs(Bytes x, int first, const More& more) {
  const auto left = static_cast<int8_t>(-first - more(0));
  return vreinterpretq_s8_u8(vshlq_u8(vreinterpretq_u8_s8(x), vdupq_n_s8(left)));
}
inline Bytes set1_int(int32_t x) {
  return vreinterpretq_s8_s32(vdupq_n_s32(x));
}
inline void store_bytes(void* p, Bytes x) {
  vst1q_s8(static_cast<int8_t*>(p), x);
}
/// Runs of 16 bytes, of one and the other in turn.
inline void store_halves(void* p, Bytes low, Bytes high) {
  store_bytes(p, low);
  store_bytes(static_cast<char*>(p) + 16, high);
}
/// The four bytes at p, 4 times.
inline Bytes broadcast_bytes(const void* p) {
  int32_t four;
  __builtin_memcpy(&four, p, sizeof four);
  return set1_int(four);
}
/// Signed bytes plus 128, as unsigned ones.
inline Bytes raised(Bytes x) {
  return veorq_s8(x, vdupq_n_s8(-128));
}
inline Bytes low_nibbles(Bytes x) {
  return vandq_s8(x, vdupq_n_s8(15));
}
inline Bytes high_nibbles(Bytes x) {
  return vreinterpretq_s8_u8(vshrq_n_u8(vreinterpretq_u8_s8(x), 4));
}
/// Adds 16 to byte i where bit i of 16 is set.
inline Bytes add_fifth_bits(Bytes x, uint64_t bits) {
  const uint8x16_t spread =
      vcombine_u8(vdup_n_u8(static_cast<uint8_t>(bits)), vdup_n_u8(static_cast<uint8_t>(bits >> 8)));
  const uint8x16_t bit = vreinterpretq_u8_u64(vdupq_n_u64(0x8040201008040201U));
  return vorrq_s8(x, vandq_s8(vreinterpretq_s8_u8(vtstq_u8(spread, bit)), vdupq_n_s8(16)));
}
/// Adds the lowest kBits bits of each byte of `upper`, times 16.
template <int kBits>
inline Bytes add_upper_bits(Bytes x, Bytes upper) {
  return vorrq_s8(x, vshlq_n_s8(vandq_s8(upper, vdupq_n_s8((1 << kBits) - 1)), 4));
}
inline Vec to_floats(Bytes x) {
  return vcvtq_f32_s32(vreinterpretq_s32_s8(x));
}
constexpr bool kRaisesSigned = false;  ///< dot_bytes() wants signed codes raised()
/// Adds the products of 4 times four bytes.
inline Bytes dot_bytes(Bytes codes, Bytes x, Bytes sum) {
  return vreinterpretq_s8_s32(vdotq_s32(vreinterpretq_s32_s8(sum), codes, x));
}
/// Rounds 4 floats to signed bytes, which saturate.
inline void store_rounded_bytes(int8_t* p, Vec x) {
  const int16x4_t halves = vqmovn_s32(vcvtnq_s32_f32(x));
  const int8x8_t bytes = vqmovn_s16(vcombine_s16(halves, halves));
  vst1_lane_s32(reinterpret_cast<int32_t*>(p), vreinterpret_s32_s8(bytes), 0);
}
/// Lane l is element (4 * i + l) / kRun of the 16 floats of `x`.
template <int kRun>
inline Vec spread(const Vec (&x)[4], int i) {
  const float* from = reinterpret_cast<const float*>(x) + 4 * i / kRun;
  if constexpr (kRun >= 4) {
    return vld1q_dup_f32(from);
  } else {
    static_assert(kRun == 2);
    return vcombine_f32(vdup_n_f32(from[0]), vdup_n_f32(from[1]));
  }
}
/// Sixteen floats that nibbles choose from.
class Table16 {
 public:
  explicit Table16(const TableOf16& table) {
    for (int i = 0; i < 4; ++i) bytes_[i] = vld1q_u8(table.bytes[i]);
  }
  /// Those of the low nibbles of 16 bytes, then those of the high ones.
  void look_up(const unsigned char* nibbles, Vec (&to)[8]) const {
    const uint8x16_t both = vld1q_u8(nibbles);
    const uint8x16_t codes[2] = {vandq_u8(both, vdupq_n_u8(15)), vshrq_n_u8(both, 4)};
    for (int half = 0; half < 2; ++half) {
      uint8x16_t bytes[4];
      for (int i = 0; i < 4; ++i) bytes[i] = vqtbl1q_u8(bytes_[i], codes[half]);
      const uint16x8_t lower[2] = {vreinterpretq_u16_u8(vzip1q_u8(bytes[0], bytes[1])),
                                   vreinterpretq_u16_u8(vzip1q_u8(bytes[2], bytes[3]))};
      const uint16x8_t upper[2] = {vreinterpretq_u16_u8(vzip2q_u8(bytes[0], bytes[1])),
                                   vreinterpretq_u16_u8(vzip2q_u8(bytes[2], bytes[3]))};
      to[4 * half] = vreinterpretq_f32_u16(vzip1q_u16(lower[0], lower[1]));
      to[4 * half + 1] = vreinterpretq_f32_u16(vzip2q_u16(lower[0], lower[1]));
      to[4 * half + 2] = vreinterpretq_f32_u16(vzip1q_u16(upper[0], upper[1]));
      to[4 * half + 3] = vreinterpretq_f32_u16(vzip2q_u16(upper[0], upper[1]));
    }
  }

 private:
  uint8x16_t bytes_[4];
};
/// 32 numbers of e4m3 over 256, but for NaN, which becomes a number.
inline void read_e4m3(const unsigned char* p, Vec (&to)[8]) {
  for (int i = 0; i < 4; ++i) {
    // f16 has one more bit of exponent, between the sign and those of e4m3.
    const int16x8_t codes = vmovl_s8(vreinterpret_s8_u8(vld1_u8(p + 8 * i)));
    const uint16x8_t halves = vandq_u16(vshlq_n_u16(vreinterpretq_u16_s16(codes), 7), vdupq_n_u16(0xbf80));
    to[2 * i] = from_f16(vget_low_u16(halves));
    to[2 * i + 1] = from_f16(vget_high_u16(halves));
  }
}
inline Vec set1_half(uint16_t bits) {
  return from_f16(vdup_n_u16(bits));
}
/// Pairs of f16 that lie `stride` bytes apart, the first `count` of 4: their first numbers, or with kSecond the others.
template <bool kSecond>
inline Vec gather_f16(const void* p, int64_t stride, int count) {
  uint16_t halves[4] = {};
  for (int i = 0; i < count; ++i)
    __builtin_memcpy(halves + i, static_cast<const char*>(p) + i * stride + (kSecond ? 2 : 0), 2);
  return from_f16(vld1_u16(halves));
}
#endif

}  // namespace easydel::native::EASYDEL_KERNEL_ISA
