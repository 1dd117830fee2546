// What encoders know of the numbers that a weight is multiplied with: how much each column matters, and how a column makes
// up for the error of one before it. Packed into one span per weight: counts [in], then feedback [groups, 256, 256].
//
//   const std::vector<float> packed = pack_importance(products, in, "q_proj.weight");
//   const ImportanceView view(packed, in);
//   view.counts()[k] * square(error);
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace easydel::quantization {

/// Columns whose products are known.
constexpr int64_t kColumnGroup = 256;

inline int64_t column_groups(int64_t columns) {
  return (columns + kColumnGroup - 1) / kColumnGroup;
}

class ImportanceView {
 public:
  ImportanceView(std::span<const float> packed, size_t columns) : packed_(packed), columns_(columns) {}
  bool empty() const { return packed_.empty(); }
  /// The importance of each column, 1 on average.
  std::span<const float> counts() const { return packed_.first(columns_); }
  /// Of column k and those behind it in its group: entry j is by how much column k + j shrinks for an error of 1 that
  /// column k keeps. Entry 0 is 1.
  const float* feedback(size_t k) const {
    constexpr auto kGroup = static_cast<size_t>(kColumnGroup);
    return packed_.data() + columns_ + k * kGroup + k % kGroup;
  }

 private:
  std::span<const float> packed_;
  size_t columns_;
};

/// Of the products of the columns of each group, [groups, 256, 256], summed or averaged over a text. Empty where all are
/// zero. Error(kInvalidArgument) names the weight for another size or numbers that are no such products.
///
/// The feedback is GPTQ's: Frantar et al. 2022, arXiv:2210.17323.
std::vector<float> pack_importance(std::span<const float> products, int64_t columns, std::string_view name);

}  // namespace easydel::quantization
