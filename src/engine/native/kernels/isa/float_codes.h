// nf4 and e4m3: codes that stand for floats, decoded on vectors, 32 weights at a time.
//
// Few rows are bound by decoding: of 32 weights it takes some 15 instructions with AVX2, beside four multiplications by the
// scale and four multiply-adds per row of x. Codes as bytes of an integer product would be half of that, and lose digits.
#pragma once

#include "engine/native/kernels/isa/codes.h"
#include "quantization/blocks.h"

#if defined(EASYDEL_KERNEL_BYTE_DOT)

namespace easydel::native::EASYDEL_KERNEL_ISA {

namespace blocks = quantization::EASYDEL_KERNEL_ISA;

constexpr int64_t kRunWeights = 32;
constexpr int kRunVectors = static_cast<int>(kRunWeights) / kWidth;

constexpr TableOf16 table_of(const float (&numbers)[16]) {
  TableOf16 table{};
  for (int i = 0; i < 16; ++i) {
    table.numbers[i] = numbers[i];
    for (int byte = 0; byte < 4; ++byte)
      table.bytes[byte][i] =
          static_cast<unsigned char>(__builtin_bit_cast(uint32_t, numbers[i]) >> 8 * byte & 255U);
  }
  return table;
}

// How the blocks of a format are decoded: its codes are numbers times a scale, in runs of kRunBytes bytes.
template <typename Block>
class FloatCodes;

template <>
class FloatCodes<blocks::Nf4> {
 public:
  static constexpr int64_t kRunBytes = 16;
  static constexpr bool are_numbers(const unsigned char*) { return true; }
  static Vec scale(const unsigned char* scales) { return set1_half(two_bytes(scales)); }
  void read(const unsigned char* codes, Vec (&to)[kRunVectors]) const { table_.look_up(codes, to); }

 private:
  static constexpr TableOf16 kTable = table_of(blocks::Nf4::kTable);
  const Table16 table_{kTable};
};

template <>
class FloatCodes<blocks::Fp8E4M3> {
 public:
  static constexpr int64_t kRunBytes = 32;
  /// False if there is a NaN in a block.
  static bool are_numbers(const unsigned char* codes) {
    unsigned char greatest = 0;
    for (int i = 0; i < blocks::Fp8E4M3::kBlock; ++i) {
      const auto magnitude = static_cast<unsigned char>(codes[i] & 0x7f);
      greatest = magnitude > greatest ? magnitude : greatest;
    }
    return greatest < 0x7f;
  }
  static Vec scale(const unsigned char* scales) { return set1_half(two_bytes(scales)) * set1(256.0f); }
  void read(const unsigned char* codes, Vec (&to)[kRunVectors]) const { read_e4m3(codes, to); }
};

template <typename Block>
constexpr bool kHasFloatCodes = false;
template <>
constexpr bool kHasFloatCodes<blocks::Nf4> = true;
template <>
constexpr bool kHasFloatCodes<blocks::Fp8E4M3> = true;

/// As Block::decode(), with the same bits.
template <typename Block>
inline void decode_floats(const unsigned char* codes, const unsigned char* scales, float* out) {
  const FloatCodes<Block> decoder;
  if (!decoder.are_numbers(codes)) return Block::decode(codes, scales, out);
  const Vec scale = decoder.scale(scales);
  for (int64_t at = 0; at < Block::kBlock; at += kRunWeights, codes += decoder.kRunBytes) {
    Vec weights[kRunVectors];
    decoder.read(codes, weights);
    for (int i = 0; i < kRunVectors; ++i) store(out + at + i * kWidth, weights[i] * scale);
  }
}

/// Rows [m, m + kRows) of x times weight row n. Sums have as many parts as a run has vectors, so that additions need not wait
/// for each other.
template <typename Block, int kRows>
inline void dot_floats(const QuantizedBlock& block, int64_t m, int64_t n) {
  const FloatCodes<Block> decoder;
  const unsigned char* codes = row_at(block.codes, block.codes_stride, n);
  const unsigned char* scales = row_at(block.scales, block.scales_stride, n);
  const float* x[kRows];
  Vec sums[kRows][kRunVectors];
  for (int row = 0; row < kRows; ++row) {
    x[row] = reinterpret_cast<const float*>(static_cast<const char*>(block.x) + (m + row) * block.x_stride);
    for (Vec& sum : sums[row]) sum = zero();
  }
  Vec scale = zero();
  const auto take_run = [&](int64_t at, const auto& load_x) __attribute__((always_inline)) {
    if (at % Block::kBlock == 0) {
      prefetch<512>(scales);
      scale = decoder.are_numbers(codes) ? decoder.scale(scales) : set1(__builtin_nanf(""));
      scales += Block::kScaleBytes;
    }
    prefetch(codes);
    Vec weights[kRunVectors];
    decoder.read(codes, weights);
    codes += decoder.kRunBytes;
    for (int i = 0; i < kRunVectors; ++i) {
      const Vec weight = weights[i] * scale;
      for (int row = 0; row < kRows; ++row)
        sums[row][i] = fma(load_x(x[row] + at + i * kWidth, at + i * kWidth), weight, sums[row][i]);
    }
  };
  const int64_t whole = block.k / kRunWeights * kRunWeights;
  for (int64_t at = 0; at < whole; at += kRunWeights)
    take_run(at, [](const float* p, int64_t) { return load(p); });
  if (whole < block.k)
    take_run(whole, [&](const float* p, int64_t at) { return load_left(p, block.k - at); });
  for (int row = 0; row < kRows; ++row) {
    Vec sum = sums[row][0];
    for (int i = 1; i < kRunVectors; ++i) sum = sum + sums[row][i];
    block.out[(m + row) * block.out_stride + n] =
        reduce_add(sum) + (block.bias != nullptr ? block.bias[n] : 0.0f);
  }
}

template <typename Block>
void matmul_few_floats(const QuantizedBlock& block) {
  // Sums of four rows do not fit 16 registers, and still pay: two take 1.2 to 1.4 times as long with AVX2.
  constexpr int kMostRows = 4;
  for (int64_t n = 0; n < block.n; ++n) {
    int64_t m = 0;
    for (; m + kMostRows <= block.m; m += kMostRows) dot_floats<Block, kMostRows>(block, m, n);
    for (; m < block.m; ++m) dot_floats<Block, 1>(block, m, n);
  }
}

}  // namespace easydel::native::EASYDEL_KERNEL_ISA

#endif
