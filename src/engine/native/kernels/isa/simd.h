// The vector type and its operations for the instruction set that this source is compiled for. Everything in
// isa/ lives in a namespace named after the set (EASYDEL_KERNEL_ISA), so no symbol is shared between sets.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/native/kernels/kernels.h"

namespace easydel::native::EASYDEL_KERNEL_ISA {

struct Bf16 {
  uint16_t bits;
};
struct F16 {
  uint16_t bits;
};

/// Sixteen floats, and byte i of each of them in bytes[i].
struct TableOf16 {
  float numbers[16];
  alignas(16) unsigned char bytes[4][16];
};

}  // namespace easydel::native::EASYDEL_KERNEL_ISA

#if defined(__AVX512F__)
#include "engine/native/kernels/isa/simd_avx512.h"
#elif defined(__AVX2__)
#include "engine/native/kernels/isa/simd_avx2.h"
#elif defined(EASYDEL_KERNEL_NEON)
#include "engine/native/kernels/isa/simd_neon.h"
#else
#include "engine/native/kernels/isa/simd_portable.h"
#endif

namespace easydel::native::EASYDEL_KERNEL_ISA {

/// Calls body.operator()<i>() for i in [0, kCount): straight code, so that arrays of vectors stay in registers.
template <int kCount, int kFirst = 0, typename Body>
inline __attribute__((always_inline)) void unrolled(const Body& body) {
  if constexpr (kFirst < kCount) {
    body.template operator()<kFirst>();
    unrolled<kCount, kFirst + 1>(body);
  }
}

/// Calls body(vector index range) over whole vectors, then over the rest: body(offset, count), where count is
/// kWidth but for the last call.
template <typename Body>
inline void for_vectors(int64_t count, const Body& body) {
  int64_t i = 0;
  for (; i + kWidth <= count; i += kWidth) body(i, kWidth);
  if (i < count) body(i, static_cast<int>(count - i));
}
template <typename T>
inline Vec load_some(const T* p, int count) {
  return count == kWidth ? load(p) : load_partial(p, count);
}
/// How many lanes `left` elements fill.
inline int lanes_of(int64_t left) {
  return left <= 0 ? 0 : left < kWidth ? static_cast<int>(left) : kWidth;
}
/// The first of `left` elements, which may be none; the rest is zero.
template <typename T>
inline Vec load_left(const T* p, int64_t left) {
  return left <= 0 ? zero() : load_some(p, lanes_of(left));
}
template <typename T>
inline void store_some(T* p, Vec x, int count) {
  if (count == kWidth) {
    store(p, x);
  } else {
    store_partial(p, x, count);
  }
}

#if defined(EASYDEL_KERNEL_BYTE_DOT)
/// Sums of products of codes, of at most kMostCode in magnitude, with bytes of -127 to 127. From begin() to end() kSteps vectors of
/// products may be added; end() gives them together with what begin() got.
template <bool kSigned, int kMostCode>
struct PartialSums {
#if defined(EASYDEL_KERNEL_WORD_PRODUCTS)
  static constexpr bool kRaises = false;  ///< whether codes have to be raised()
  static constexpr int kSteps = 32767 / (2 * 127 * kMostCode);
  static Bytes begin(Bytes) {
    return set1_int(0);
  }
  static Bytes add(Bytes codes, Bytes x, Bytes sum) {
    return add_words(
        sum, kSigned ? multiply_bytes(magnitudes(codes), with_signs(x, codes)) : multiply_bytes(codes, x));
  }
  static Bytes end(Bytes sum, Bytes before) {
    return add_pairs_of_words(sum, before);
  }
#else
  static constexpr bool kRaises = kSigned && kRaisesSigned;  ///< whether codes have to be raised()
  static constexpr int kSteps = 1024;
  static Bytes begin(Bytes before) {
    return before;
  }
  static Bytes add(Bytes codes, Bytes x, Bytes sum) {
    return dot_bytes(codes, x, sum);
  }
  static Bytes end(Bytes sum, Bytes) {
    return sum;
  }
#endif
};
#endif

/// Calls body with a null pointer of the element type.
template <typename Body>
inline void with_type(FloatType type, const Body& body) {
  switch (type) {
    case FloatType::kF32:
      return body(static_cast<const float*>(nullptr));
    case FloatType::kBF16:
      return body(static_cast<const Bf16*>(nullptr));
    case FloatType::kF16:
      return body(static_cast<const F16*>(nullptr));
  }
}

}  // namespace easydel::native::EASYDEL_KERNEL_ISA
