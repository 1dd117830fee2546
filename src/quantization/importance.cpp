#include "quantization/importance.h"

#include <algorithm>
#include <cmath>

#include "base/format.h"
#include "easydel/error.h"

namespace easydel::quantization {
namespace {

constexpr auto kGroup = static_cast<size_t>(kColumnGroup);

/// The diagonal, with a mean of 1.
std::vector<float> counts_of(std::span<const float> products, size_t columns, std::string_view name) {
  std::vector<float> counts;
  double sum = 0;
  for (size_t k = 0; k < columns; ++k) {
    const float square = products[k * kGroup + k % kGroup];
    if (!(square >= 0 && std::isfinite(square)))
      throw Error(ErrorCode::kInvalidArgument, "quantize",
                  fmt::format("the importance of \"{}\" holds a mean square of {}; it must be 0 or more",
                              name, square));
    counts.push_back(square);
    sum += static_cast<double>(square);
  }
  if (sum == 0) return {};
  // The text is a sample: columns that it uses little are not left to chance.
  constexpr double kLeast = 0.3;
  const double mean = sum / static_cast<double>(columns);
  for (float& count : counts) count = static_cast<float>(static_cast<double>(count) / mean + kLeast);
  return counts;
}

/// The inverse of the upper triangular M with M times its transpose the products, [256, 256].
class InverseFactor {
 public:
  /// `damping` is added to the squares, so that columns which nothing was seen of are not made to make up for others.
  InverseFactor(std::span<const float> products, double damping)
      : factor_(kGroup * kGroup), inverse_(kGroup * kGroup) {
    for (size_t j = kGroup; j-- > 0;) {
      for (size_t i = j + 1; i-- > 0;) {
        double sum = static_cast<double>(products[i * kGroup + j]) + (i == j ? damping : 0);
        for (size_t c = j + 1; c < kGroup; ++c) sum -= factor_[i * kGroup + c] * factor_[j * kGroup + c];
        factor_[i * kGroup + j] = i == j ? std::sqrt(std::max(sum, damping)) : sum / factor_[j * kGroup + j];
      }
    }
    for (size_t i = kGroup; i-- > 0;) {
      const double diagonal = 1 / factor_[i * kGroup + i];
      double* row = inverse_.data() + i * kGroup;
      for (size_t c = i + 1; c < kGroup; ++c) {
        const double weight = -diagonal * factor_[i * kGroup + c];
        const double* other = inverse_.data() + c * kGroup;
        for (size_t j = c; j < kGroup; ++j) row[j] += weight * other[j];
      }
      row[i] = diagonal;
    }
  }
  double at(size_t i, size_t j) const { return inverse_[i * kGroup + j]; }

 private:
  std::vector<double> factor_, inverse_;
};

}  // namespace

std::vector<float> pack_importance(std::span<const float> products, int64_t columns, std::string_view name) {
  const auto groups = static_cast<size_t>(column_groups(columns));
  if (products.size() != groups * kGroup * kGroup)
    throw Error(ErrorCode::kInvalidArgument, "quantize",
                fmt::format("the importance of \"{}\" has {} numbers; for {} columns it is [{}, {}, {}]",
                            name, products.size(), columns, groups, kGroup, kGroup));
  std::vector<float> packed = counts_of(products, static_cast<size_t>(columns), name);
  if (packed.empty()) return {};
  packed.resize(packed.size() + products.size());
  float* feedback = packed.data() + columns;
  for (size_t group = 0; group < groups; ++group) {
    const std::span<const float> part = products.subspan(group * kGroup * kGroup, kGroup * kGroup);
    double trace = 0;
    for (size_t k = 0; k < kGroup; ++k) trace += static_cast<double>(part[k * kGroup + k]);
    const size_t real = std::min(kGroup, static_cast<size_t>(columns) - group * kGroup);
    constexpr double kDamping = 0.01;
    if (trace <= 0) continue;  // no feedback in it
    const InverseFactor inverse(part, kDamping * trace / static_cast<double>(real));
    for (size_t i = 0; i < kGroup; ++i)
      for (size_t j = i; j < kGroup; ++j)
        feedback[(group * kGroup + i) * kGroup + j] = static_cast<float>(inverse.at(i, j) / inverse.at(i, i));
  }
  return packed;
}

}  // namespace easydel::quantization
