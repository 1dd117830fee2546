// The int8 format (quantization/int8.h): 32 weights share an f16 scale. Two forms of its products: integer dot products
// where the instruction set has them (int8_dot.cpp), else codes widened to f32 (int8_widened.cpp).
#pragma once

#include "engine/native/kernels/isa/simd.h"

namespace easydel::native::EASYDEL_KERNEL_ISA {

constexpr int64_t kInt8Block = 32;

inline int64_t int8_blocks(int64_t k) {
  return (k + kInt8Block - 1) / kInt8Block;
}

/// Row n of a block's weight.
inline const int8_t* codes_of(const QuantizedBlock& block, int64_t n) {
  return static_cast<const int8_t*>(block.codes) + n * block.codes_stride;
}
inline const F16* scales_of(const QuantizedBlock& block, int64_t n) {
  return reinterpret_cast<const F16*>(static_cast<const unsigned char*>(block.scales) +
                                      n * block.scales_stride);
}

void int8_few_widened(const QuantizedBlock& block);
void int8_many_widened(const QuantizedBlock& block, float* panel);

#if defined(EASYDEL_KERNEL_BYTE_DOT)
/// A row of x: codes, padded with zeros to whole vectors; then a scale and an offset per block of 32, each padded to 16.
/// The offset is -128 times the sum of the block's codes: weights are multiplied as code + 128, unsigned.
struct Int8Row {
  static int64_t code_bytes(int64_t k) { return (k + 63) / 64 * 64; }
  static int64_t padded_blocks(int64_t k) { return (int8_blocks(k) + 15) / 16 * 16; }
  static int64_t bytes(int64_t k) { return code_bytes(k) + 8 * padded_blocks(k); }

  const int8_t* codes;
  const float* scales;
  const int32_t* offsets;

  Int8Row(const void* row, int64_t k)
      : codes(static_cast<const int8_t*>(row)),
        scales(reinterpret_cast<const float*>(codes + code_bytes(k))),
        offsets(reinterpret_cast<const int32_t*>(scales + padded_blocks(k))) {}
};

void int8_quantize_x(FloatType type, const void* x, void* out, int64_t k);
void int8_few_dot(const QuantizedBlock& block);
void int8_many_dot(const QuantizedBlock& block, float* panel);
#endif

}  // namespace easydel::native::EASYDEL_KERNEL_ISA
