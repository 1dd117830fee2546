#include "quantization/gguf.h"

#include <cmath>

#include "quantization/block_format.h"
#include "quantization/fit.h"

namespace easydel::quantization {
namespace {

constexpr int kWeights = 32;

/// Bit i is the fifth one of code i.
void store_fifth_bits(const Byte* codes, Byte* to) {
  for (int i = 0; i < kWeights; ++i) to[i / 8] = static_cast<Byte>(to[i / 8] | (codes[i] >> 4) << i % 8);
}

/// Codes of `range` times a scale, which is at `scale`.
void encode_symmetric(const BlockToEncode& block, CodeRange range, Byte* scale, Byte* codes) {
  const float stored = store_half(fit_scale(block.values, block.counts, range), scale);
  Rounding(block).round({stored, 0}, range, codes);
}
/// Codes 0..highest times the scale at `scale`, plus the offset behind it.
void encode_with_offset(const BlockToEncode& block, float highest, Byte* scale, Byte* codes) {
  const ScaleAndOffset fit =
      fit_scale_and_offset(block.values, block.counts, highest, /*offset_is_negative=*/false);
  const ScaleAndOffset stored = {store_half(fit.scale, scale), store_half(fit.offset, scale + 2)};
  Rounding(block).round(stored, {0, highest}, codes);
}

struct Q8_0Rows : Q8_0 {
  // 255 codes leave a search little to find.
  static void encode(const BlockToEncode& block) {
    float greatest = 0;
    for (const float value : block.values) greatest = std::max(greatest, std::abs(value));
    const float scale = store_half(greatest / 127, block.codes);
    const float inverse = scale == 0 ? 0 : 1 / scale;
    for (size_t i = 0; i < block.values.size(); ++i) {
      const float code = std::clamp(round_nearest(block.values[i] * inverse), -127.0f, 127.0f);
      block.codes[2 + i] = static_cast<Byte>(static_cast<signed char>(code));
    }
  }
};
struct Q4_0Rows : Q4_0 {
  static void encode(const BlockToEncode& block) {
    Byte codes[kWeights] = {};
    encode_symmetric(block, {-8, 7}, block.codes, codes);
    join_nibbles(codes, 16, block.codes + 2);
  }
};
struct Q4_1Rows : Q4_1 {
  static void encode(const BlockToEncode& block) {
    Byte codes[kWeights] = {};
    encode_with_offset(block, 15, block.codes, codes);
    join_nibbles(codes, 16, block.codes + 4);
  }
};
struct Q5_0Rows : Q5_0 {
  static void encode(const BlockToEncode& block) {
    Byte codes[kWeights] = {};
    encode_symmetric(block, {-16, 15}, block.codes, codes);
    store_fifth_bits(codes, block.codes + 2);
    join_nibbles(codes, 16, block.codes + 6);
  }
};
struct Q5_1Rows : Q5_1 {
  static void encode(const BlockToEncode& block) {
    Byte codes[kWeights] = {};
    encode_with_offset(block, 31, block.codes, codes);
    store_fifth_bits(codes, block.codes + 4);
    join_nibbles(codes, 16, block.codes + 8);
  }
};

// The best scale may leave the greatest weights outside, by about two codes.
template <int kHighest>
float symmetric_bound(float magnitude) {
  return magnitude * 2.5f / (kHighest + 2) + (kHighest + 1) * kLeastHalfStep;
}
// The same of a range twice as wide; the offset is rounded to f16 too.
template <int kHighest>
float offset_bound(float magnitude) {
  return magnitude * (4.0f / (kHighest + 2) + 0x1p-11f) + (kHighest + 1) * kLeastHalfStep;
}
float q8_0_bound(float magnitude) {
  return magnitude / (2 * 127) * (1 + 0x1p-10f) + 127 * kLeastHalfStep;
}

}  // namespace

constinit const Format kQ8_0 = block_format<Q8_0Rows>("q8_0", 127 * kMostF16, q8_0_bound);
constinit const Format kQ4_0 = block_format<Q4_0Rows>("q4_0", 7 * kMostF16, symmetric_bound<7>);
constinit const Format kQ4_1 = block_format<Q4_1Rows>("q4_1", kMostF16, offset_bound<15>);
constinit const Format kQ5_0 = block_format<Q5_0Rows>("q5_0", 15 * kMostF16, symmetric_bound<15>);
constinit const Format kQ5_1 = block_format<Q5_1Rows>("q5_1", kMostF16, offset_bound<31>);

}  // namespace easydel::quantization
