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
/// AVX2 has no masked move of 16-bit elements.
inline __m128i load_halves(const void* p, int count) {
  __m128i bits = _mm_setzero_si128();
  __builtin_memcpy(&bits, p, static_cast<size_t>(count) * 2);
  return bits;
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

}  // namespace easydel::native::EASYDEL_KERNEL_ISA
