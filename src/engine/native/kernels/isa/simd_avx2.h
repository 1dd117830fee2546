// Vectors of 8 floats: AVX2, FMA and F16C.
#pragma once

#include <immintrin.h>

namespace easydel::native::EASYDEL_KERNEL_ISA {

using Vec = __m256;
constexpr int kWidth = 8;
constexpr int kRegisters = 16;

inline Vec zero() {
  return _mm256_setzero_ps();
}
inline Vec set1(float x) {
  return _mm256_set1_ps(x);
}
inline Vec from_bf16(__m128i bits) {
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(bits), 16));
}
inline Vec load(const float* p) {
  return _mm256_loadu_ps(p);
}
inline Vec load(const Bf16* p) {
  return from_bf16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}
inline Vec load(const F16* p) {
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}
inline Vec from_bytes(__m128i bytes) {
  return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes));
}
inline Vec load(const int8_t* p) {
  return from_bytes(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
}
inline __m256i mask_of(int count) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
/// AVX2 has no masked move of 16-bit elements, and copying a number of bytes that is not constant is a call.
inline __m128i load_halves(const void* p, int count) {
  const auto* from = static_cast<const char*>(p);
  uint64_t parts[2] = {};
  if (count >= 4) __builtin_memcpy(&parts[0], from, 8);
  uint64_t& last = parts[count / 4];
  from += count / 4 * 8;
  uint32_t two = 0;
  uint16_t one = 0;
  if ((count & 2) != 0) __builtin_memcpy(&two, from, 4);
  if ((count & 1) != 0) __builtin_memcpy(&one, from + (count & 2) * 2, 2);
  last = (count & 2) != 0 ? two | uint64_t{one} << 32 : one;
  return _mm_set_epi64x(static_cast<int64_t>(parts[1]), static_cast<int64_t>(parts[0]));
}
inline Vec load_partial(const float* p, int count) {
  return _mm256_maskload_ps(p, mask_of(count));
}
inline Vec load_partial(const Bf16* p, int count) {
  return from_bf16(load_halves(p, count));
}
inline Vec load_partial(const F16* p, int count) {
  return _mm256_cvtph_ps(load_halves(p, count));
}
inline Vec load_partial(const int8_t* p, int count) {
  __m128i bytes = _mm_setzero_si128();
  __builtin_memcpy(&bytes, p, static_cast<size_t>(count));
  return from_bytes(bytes);
}

inline __m128i to_bf16(Vec x) {
  const __m256i bits = _mm256_castps_si256(x);
  const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
  const __m256i rounded = _mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff)));
  const __m256i quiet = _mm256_or_si256(bits, _mm256_set1_epi32(0x400000));
  const __m256i nan = _mm256_castps_si256(_mm256_cmp_ps(x, x, _CMP_UNORD_Q));
  const __m256i words = _mm256_srli_epi32(_mm256_blendv_epi8(rounded, quiet, nan), 16);
  return _mm_packus_epi32(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
}
inline __m128i to_f16(Vec x) {
  return _mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

inline void store(float* p, Vec x) {
  _mm256_storeu_ps(p, x);
}
inline void store(Bf16* p, Vec x) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), to_bf16(x));
}
inline void store(F16* p, Vec x) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), to_f16(x));
}
inline void store_partial(float* p, Vec x, int count) {
  _mm256_maskstore_ps(p, mask_of(count), x);
}
inline void store_partial(Bf16* p, Vec x, int count) {
  const __m128i bits = to_bf16(x);
  __builtin_memcpy(p, &bits, static_cast<size_t>(count) * 2);
}
inline void store_partial(F16* p, Vec x, int count) {
  const __m128i bits = to_f16(x);
  __builtin_memcpy(p, &bits, static_cast<size_t>(count) * 2);
}

inline Vec fma(Vec a, Vec b, Vec c) {
  return _mm256_fmadd_ps(a, b, c);
}
/// The second operand where either is NaN.
inline Vec min(Vec a, Vec b) {
  return _mm256_min_ps(a, b);
}
inline Vec max(Vec a, Vec b) {
  return _mm256_max_ps(a, b);
}
inline Vec abs(Vec x) {
  return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x);
}
inline Vec copy_sign(Vec magnitude, Vec sign) {
  return _mm256_or_ps(magnitude, _mm256_and_ps(sign, _mm256_set1_ps(-0.0f)));
}
/// a < b ? x : y
inline Vec select_less(Vec a, Vec b, Vec x, Vec y) {
  return _mm256_blendv_ps(y, x, _mm256_cmp_ps(a, b, _CMP_LT_OQ));
}
inline Vec round_nearest(Vec x) {
  return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
inline Vec power_of_two(__m256i n) {
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(n, _mm256_set1_epi32(127)), 23));
}
/// x * 2^n for a whole n in [-252, 254]: in two steps, so that the ends under- and overflow as they should.
inline Vec scale_by_power(Vec x, Vec n) {
  const __m256i whole = _mm256_cvtps_epi32(n);
  const __m256i half = _mm256_srai_epi32(whole, 1);
  return x * power_of_two(half) * power_of_two(_mm256_sub_epi32(whole, half));
}

inline __m128 fold(Vec x) {
  return _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
}
inline float reduce_add(Vec x) {
  __m128 four = fold(x);
  four = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
}
inline float reduce_max(Vec x) {
  __m128 four = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
  four = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(four, _mm_movehdup_ps(four)));
}
/// The sums of four vectors, for less than four sums cost one by one.
inline void reduce_add4(const Vec (&x)[4], float (&sums)[4]) {
  const __m256 pairs = _mm256_hadd_ps(_mm256_hadd_ps(x[0], x[1]), _mm256_hadd_ps(x[2], x[3]));
  _mm_storeu_ps(sums, fold(pairs));
}

/// Rows become columns.
inline void transpose(Vec (&r)[kWidth]) {
  Vec t[kWidth];
  for (int i = 0; i < 8; i += 2) {
    t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
    t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
  }
  for (int i = 0; i < 8; i += 4) {
    r[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
    r[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xee);
    r[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
    r[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xee);
  }
  for (int i = 0; i < 4; ++i) {
    const Vec low = r[i];
    r[i] = _mm256_permute2f128_ps(low, r[i + 4], 0x20);
    r[i + 4] = _mm256_permute2f128_ps(low, r[i + 4], 0x31);
  }
}

// Bytes: the operands of integer dot products.
#define EASYDEL_KERNEL_BYTE_DOT 1
using Bytes = __m256i;  // 32 of them, or 8 sums of 32 bits

inline Bytes load_bytes(const void* p) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(p));
}
/// The first `count` of 32 bytes, the rest zero.
inline Bytes load_bytes_partial(const void* p, int64_t count) {
  Bytes bytes = _mm256_setzero_si256();
  __builtin_memcpy(&bytes, p, static_cast<size_t>(count >= 32 ? 32 : count));
  return bytes;
}
/// Run i of 16 bytes is that at p + offset(i).
template <typename Offset>
inline Bytes load_runs_at(const unsigned char* p, const Offset& offset) {
  const auto run = [&](int i) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + offset(i))); };
  return _mm256_inserti128_si256(_mm256_castsi128_si256(run(0)), run(1), 1);
}
/// Runs of kRun bytes that lie `stride` bytes apart.
template <int kRun>
inline Bytes load_runs(const unsigned char* p, int64_t stride) {
  static_assert(kRun == 16 || kRun == 32);
  if constexpr (kRun == 32) return load_bytes(p);
  return load_runs_at(p, [&](int i) { return i * stride; });
}
/// Run i of 16 bytes shifted right by first + more(i) bits; those of its neighbours come in from above.
template <typename More>
inline Bytes shift_runs(Bytes x, int first, const More& more) {
  const int low = more(0), high = more(1);
  const __m256i bits = _mm256_setr_epi32(low, low, low, low, high, high, high, high);
  return _mm256_srlv_epi32(x, _mm256_add_epi32(_mm256_set1_epi32(first), bits));
}
inline void store_bytes(void* p, Bytes x) {
  _mm256_storeu_si256(static_cast<__m256i*>(p), x);
}
/// Runs of 16 bytes, of one and the other in turn.
inline void store_halves(void* p, Bytes low, Bytes high) {
  store_bytes(p, _mm256_permute2x128_si256(low, high, 0x20));
  store_bytes(static_cast<char*>(p) + 32, _mm256_permute2x128_si256(low, high, 0x31));
}
/// The four bytes at p, 8 times.
inline Bytes broadcast_bytes(const void* p) {
  int32_t four;
  __builtin_memcpy(&four, p, sizeof four);
  return _mm256_set1_epi32(four);
}
inline Bytes set1_int(int32_t x) {
  return _mm256_set1_epi32(x);
}
/// Signed bytes plus 128, as unsigned ones.
inline Bytes raised(Bytes x) {
  return _mm256_xor_si256(x, _mm256_set1_epi8(-128));
}
inline Bytes low_nibbles(Bytes x) {
  return _mm256_and_si256(x, _mm256_set1_epi8(15));
}
inline Bytes high_nibbles(Bytes x) {
  return _mm256_and_si256(_mm256_srli_epi16(x, 4), _mm256_set1_epi8(15));
}
/// Adds 16 to byte i where bit i of 32 is set.
inline Bytes add_fifth_bits(Bytes x, uint64_t bits) {
  // Each byte gets the byte that holds its bit, and keeps that bit.
  const __m256i all = _mm256_set1_epi32(static_cast<int32_t>(static_cast<uint32_t>(bits)));
  const __m256i spread = _mm256_shuffle_epi8(
      all, _mm256_setr_epi64x(0, 0x0101010101010101, 0x0202020202020202, 0x0303030303030303));
  const __m256i bit = _mm256_set1_epi64x(static_cast<int64_t>(0x8040201008040201U));
  const __m256i set = _mm256_cmpeq_epi8(_mm256_and_si256(spread, bit), bit);
  return _mm256_or_si256(x, _mm256_and_si256(set, _mm256_set1_epi8(16)));
}
/// Adds the lowest kBits bits of each byte of `upper`, times 16.
template <int kBits>
inline Bytes add_upper_bits(Bytes x, Bytes upper) {
  const __m256i bits = _mm256_and_si256(upper, _mm256_set1_epi8((1 << kBits) - 1));
  return _mm256_or_si256(x, _mm256_slli_epi16(bits, 4));
}
inline Vec to_floats(Bytes x) {
  return _mm256_cvtepi32_ps(x);
}
// Products of bytes come in words, sums of two (simd.h: PartialSums).
#define EASYDEL_KERNEL_WORD_PRODUCTS 1
/// Of unsigned bytes with signed ones.
inline Bytes multiply_bytes(Bytes codes, Bytes x) {
  return _mm256_maddubs_epi16(codes, x);
}
inline Bytes magnitudes(Bytes x) {
  return _mm256_abs_epi8(x);
}
/// x, with its sign turned where a is negative.
inline Bytes with_signs(Bytes x, Bytes a) {
  return _mm256_sign_epi8(x, a);
}
inline Bytes add_words(Bytes a, Bytes b) {
  Bytes sum = _mm256_add_epi16(a, b);
  // Keeps GCC from adding the products of all steps as a tree, for which it runs out of registers.
  asm("" : "+x"(sum));
  return sum;
}
/// Adds neighbouring words to 32 bits.
inline Bytes add_pairs_of_words(Bytes words, Bytes sum) {
  return _mm256_add_epi32(sum, _mm256_madd_epi16(words, _mm256_set1_epi16(1)));
}
/// Rounds 8 floats to signed bytes, which saturate.
inline void store_rounded_bytes(int8_t* p, Vec x) {
  const __m256i words = _mm256_cvtps_epi32(x);
  const __m128i halves = _mm_packs_epi32(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(p), _mm_packs_epi16(halves, halves));
}
/// Lane l is element (8 * i + l) / kRun of the 16 floats of `x`.
template <int kRun>
inline Vec spread(const Vec (&x)[2], int i) {
  if constexpr (kRun == 8) {
    return _mm256_broadcast_ss(reinterpret_cast<const float*>(x) + i);
  } else {
    constexpr int kShift = kRun == 2 ? 1 : 2;
    static_assert(kRun == 1 << kShift);
    const __m256i lanes = _mm256_srli_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), kShift);
    return _mm256_permutevar8x32_ps(x[i / kRun],
                                    _mm256_add_epi32(lanes, _mm256_set1_epi32(8 / kRun * (i % kRun))));
  }
}
/// Sixteen floats that nibbles choose from.
class Table16 {
 public:
  explicit Table16(const TableOf16& table) {
    for (int i = 0; i < 4; ++i)
      bytes_[i] =
          _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(table.bytes[i])));
  }
  /// Those of the low nibbles of 16 bytes, then those of the high ones.
  void look_up(const unsigned char* nibbles, Vec (&to)[4]) const {
    // Bytes become floats within halves of vectors, so that the lower half takes every other run of four codes.
    const __m256i both =
        _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(nibbles)));
    const __m256i runs =
        _mm256_shuffle_epi8(both, _mm256_setr_epi8(0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11, 4, 5,
                                                   6, 7, 12, 13, 14, 15, 4, 5, 6, 7, 12, 13, 14, 15));
    const __m256i codes = low_nibbles(_mm256_srlv_epi64(runs, _mm256_setr_epi64x(0, 4, 0, 4)));
    const auto bytes = [&](int i) { return _mm256_shuffle_epi8(bytes_[i], codes); };
    const __m256i lower[2] = {_mm256_unpacklo_epi8(bytes(0), bytes(1)),
                              _mm256_unpacklo_epi8(bytes(2), bytes(3))};
    const __m256i upper[2] = {_mm256_unpackhi_epi8(bytes(0), bytes(1)),
                              _mm256_unpackhi_epi8(bytes(2), bytes(3))};
    to[0] = _mm256_castsi256_ps(_mm256_unpacklo_epi16(lower[0], lower[1]));
    to[1] = _mm256_castsi256_ps(_mm256_unpackhi_epi16(lower[0], lower[1]));
    to[2] = _mm256_castsi256_ps(_mm256_unpacklo_epi16(upper[0], upper[1]));
    to[3] = _mm256_castsi256_ps(_mm256_unpackhi_epi16(upper[0], upper[1]));
  }

 private:
  Bytes bytes_[4];
};
/// 32 numbers of e4m3 over 256, but for NaN, which becomes a number.
inline void read_e4m3(const unsigned char* p, Vec (&to)[4]) {
  for (int i = 0; i < 2; ++i) {
    const __m128i codes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + 16 * i));
    // f16 has one more bit of exponent, between the sign and those of e4m3.
    const __m256i shifted = _mm256_slli_epi16(_mm256_cvtepi8_epi16(codes), 7);
    const __m256i halves = _mm256_and_si256(shifted, _mm256_set1_epi16(static_cast<int16_t>(0xbf80)));
    to[2 * i] = _mm256_cvtph_ps(_mm256_castsi256_si128(halves));
    to[2 * i + 1] = _mm256_cvtph_ps(_mm256_extracti128_si256(halves, 1));
  }
}
inline Vec set1_half(uint16_t bits) {
  return _mm256_cvtph_ps(_mm_set1_epi16(static_cast<int16_t>(bits)));
}
/// Pairs of f16 that lie `stride` bytes apart, the first `count` of 8: their first numbers, or with kSecond the others.
template <bool kSecond>
inline Vec gather_f16(const void* p, int64_t stride, int count) {
  const __m256i at = _mm256_mullo_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7),
                                        _mm256_set1_epi32(static_cast<int>(stride)));
  const __m256i words =
      _mm256_mask_i32gather_epi32(_mm256_setzero_si256(), static_cast<const int*>(p), at, mask_of(count), 1);
  const __m256i numbers =
      kSecond ? _mm256_srli_epi32(words, 16) : _mm256_and_si256(words, _mm256_set1_epi32(0xffff));
  const __m256i halves = _mm256_packus_epi32(numbers, _mm256_setzero_si256());
  return _mm256_cvtph_ps(_mm256_castsi256_si128(_mm256_permute4x64_epi64(halves, 0x08)));
}

}  // namespace easydel::native::EASYDEL_KERNEL_ISA
