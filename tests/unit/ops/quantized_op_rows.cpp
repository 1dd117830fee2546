// Rows of the quantized formats but int8, whose products round x too (composite_op_rows.cpp).
#include <algorithm>
#include <cmath>
#include <random>

#include "base/format.h"
#include "graph/ops.h"
#include "unit/int8_grid.h"
#include "unit/ops/op_rows.h"

namespace easydel {
namespace {

using Values = std::vector<Value>;

HostTensor normal(std::initializer_list<int64_t> dims, uint32_t seed, float scale = 1) {
  std::mt19937 random(seed);
  std::normal_distribution<float> distribution(0, scale);
  int64_t count = 1;
  for (const int64_t dim : dims) count *= dim;
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = distribution(random);
  return HostTensor::from<float>(dims, values);
}

HostTensor on_int8_grid(int64_t rows, int64_t inner) {
  HostTensor x = normal({rows, inner}, 1, 40);
  round_to_int8_grid(x.mutable_data<float>(), inner);
  return x;
}

/// From so many rows on weights may be rounded to bf16.
constexpr int64_t kRoundedRows = 65;

/// x, the parts of a weight, and a bias. Kernels may round `left` by blocks to int8: it is
/// such that this changes nothing, or any numbers.
OpRow product_row(const quantization::Format& format, HostTensor left, double tolerance) {
  constexpr int64_t kOut = 75;
  const int64_t rows = left.shape().dim(0), inner = left.shape().dim(1);
  OpRow row{.name = fmt::format("quantized_linear {} rows {} inner {} within {}", format.name, rows, inner,
                                tolerance),
            .tolerance = tolerance * std::sqrt(static_cast<double>(inner))};
  row.inputs = {std::move(left)};
  for (HostTensor& part : quantization::encode(format, normal({kOut, inner}, 2), "w"))
    row.inputs.push_back(std::move(part));
  row.inputs.push_back(normal({kOut}, 3));
  row.build = [&format](Graph&, const Values& x) {
    const std::span<const Value> parts = std::span(x).subspan(1, format.parts.size());
    return Values{quantized_linear(x[0], format, parts, x.back(), DType::kF32)};
  };
  return row;
}

/// Scales of normal size, and such as are below f16's normal numbers.
OpRow numbers_row(const quantization::Format& format, float scale, DType dtype) {
  constexpr int64_t kColumns = 619;
  OpRow row{.name = fmt::format("dequantize {} of {} to {}", format.name, scale, to_string(dtype)),
            .tolerance = dtype == DType::kF32 ? 1e-6 : tolerance_of(dtype)};
  row.inputs = quantization::encode(format, normal({2, 3, kColumns}, 4, scale), "w");
  // Multiplied by a power of two, so that the tolerance is one of the numbers.
  row.build = [&format, scale, dtype](Graph&, const Values& x) {
    return Values{dequantize(format, x, kColumns, dtype) * std::exp2(-std::round(std::log2(scale)))};
  };
  return row;
}

OpRow experts_row(const quantization::Format& format, int64_t rows) {
  constexpr int64_t kExperts = 3, kHidden = 70, kInner = 21;
  std::vector<int32_t> chosen(static_cast<size_t>(rows));
  for (size_t row = 0; row < chosen.size(); ++row) chosen[row] = static_cast<int32_t>(row % 4);
  OpRow row{.name = fmt::format("routed_experts {} rows {}", format.name, rows),
            .tolerance = 0.5};  // x is in int8
  row.inputs = {normal({rows, kHidden}, 1), normal({rows, 1}, 2),
                HostTensor::from<int32_t>({rows, 1}, chosen)};
  for (const HostTensor& weight : {normal({kInner, kHidden}, 3, 0.2f), normal({kHidden, kInner}, 4, 0.2f)})
    for (HostTensor& part : quantization::encode(format, weight, "w")) row.inputs.push_back(std::move(part));
  row.build = [&format](Graph&, const Values& x) {
    const auto parts = [&](size_t weight) {
      const auto begin = x.begin() + static_cast<int64_t>(3 + weight * format.parts.size());
      return Values(begin, begin + static_cast<int64_t>(format.parts.size()));
    };
    const std::vector<ExpertWeights> experts(kExperts, {parts(0), parts(0), parts(1)});
    return Values{routed_experts(x[0], x[1], x[2], experts, "silu", &format)};
  };
  return row;
}

}  // namespace

std::vector<OpRow> quantized_op_rows() {
  std::vector<OpRow> rows;
  for (const quantization::Format& format : quantization::formats()) {
    if (format.name == "int8") continue;
    // One row, few rows, packed rows, panels; rows of weights that end within a block, a vector and a panel.
    for (const int64_t count : {int64_t{1}, int64_t{3}, int64_t{11}, int64_t{33}, kRoundedRows + 5})
      for (const int64_t inner :
           count == 1 ? std::vector<int64_t>{1, 93, 577, 1100} : std::vector<int64_t>{577})
        rows.push_back(product_row(format, on_int8_grid(count, inner), count < kRoundedRows ? 4e-5 : 8e-3));
    for (const int64_t count : {2, 40}) rows.push_back(product_row(format, normal({count, 300}, 1), 4e-2));
    for (const float scale : {1.0f, 1e-5f}) rows.push_back(numbers_row(format, scale, DType::kF32));
    rows.push_back(numbers_row(format, 1.0f, DType::kBF16));
  }
  for (const std::string_view name : {"int4", "q4_k"})
    for (const int64_t count : {1, 40}) rows.push_back(experts_row(quantization::format(name), count));
  return rows;
}

}  // namespace easydel
