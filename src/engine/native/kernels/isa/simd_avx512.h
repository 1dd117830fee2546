// Vectors of 16 floats: AVX-512 F, BW, DQ, VL, and BF16 where the compiler is told so.
#pragma once

#include <immintrin.h>

namespace easydel::native::EASYDEL_KERNEL_ISA {

using Vec = __m512;
constexpr int kWidth = 16;
constexpr int kRegisters = 32;

inline Vec zero() {
  return _mm512_setzero_ps();
}
inline Vec set1(float x) {
  return _mm512_set1_ps(x);
}
inline Vec load(const float* p) {
  return _mm512_loadu_ps(p);
}
inline Vec load(const Bf16* p) {
  const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16));
}
inline Vec load(const F16* p) {
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
}
inline Vec load(const int8_t* p) {
  return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))));
}
inline __mmask16 mask_of(int count) {
  return static_cast<__mmask16>((1U << count) - 1U);
}
inline Vec load_partial(const float* p, int count) {
  return _mm512_maskz_loadu_ps(mask_of(count), p);
}
inline Vec load_partial(const Bf16* p, int count) {
  const __m256i bits = _mm256_maskz_loadu_epi16(mask_of(count), p);
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16));
}
inline Vec load_partial(const F16* p, int count) {
  return _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(mask_of(count), p));
}
inline Vec load_partial(const int8_t* p, int count) {
  return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(mask_of(count), p)));
}

inline __m256i to_bf16(Vec x) {
  const __m512i bits = _mm512_castps_si512(x);
  const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  const __m512i rounded = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
  const __m512i quiet = _mm512_or_si512(bits, _mm512_set1_epi32(0x400000));
  const __mmask16 nan = _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q);
  return _mm512_cvtepi32_epi16(_mm512_srli_epi32(_mm512_mask_blend_epi32(nan, rounded, quiet), 16));
}
inline __m256i to_f16(Vec x) {
  return _mm512_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

inline void store(float* p, Vec x) {
  _mm512_storeu_ps(p, x);
}
inline void store(Bf16* p, Vec x) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), to_bf16(x));
}
inline void store(F16* p, Vec x) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), to_f16(x));
}
inline void store_partial(float* p, Vec x, int count) {
  _mm512_mask_storeu_ps(p, mask_of(count), x);
}
inline void store_partial(Bf16* p, Vec x, int count) {
  _mm256_mask_storeu_epi16(p, mask_of(count), to_bf16(x));
}
inline void store_partial(F16* p, Vec x, int count) {
  _mm256_mask_storeu_epi16(p, mask_of(count), to_f16(x));
}

inline Vec fma(Vec a, Vec b, Vec c) {
  return _mm512_fmadd_ps(a, b, c);
}
/// The second operand where either is NaN.
inline Vec min(Vec a, Vec b) {
  return _mm512_min_ps(a, b);
}
inline Vec max(Vec a, Vec b) {
  return _mm512_max_ps(a, b);
}
inline Vec abs(Vec x) {
  return _mm512_abs_ps(x);
}
inline Vec copy_sign(Vec magnitude, Vec sign) {
  return _mm512_or_ps(magnitude, _mm512_and_ps(sign, _mm512_set1_ps(-0.0f)));
}
/// a < b ? x : y
inline Vec select_less(Vec a, Vec b, Vec x, Vec y) {
  return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), y, x);
}
inline Vec round_nearest(Vec x) {
  return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
/// x * 2^n for a whole n.
inline Vec scale_by_power(Vec x, Vec n) {
  return _mm512_scalef_ps(x, n);
}

inline float reduce_add(Vec x) {
  return _mm512_reduce_add_ps(x);
}
inline float reduce_max(Vec x) {
  return _mm512_reduce_max_ps(x);
}

inline __m256 fold(Vec x) {
  return _mm256_add_ps(_mm512_castps512_ps256(x), _mm512_extractf32x8_ps(x, 1));
}
/// The sums of four vectors, for less than four sums cost one by one.
inline void reduce_add4(const Vec (&x)[4], float (&sums)[4]) {
  const __m256 pairs =
      _mm256_hadd_ps(_mm256_hadd_ps(fold(x[0]), fold(x[1])), _mm256_hadd_ps(fold(x[2]), fold(x[3])));
  _mm_storeu_ps(sums, _mm_add_ps(_mm256_castps256_ps128(pairs), _mm256_extractf128_ps(pairs, 1)));
}

/// Rows become columns.
inline void transpose(Vec (&r)[kWidth]) {
  Vec t[kWidth];
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
  }
  for (int i = 0; i < 16; i += 4) {
    r[i] = _mm512_shuffle_ps(t[i], t[i + 2], 0x44);
    r[i + 1] = _mm512_shuffle_ps(t[i], t[i + 2], 0xee);
    r[i + 2] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0x44);
    r[i + 3] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0xee);
  }
  for (int i = 0; i < 4; ++i) {
    t[i] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0x88);
    t[i + 4] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0xdd);
    t[i + 8] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0x88);
    t[i + 12] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0xdd);
  }
  for (int i = 0; i < 4; ++i) {
    r[i] = _mm512_shuffle_f32x4(t[i], t[i + 8], 0x88);
    r[i + 8] = _mm512_shuffle_f32x4(t[i], t[i + 8], 0xdd);
    r[i + 4] = _mm512_shuffle_f32x4(t[i + 4], t[i + 12], 0x88);
    r[i + 12] = _mm512_shuffle_f32x4(t[i + 4], t[i + 12], 0xdd);
  }
}

#if defined(__AVX512BF16__)
#define EASYDEL_KERNEL_BF16_DOT 1
/// Adds the products of 16 pairs of bf16, given as vectors of 32-bit units.
inline Vec dot_pairs(Vec a, Vec b, Vec sum) {
  return _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(a), reinterpret_cast<__m512bh>(b));
}
/// 16 pairs; the last `count` of 32 elements are kept, the rest are zero.
inline Vec load_pairs(const Bf16* p) {
  return _mm512_loadu_ps(p);
}
inline Vec load_pairs_partial(const Bf16* p, int count) {
  const auto mask = static_cast<__mmask32>((uint64_t{1} << count) - 1U);
  return _mm512_castsi512_ps(_mm512_maskz_loadu_epi16(mask, p));
}
/// The pair at p, 16 times.
inline Vec broadcast_pair(const void* p) {
  int32_t pair;
  __builtin_memcpy(&pair, p, sizeof pair);
  return _mm512_castsi512_ps(_mm512_set1_epi32(pair));
}
/// 32 numbers in pairs, rounded to nearest; what is denormal becomes zero.
inline Vec to_pairs(Vec low, Vec high) {
  return reinterpret_cast<Vec>(_mm512_cvtne2ps_pbh(high, low));
}
inline void store_pairs(Bf16* p, Vec low, Vec high) {
  _mm512_storeu_ps(p, to_pairs(low, high));
}
inline __m512i load_words(const Bf16* p, int count) {
  const auto mask = static_cast<__mmask16>((1U << count) - 1U);
  return _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(mask, p));
}
/// Pairs (first[i], second[i]) for i < count; without second, zeros in its place.
inline Vec load_joined(const Bf16* first, const Bf16* second, int count) {
  __m512i words = load_words(first, count);
  if (second != nullptr) words = _mm512_or_si512(words, _mm512_slli_epi32(load_words(second, count), 16));
  return _mm512_castsi512_ps(words);
}
#endif

// Bytes: the operands of integer dot products.
#define EASYDEL_KERNEL_BYTE_DOT 1
using Bytes = __m512i;  // 64 of them, or 16 sums of 32 bits

inline Bytes load_bytes(const void* p) {
  return _mm512_loadu_si512(p);
}
/// The first `count` of 64 bytes, the rest zero.
inline Bytes load_bytes_partial(const void* p, int64_t count) {
  return _mm512_maskz_loadu_epi8(count >= 64 ? ~__mmask64{0} : (__mmask64{1} << count) - 1U, p);
}
/// Run i of 16 bytes is that at p + offset(i).
template <typename Offset>
inline Bytes load_runs_at(const unsigned char* p, const Offset& offset) {
  const auto run = [&](int i) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + offset(i))); };
  const __m256i low = _mm256_inserti128_si256(_mm256_castsi128_si256(run(0)), run(1), 1);
  const __m256i high = _mm256_inserti128_si256(_mm256_castsi128_si256(run(2)), run(3), 1);
  return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
}
/// Runs of kRun bytes that lie `stride` bytes apart.
template <int kRun>
inline Bytes load_runs(const unsigned char* p, int64_t stride) {
  static_assert(kRun == 16 || kRun == 32);
  if constexpr (kRun == 32) {
    const auto run = [&](int i) {
      return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + i * stride));
    };
    return _mm512_inserti64x4(_mm512_castsi256_si512(run(0)), run(1), 1);
  } else {
    return load_runs_at(p, [&](int i) { return i * stride; });
  }
}
/// Run i of 16 bytes shifted right by first + more(i) bits; those of its neighbours come in from above.
template <typename More>
inline Bytes shift_runs(Bytes x, int first, const More& more) {
  const int a = more(0), b = more(1), c = more(2), d = more(3);
  const __m512i bits = _mm512_setr_epi32(a, a, a, a, b, b, b, b, c, c, c, c, d, d, d, d);
  return _mm512_srlv_epi32(x, _mm512_add_epi32(_mm512_set1_epi32(first), bits));
}
inline void store_bytes(void* p, Bytes x) {
  _mm512_storeu_si512(p, x);
}
/// Runs of 16 bytes, of one and the other in turn.
inline void store_halves(void* p, Bytes low, Bytes high) {
  const __m512i first = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11),
                second = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
  _mm512_storeu_si512(p, _mm512_permutex2var_epi64(low, first, high));
  _mm512_storeu_si512(static_cast<char*>(p) + 64, _mm512_permutex2var_epi64(low, second, high));
}
/// The four bytes at p, 16 times.
inline Bytes broadcast_bytes(const void* p) {
  int32_t four;
  __builtin_memcpy(&four, p, sizeof four);
  return _mm512_set1_epi32(four);
}
inline Bytes set1_int(int32_t x) {
  return _mm512_set1_epi32(x);
}
/// Signed bytes plus 128, as unsigned ones.
inline Bytes raised(Bytes x) {
  return _mm512_xor_si512(x, _mm512_set1_epi8(-128));
}
inline Bytes low_nibbles(Bytes x) {
  return _mm512_and_si512(x, _mm512_set1_epi8(15));
}
inline Bytes high_nibbles(Bytes x) {
  return _mm512_and_si512(_mm512_srli_epi16(x, 4), _mm512_set1_epi8(15));
}
/// Adds 16 to byte i where bit i of 64 is set.
inline Bytes add_fifth_bits(Bytes x, uint64_t bits) {
  return _mm512_mask_add_epi8(x, static_cast<__mmask64>(bits), x, _mm512_set1_epi8(16));
}
/// Adds the lowest kBits bits of each byte of `upper`, times 16.
template <int kBits>
inline Bytes add_upper_bits(Bytes x, Bytes upper) {
  const __m512i bits = _mm512_and_si512(upper, _mm512_set1_epi8((1 << kBits) - 1));
  return _mm512_or_si512(x, _mm512_slli_epi16(bits, 4));
}
inline Vec to_floats(Bytes x) {
  return _mm512_cvtepi32_ps(x);
}
/// Bytes [16 * kPart, 16 * kPart + 16) as floats.
template <int kPart>
inline Vec unsigned_part(Bytes x) {
  return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(x, kPart)));
}
template <int kPart>
inline Vec signed_part(Bytes x) {
  return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm512_extracti32x4_epi32(x, kPart)));
}
#if defined(__AVX512VNNI__)
constexpr bool kRaisesSigned = true;  ///< dot_bytes() wants signed codes raised()
/// Adds the products of 16 times four bytes; codes are 0 to 255 here.
inline Bytes dot_bytes(Bytes codes, Bytes x, Bytes sum) {
  return _mm512_dpbusd_epi32(sum, codes, x);
}
#else
// Products of bytes come in words, sums of two (simd.h: PartialSums).
#define EASYDEL_KERNEL_WORD_PRODUCTS 1
/// Of unsigned bytes with signed ones.
inline Bytes multiply_bytes(Bytes codes, Bytes x) {
  return _mm512_maddubs_epi16(codes, x);
}
inline Bytes magnitudes(Bytes x) {
  return _mm512_abs_epi8(x);
}
/// x, with its sign turned where a is negative.
inline Bytes with_signs(Bytes x, Bytes a) {
  return _mm512_mask_sub_epi8(x, _mm512_movepi8_mask(a), _mm512_setzero_si512(), x);
}
inline Bytes add_words(Bytes a, Bytes b) {
  return _mm512_add_epi16(a, b);
}
/// Adds neighbouring words to 32 bits.
inline Bytes add_pairs_of_words(Bytes words, Bytes sum) {
  return _mm512_add_epi32(sum, _mm512_madd_epi16(words, _mm512_set1_epi16(1)));
}
#endif
/// Rounds 16 floats to signed bytes, which saturate.
inline void store_rounded_bytes(int8_t* p, Vec x) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtsepi32_epi8(_mm512_cvtps_epi32(x)));
}
/// Lane l is element (16 * i + l) / kRun of the 16 floats of `x`.
template <int kRun>
inline Vec spread(const Vec (&x)[1], int i) {
  const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  constexpr int kShift = kRun == 2 ? 1 : kRun == 4 ? 2 : 3;
  static_assert(kRun == 1 << kShift);
  return _mm512_permutexvar_ps(
      _mm512_add_epi32(_mm512_srli_epi32(lanes, kShift), _mm512_set1_epi32(16 / kRun * i)), x[0]);
}
/// Sixteen floats that nibbles choose from.
class Table16 {
 public:
  explicit Table16(const TableOf16& table) : numbers_(load(table.numbers)) {}
  /// Those of the low nibbles of 16 bytes, then those of the high ones.
  void look_up(const unsigned char* nibbles, Vec (&to)[2]) const {
    const __m512i codes = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(nibbles)));
    to[0] = _mm512_permutexvar_ps(codes, numbers_);  // which reads four bits
    to[1] = _mm512_permutexvar_ps(_mm512_srli_epi32(codes, 4), numbers_);
  }

 private:
  Vec numbers_;
};
/// 32 numbers of e4m3 over 256, but for NaN, which becomes a number.
inline void read_e4m3(const unsigned char* p, Vec (&to)[2]) {
  for (int i = 0; i < 2; ++i) {
    const __m128i codes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + 16 * i));
    // f16 has one more bit of exponent, between the sign and those of e4m3.
    const __m256i shifted = _mm256_slli_epi16(_mm256_cvtepi8_epi16(codes), 7);
    to[i] = _mm512_cvtph_ps(_mm256_and_si256(shifted, _mm256_set1_epi16(static_cast<int16_t>(0xbf80))));
  }
}
inline Vec set1_half(uint16_t bits) {
  return _mm512_cvtph_ps(_mm256_set1_epi16(static_cast<int16_t>(bits)));
}
/// Pairs of f16 that lie `stride` bytes apart, the first `count` of 16: their first numbers, or with kSecond the others.
template <bool kSecond>
inline Vec gather_f16(const void* p, int64_t stride, int count) {
  const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const __m512i at = _mm512_mullo_epi32(lanes, _mm512_set1_epi32(static_cast<int>(stride)));
  const __m512i words = _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), mask_of(count), at, p, 1);
  return _mm512_cvtph_ps(_mm512_cvtepi32_epi16(kSecond ? _mm512_srli_epi32(words, 16) : words));
}

}  // namespace easydel::native::EASYDEL_KERNEL_ISA
