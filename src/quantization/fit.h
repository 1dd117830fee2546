// Scales of a block that minimize its squared error, each weight's counted `counts[i]` times: a search over scales near
// the greatest magnitude, each improved by the least squares of its codes.
//
//   const float scale = fit_scale(values, counts, {-8, 7});
//   // value is near std::clamp(round(value / scale), -8, 7) * scale
#pragma once

#include <array>
#include <span>

namespace easydel::quantization {

/// Whole numbers that codes may be.
struct CodeRange {
  float lowest, highest;
};

/// To the nearest, ties to even, for |x| < 2^22: adding 1.5 * 2^23 leaves no bits for a fraction.
inline float round_nearest(float x) {
  constexpr float kShift = 0x1.8p23f;
  return (x + kShift) - kShift;
}

/// For code * scale, in a range with more negative codes. Negative where that puts the greatest magnitude at the lowest
/// code. 0 for a block of zeros.
float fit_scale(std::span<const float> values, std::span<const float> counts, CodeRange range);

struct ScaleAndOffset {
  float scale, offset;
};
/// For code * scale + offset with codes 0..highest. With `offset_is_negative` the offset is at most 0.
ScaleAndOffset fit_scale_and_offset(std::span<const float> values, std::span<const float> counts,
                                    float highest, bool offset_is_negative);

/// The codes nearest to (value - offset) / scale, less the lowest of the range.
void round_codes(std::span<const float> values, ScaleAndOffset line, CodeRange range, unsigned char* codes);

/// For table[code] * scale; the table ascends from -1 to 1.
float fit_table_scale(std::span<const float> values, std::span<const float> counts,
                      std::span<const float, 16> table);

/// Finds the entry of an ascending table that is nearest to a number.
class TableMiddles {
 public:
  explicit TableMiddles(std::span<const float, 16> table);
  /// By halving without branches: a search over scales asks this some thirty times for each weight.
  size_t code_of(float x) const {
    size_t code = x > middles_[7] ? 8 : 0;
    code += x > middles_[code + 3] ? 4 : 0;
    code += x > middles_[code + 1] ? 2 : 0;
    return code + (x > middles_[code] ? 1 : 0);
  }

 private:
  std::array<float, 15> middles_;
};

}  // namespace easydel::quantization
