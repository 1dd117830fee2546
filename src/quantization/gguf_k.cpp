// GGUF's K formats: super-blocks of 256 weights, whose sub-blocks have scales that are quantized too.
#include <cmath>

#include "quantization/block_format.h"
#include "quantization/fit.h"
#include "quantization/gguf.h"

namespace easydel::quantization {
namespace {

constexpr size_t kSuperBlock = 256;
/// How often codes and the scale of the scales are fitted to each other.
constexpr int kRefits = 2;

/// Sub-block i of `size` weights; empty past the end of a row.
std::span<const float> sub_block(std::span<const float> values, size_t i, size_t size) {
  const size_t begin = std::min(values.size(), i * size);
  return values.subspan(begin, std::min(size, values.size() - begin));
}

Byte nearest_code(float x, float highest) {
  return static_cast<Byte>(std::clamp(round_nearest(x), 0.0f, highest));
}

/// Scales and minima of six bits for sub-blocks of 32, as Q4_K and Q5_K have them.
struct SixBitScales {
  static constexpr size_t kSub = 32, kCount = 8;
  static constexpr float kHighestScale = 63;
  float scale = 0, minimum = 0;  // of the scales and of the minima, as stored
  SixBits six = {};

  SixBitScales(const BlockToEncode& block, float highest, Byte* head) {
    ScaleAndOffset fits[kCount] = {};
    float most_scale = 0, most_minimum = 0;
    for (size_t i = 0; i < kCount; ++i) {
      const auto values = sub_block(block.values, i, kSub);
      if (values.empty()) break;
      fits[i] = fit_scale_and_offset(values, sub_block(block.counts, i, kSub), highest,
                                     /*offset_is_negative=*/true);
      most_scale = std::max(most_scale, fits[i].scale);
      most_minimum = std::max(most_minimum, -fits[i].offset);
    }
    store(most_scale / kHighestScale, most_minimum / kHighestScale, head);
    for (size_t i = 0; i < kCount; ++i) {
      six.scale[i] = nearest_code(scale > 0 ? fits[i].scale / scale : 0, kHighestScale);
      six.minimum[i] = nearest_code(minimum > 0 ? -fits[i].offset / minimum : 0, kHighestScale);
    }
    six.pack(head + 4);
  }

  void store(float new_scale, float new_minimum, Byte* head) {
    scale = store_half(new_scale, head);
    minimum = store_half(new_minimum, head + 2);
  }
  ScaleAndOffset line(size_t i) const {
    return {scale * static_cast<float>(six.scale[i]), -(minimum * static_cast<float>(six.minimum[i]))};
  }
  void round(const BlockToEncode& block, float highest, Byte* codes) const {
    for (size_t i = 0; i < kCount; ++i)
      round_codes(sub_block(block.values, i, kSub), line(i), {0, highest}, codes + i * kSub);
  }
  /// The least squares of value = scale * (code * six.scale) - minimum * six.minimum over the super-block.
  void refit(const BlockToEncode& block, const Byte* codes, Byte* head) {
    float aa = 0, ab = 0, bb = 0, ax = 0, bx = 0;
    for (size_t k = 0; k < block.values.size(); ++k) {
      const size_t sub = k / kSub;
      const float a = static_cast<float>(codes[k]) * static_cast<float>(six.scale[sub]);
      const float b = -static_cast<float>(six.minimum[sub]), count = block.counts[k];
      aa += count * a * a;
      ab += count * a * b;
      bb += count * b * b;
      ax += count * a * block.values[k];
      bx += count * b * block.values[k];
    }
    const float determinant = aa * bb - ab * ab;
    if (determinant > 1e-6f * aa * bb) {
      const float new_scale = (bb * ax - ab * bx) / determinant,
                  new_minimum = (aa * bx - ab * ax) / determinant;
      if (new_scale > 0 && new_minimum >= 0) store(new_scale, new_minimum, head);
    } else if (bb == 0 && aa > 0 && ax > 0) {
      store(ax / aa, 0, head);
    }
  }
};

/// Codes 0..highest of a super-block; the head becomes its scales.
void encode_six_bit(const BlockToEncode& block, float highest, Byte* codes) {
  SixBitScales scales(block, highest, block.codes);
  scales.round(block, highest, codes);
  for (int i = 0; i < kRefits; ++i) {
    scales.refit(block, codes, block.codes);
    scales.round(block, highest, codes);
  }
  if (block.importance.empty()) return;
  Rounding rounding(block);
  for (size_t i = 0; i < SixBitScales::kCount; ++i)
    rounding.round(std::min(i * SixBitScales::kSub, block.values.size()),
                   sub_block(block.values, i, SixBitScales::kSub).size(), scales.line(i), {0, highest},
                   codes + i * SixBitScales::kSub);
}

struct Q4KRows : Q4K {
  static void encode(const BlockToEncode& block) {
    Byte codes[kSuperBlock] = {};
    encode_six_bit(block, 15, codes);
    for (int i = 0; i < 4; ++i) join_nibbles(codes + 64 * i, 32, block.codes + kHead + 32 * i);
  }
};
struct Q5KRows : Q5K {
  static void encode(const BlockToEncode& block) {
    Byte codes[kSuperBlock] = {};
    encode_six_bit(block, 31, codes);
    for (int i = 0; i < 4; ++i) join_nibbles(codes + 64 * i, 32, block.codes + kHead + 32 * i);
    for (int i = 0; i < 8; ++i) {
      for (int l = 0; l < 32; ++l) {
        Byte& bits = block.codes[kFifthBits + l];
        bits = static_cast<Byte>(bits | (codes[32 * i + l] >> 4) << i);
      }
    }
  }
};

struct Q6KRows : Q6K {
  static constexpr CodeRange kRange = {-32, 31};
  static constexpr size_t kSub = 16, kCount = 16;

  static void round(const BlockToEncode& block, float scale, Byte* codes) {
    for (size_t i = 0; i < kCount; ++i)
      round_codes(sub_block(block.values, i, kSub), {scale * sub_scale(block, i), 0}, kRange,
                  codes + i * kSub);
  }
  static float sub_scale(const BlockToEncode& block, size_t i) {
    return static_cast<float>(static_cast<signed char>(block.codes[kScales + i]));
  }
  static float refit(const BlockToEncode& block, float scale, const Byte* codes) {
    float squares = 0, products = 0;
    for (size_t k = 0; k < block.values.size(); ++k) {
      const float a = (static_cast<float>(codes[k]) + kRange.lowest) * sub_scale(block, k / kSub);
      squares += block.counts[k] * a * a;
      products += block.counts[k] * a * block.values[k];
    }
    return squares > 0 ? products / squares : scale;
  }

  static void encode(const BlockToEncode& block) {
    float scales[kCount] = {}, extreme = 0;
    for (size_t i = 0; i < kCount; ++i) {
      const auto values = sub_block(block.values, i, kSub);
      if (!values.empty()) scales[i] = fit_scale(values, sub_block(block.counts, i, kSub), kRange);
      if (std::abs(scales[i]) > std::abs(extreme)) extreme = scales[i];
    }
    float scale = store_half(extreme == 0 ? 0 : extreme / -128, block.codes + kScale);
    const float inverse = scale == 0 ? 0 : 1 / scale;
    for (size_t i = 0; i < kCount; ++i) {
      const float code = std::clamp(round_nearest(scales[i] * inverse), -128.0f, 127.0f);
      block.codes[kScales + i] = static_cast<Byte>(static_cast<signed char>(code));
    }
    Byte codes[kSuperBlock] = {};
    round(block, scale, codes);
    for (int i = 0; i < kRefits; ++i) {
      scale = store_half(refit(block, scale, codes), block.codes + kScale);
      round(block, scale, codes);
    }
    if (!block.importance.empty()) {
      Rounding rounding(block);
      for (size_t i = 0; i < kCount; ++i)
        rounding.round(std::min(i * kSub, block.values.size()), sub_block(block.values, i, kSub).size(),
                       {scale * sub_scale(block, i), 0}, kRange, codes + i * kSub);
    }
    for (int half = 0; half < 2; ++half) {
      const Byte* from = codes + 128 * half;
      join_nibbles(from, 64, block.codes + 64 * half);
      for (int i = 0; i < 128; ++i) {
        Byte& upper = block.codes[kUpperBits + 32 * half + i % 32];
        upper = static_cast<Byte>(upper | (from[i] >> 4) << i / 32 * 2);
      }
    }
  }
};

// As of fits with an offset or without one (fit.h), and what rounding a sub-block's scale and minimum moves its ends.
float q4_k_bound(float magnitude) {
  return magnitude * (4.0f / 17 + 2.0f / 63) + 1024 * kLeastHalfStep;
}
float q5_k_bound(float magnitude) {
  return magnitude * (4.0f / 33 + 2.0f / 63) + 2048 * kLeastHalfStep;
}
float q6_k_bound(float magnitude) {
  return magnitude * (2.5f / 33 + 1.0f / 128) + 32 * 128 * kLeastHalfStep;
}

}  // namespace

constinit const Format kQ4K = block_format<Q4KRows>("q4_k", kMostF16, q4_k_bound);
constinit const Format kQ5K = block_format<Q5KRows>("q5_k", kMostF16, q5_k_bound);
constinit const Format kQ6K = block_format<Q6KRows>("q6_k", kMostF16, q6_k_bound);

}  // namespace easydel::quantization
