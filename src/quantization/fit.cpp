#include "quantization/fit.h"

#include <algorithm>
#include <cmath>

namespace easydel::quantization {
namespace {

/// What is smaller is 0 in f16, and its squares vanish.
constexpr float kLeastExtreme = 1e-15f;

/// The value of greatest magnitude.
float extreme_of(std::span<const float> values) {
  float extreme = 0;
  for (const float value : values)
    if (std::abs(value) > std::abs(extreme)) extreme = value;
  return extreme;
}

/// What codes do to the squared error of code * scale.
struct Product {
  float with_values = 0, with_themselves = 0;

  float best_scale() const { return with_themselves > 0 ? with_values / with_themselves : 0; }
  /// By how much the best scale lowers the error below that of zeros.
  float gain() const { return with_values * best_scale(); }
};

/// Tries the scales 1 / inverse, then improves the best one: its codes' least squares, and the codes of that.
template <typename Inverses, typename Code>
float search(std::span<const float> values, std::span<const float> counts, const Inverses& inverses,
             const Code& code) {
  const auto product_of = [&](float inverse) {
    Product product;
    for (size_t i = 0; i < values.size(); ++i) {
      const float q = code(values[i] * inverse), weighted = counts[i] * q;
      product.with_values += weighted * values[i];
      product.with_themselves += weighted * q;
    }
    return product;
  };
  Product best;
  inverses([&](float inverse) {
    if (const Product product = product_of(inverse); product.gain() > best.gain()) best = product;
  });
  constexpr int kRefits = 3;
  for (int i = 0; i < kRefits && best.best_scale() != 0; ++i) {
    const Product product = product_of(1 / best.best_scale());
    if (!(product.gain() > best.gain())) break;
    best = product;
  }
  return best.best_scale();
}

/// The sums that the least squares of code * scale + offset need.
struct Line {
  float codes = 0, squares = 0, products = 0;  // of codes, of codes and values, each with its count

  ScaleAndOffset fit(float count, float values) const {
    const float determinant = count * squares - codes * codes;
    if (determinant > 0)
      return {(count * products - codes * values) / determinant,
              (squares * values - codes * products) / determinant};
    return {0, count > 0 ? values / count : 0};
  }
};

}  // namespace

float fit_scale(std::span<const float> values, std::span<const float> counts, CodeRange range) {
  const float extreme = extreme_of(values);
  if (std::abs(extreme) < kLeastExtreme) return 0;
  const auto inverses = [&](const auto& try_inverse) {
    constexpr int kBelow = 8, kAbove = 5;  // in fifths of a code
    for (int step = -kBelow; step <= kAbove; ++step) {
      const float code = range.lowest - 0.2f * static_cast<float>(step);
      try_inverse(code / extreme);
      try_inverse(-code / extreme);
    }
  };
  const auto code = [range](float x) {
    return std::min(std::max(round_nearest(x), range.lowest), range.highest);
  };
  return search(values, counts, inverses, code);
}

TableMiddles::TableMiddles(std::span<const float, 16> table) {
  for (size_t i = 0; i < middles_.size(); ++i) middles_[i] = 0.5f * (table[i] + table[i + 1]);
}

float fit_table_scale(std::span<const float> values, std::span<const float> counts,
                      std::span<const float, 16> table) {
  const float extreme = extreme_of(values);
  if (std::abs(extreme) < kLeastExtreme) return 0;
  const auto inverses = [&](const auto& try_inverse) {
    for (int step = 0; step <= 10; ++step) {
      const float end = 0.9f + 0.05f * static_cast<float>(step);
      try_inverse(end / extreme);
      try_inverse(-end / extreme);
    }
    try_inverse(1 / extreme);
    try_inverse(-1 / extreme);
  };
  const TableMiddles middles(table);
  return search(values, counts, inverses, [&](float x) { return table[middles.code_of(x)]; });
}

ScaleAndOffset fit_scale_and_offset(std::span<const float> values, std::span<const float> counts,
                                    float highest, bool offset_is_negative) {
  float least = *std::ranges::min_element(values), greatest = *std::ranges::max_element(values);
  if (offset_is_negative) least = std::min(least, 0.0f);
  if (greatest - least < kLeastExtreme) return {0, least};
  float count = 0, sum = 0,
        square_sum = 0;  // of values above the least, which keeps the sums apart in precision
  for (size_t i = 0; i < values.size(); ++i) {
    const float value = values[i] - least;
    count += counts[i];
    sum += counts[i] * value;
    square_sum += counts[i] * value * value;
  }
  ScaleAndOffset best = {(greatest - least) / highest, 0};
  float best_error = square_sum;
  const auto try_line = [&](ScaleAndOffset from) {
    if (from.scale <= 0) return;
    const float inverse = 1 / from.scale;
    Line line;
    for (size_t i = 0; i < values.size(); ++i) {
      const float value = values[i] - least;
      const float q = std::min(std::max(round_nearest((value - from.offset) * inverse), 0.0f), highest);
      const float weighted = counts[i] * q;
      line.codes += weighted;
      line.squares += weighted * q;
      line.products += weighted * value;
    }
    // The offset that must not be positive is that of the values themselves.
    ScaleAndOffset fit = line.fit(count, sum);
    if (offset_is_negative && fit.offset + least > 0)
      fit = {line.squares > 0 ? (line.products + least * line.codes) / line.squares : 0, -least};
    const float error =
        square_sum +
        fit.scale * (fit.scale * line.squares + 2 * fit.offset * line.codes - 2 * line.products) +
        fit.offset * (fit.offset * count - 2 * sum);
    if (error >= best_error) return;
    best_error = error;
    best = fit;
  };
  constexpr int kSteps = 10;  // in tenths of a code
  for (int step = -kSteps; step <= kSteps; ++step)
    try_line({(greatest - least) / (highest + 0.1f * static_cast<float>(step)), 0});
  for (int refit = 0; refit < 2; ++refit) try_line(best);
  return {best.scale, best.offset + least};
}

void round_codes(std::span<const float> values, ScaleAndOffset line, CodeRange range, unsigned char* codes) {
  const float inverse = line.scale == 0 ? 0 : 1 / line.scale;
  for (size_t i = 0; i < values.size(); ++i) {
    const float code = round_nearest((values[i] - line.offset) * inverse);
    codes[i] =
        static_cast<unsigned char>(std::min(std::max(code, range.lowest), range.highest) - range.lowest);
  }
}

}  // namespace easydel::quantization
