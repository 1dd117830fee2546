#include "quantization/fp8.h"

#include <cmath>

#include "quantization/block_format.h"
#include "quantization/fit.h"

namespace easydel::quantization {
namespace {

constexpr float kGreatestCode = 448;

struct Fp8Rows : Fp8E4M3 {
  static float error(const BlockToEncode& block, float scale) {
    float sum = 0;
    for (size_t i = 0; i < block.values.size(); ++i) {
      const float difference = to_float(fp8_code(block.values[i] / scale)) * scale - block.values[i];
      sum += block.counts[i] * difference * difference;
    }
    return sum;
  }

  /// Numbers are as near to each other at every scale but for their place between two powers of two, so scales of one
  /// octave are all that need trying.
  static void encode(const BlockToEncode& block) {
    float greatest = 0;
    for (const float value : block.values) greatest = std::max(greatest, std::abs(value));
    float best = 0, best_error = INFINITY;
    for (float code = kGreatestCode; code > kGreatestCode / 2; code -= 32) {
      const auto scale = static_cast<float>(Float16(greatest / code));
      if (scale == 0) break;
      if (const float found = error(block, scale); found < best_error) {
        best = scale;
        best_error = found;
      }
    }
    store_half(best, block.scales);
    if (best == 0) return;
    for (size_t i = 0; i < block.values.size(); ++i) block.codes[i] = fp8_code(block.values[i] / best);
  }
};

// Half a step of a mantissa of three bits; where the scale was rounded down, the greatest number is cut.
float bound(float magnitude) {
  return magnitude / 16 + 448 * kLeastHalfStep;
}

}  // namespace

constinit const Format kFp8E4M3 = block_format<Fp8Rows>("fp8_e4m3", 256 * kMostF16, bound);

uint8_t fp8_code(float x) {
  const float magnitude = std::min(std::abs(x), kGreatestCode);
  constexpr int kLeastExponent = -6, kMantissaBits = 3;
  int exponent = kLeastExponent;
  if (magnitude >= 0x1p-6f) exponent = std::ilogb(magnitude);
  const float steps =
      round_nearest(std::ldexp(magnitude, kMantissaBits - exponent));  // at most 16: the next exponent
  const auto code =
      static_cast<unsigned>(steps) + (static_cast<unsigned>(exponent - kLeastExponent) << kMantissaBits);
  return static_cast<uint8_t>(code | (std::signbit(x) ? 0x80U : 0U));
}

}  // namespace easydel::quantization
