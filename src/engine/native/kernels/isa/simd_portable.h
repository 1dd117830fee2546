// Vectors of 4 floats in the compiler's own vector type: correct on every processor, and what SSE2 or NEON
// give.
#pragma once

namespace easydel::native::EASYDEL_KERNEL_ISA {

using Vec = float __attribute__((vector_size(16)));
using IntVec = int32_t __attribute__((vector_size(16)));
constexpr int kWidth = 4;
constexpr int kRegisters = 16;

inline uint32_t float_bits(float x) {
  return __builtin_bit_cast(uint32_t, x);
}
inline float bits_float(uint32_t bits) {
  return __builtin_bit_cast(float, bits);
}

inline float to_float(float x) {
  return x;
}
inline float to_float(Bf16 x) {
  return bits_float(static_cast<uint32_t>(x.bits) << 16);
}
inline float to_float(F16 x) {
  const uint32_t sign = static_cast<uint32_t>(x.bits & 0x8000U) << 16;
  const uint32_t magnitude = x.bits & 0x7fffU;
  if (magnitude >= 0x7c00U) return bits_float(sign | 0x7f800000U | (magnitude & 0x3ffU) << 13);
  // Scaling by 2^112 moves the exponent's bias and makes denormals normal.
  return bits_float(sign | float_bits(bits_float(magnitude << 13) * 0x1p112f));
}

inline float to_float(int8_t x) {
  return x;
}

inline void from_float(float x, float& out) {
  out = x;
}
inline void from_float(float x, Bf16& out) {
  const uint32_t bits = float_bits(x);
  const uint32_t rounded = x == x ? bits + 0x7fffU + (bits >> 16 & 1U) : bits | 0x400000U;
  out.bits = static_cast<uint16_t>(rounded >> 16);
}
inline void from_float(float x, F16& out) {
  const uint32_t bits = float_bits(x);
  const uint32_t sign = bits >> 16 & 0x8000U;
  const uint32_t magnitude = bits & 0x7fffffffU;
  uint32_t half = 0;
  if (magnitude > 0x7f800000U) {
    half = 0x7e00U | (magnitude >> 13 & 0x3ffU);
  } else if (magnitude >= 0x477ff000U) {
    half = 0x7c00U;
  } else if (magnitude < 0x38800000U) {
    // Adding 0.5 lines the mantissa up with a half's denormals; the sum rounds to nearest even.
    half = float_bits(bits_float(magnitude) + 0.5f) - 0x3f000000U;
  } else {
    half = (magnitude - 0x38000000U + 0xfffU + (magnitude >> 13 & 1U)) >> 13;
  }
  out.bits = static_cast<uint16_t>(sign | half);
}

inline Vec zero() {
  return Vec{};
}
inline Vec set1(float x) {
  return Vec{x, x, x, x};
}
template <typename T>
inline Vec load_partial(const T* p, int count) {
  Vec x = {};
  for (int i = 0; i < count; ++i) {
    T element;
    __builtin_memcpy(&element, p + i, sizeof element);
    x[i] = to_float(element);
  }
  return x;
}
template <typename T>
inline Vec load(const T* p) {
  return load_partial(p, kWidth);
}
inline Vec load(const float* p) {
  Vec x;
  __builtin_memcpy(&x, p, sizeof x);
  return x;
}
template <typename T>
inline void store_partial(T* p, Vec x, int count) {
  for (int i = 0; i < count; ++i) {
    T element;
    from_float(x[i], element);
    __builtin_memcpy(p + i, &element, sizeof element);
  }
}
template <typename T>
inline void store(T* p, Vec x) {
  store_partial(p, x, kWidth);
}
inline void store(float* p, Vec x) {
  __builtin_memcpy(p, &x, sizeof x);
}

inline Vec fma(Vec a, Vec b, Vec c) {
  return a * b + c;
}
/// The second operand where either is NaN.
inline Vec min(Vec a, Vec b) {
  return a < b ? a : b;
}
inline Vec max(Vec a, Vec b) {
  return a > b ? a : b;
}
inline Vec abs(Vec x) {
  return reinterpret_cast<Vec>(reinterpret_cast<IntVec>(x) & 0x7fffffff);
}
inline Vec copy_sign(Vec magnitude, Vec sign) {
  const IntVec sign_bit = reinterpret_cast<IntVec>(sign) & static_cast<int32_t>(0x80000000U);
  return reinterpret_cast<Vec>(reinterpret_cast<IntVec>(magnitude) | sign_bit);
}
/// a < b ? x : y
inline Vec select_less(Vec a, Vec b, Vec x, Vec y) {
  return a < b ? x : y;
}
/// For |x| < 2^22: adding 1.5 * 2^23 leaves no bits for a fraction.
inline Vec round_nearest(Vec x) {
  const Vec shifted = x + 12582912.0f;
  return shifted - 12582912.0f;
}
inline Vec power_of_two(IntVec n) {
  return reinterpret_cast<Vec>((n + 127) << 23);
}
/// x * 2^n for a whole n in [-252, 254]: in two steps, so that the ends under- and overflow as they should.
inline Vec scale_by_power(Vec x, Vec n) {
  const IntVec whole = __builtin_convertvector(n, IntVec);
  const IntVec half = whole >> 1;
  return x * power_of_two(half) * power_of_two(whole - half);
}

inline float reduce_add(Vec x) {
  return (x[0] + x[2]) + (x[1] + x[3]);
}
inline float reduce_max(Vec x) {
  const float low = x[0] > x[1] ? x[0] : x[1];
  const float high = x[2] > x[3] ? x[2] : x[3];
  return low > high ? low : high;
}
inline void reduce_add4(const Vec (&x)[4], float (&sums)[4]) {
  for (int i = 0; i < 4; ++i) sums[i] = reduce_add(x[i]);
}

/// Rows become columns.
inline void transpose(Vec (&r)[kWidth]) {
  const Vec a = __builtin_shufflevector(r[0], r[1], 0, 4, 1, 5);
  const Vec b = __builtin_shufflevector(r[0], r[1], 2, 6, 3, 7);
  const Vec c = __builtin_shufflevector(r[2], r[3], 0, 4, 1, 5);
  const Vec d = __builtin_shufflevector(r[2], r[3], 2, 6, 3, 7);
  r[0] = __builtin_shufflevector(a, c, 0, 1, 4, 5);
  r[1] = __builtin_shufflevector(a, c, 2, 3, 6, 7);
  r[2] = __builtin_shufflevector(b, d, 0, 1, 4, 5);
  r[3] = __builtin_shufflevector(b, d, 2, 3, 6, 7);
}

}  // namespace easydel::native::EASYDEL_KERNEL_ISA
