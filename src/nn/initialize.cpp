#include "nn/initialize.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numbers>
#include <utility>
#include <vector>

#include "base/format.h"
#include "base/hash.h"
#include "base/threefry.h"
#include "easydel/error.h"

namespace easydel::nn {
namespace {

using Pair = std::array<uint32_t, 2>;

Pair halves(uint64_t value) {
  return {static_cast<uint32_t>(value >> 32), static_cast<uint32_t>(value)};
}

/// Two independent normal numbers from 64 random bits: Box and Muller 1958.
std::array<float, 2> normal_pair(Pair bits) {
  constexpr double kUnit = 1.0 / 4294967296.0;
  const double radius = std::sqrt(-2.0 * std::log((bits[0] + 0.5) * kUnit));
  const double angle = 2 * std::numbers::pi * (bits[1] * kUnit);
  return {static_cast<float>(radius * std::cos(angle)), static_cast<float>(radius * std::sin(angle))};
}

/// Normal numbers around 0, the same for an index whatever is filled with it.
class NormalNumbers {
 public:
  NormalNumbers(uint64_t seed, std::string_view name)
      : key_(threefry2x32(halves(seed), halves(fnv1a(name)))) {}

  /// Those of the indices from `first` on.
  void fill(std::span<float> values, int64_t first, double stddev, ThreadPool* pool = nullptr) const {
    const int64_t last = first + static_cast<int64_t>(values.size());
    const auto fill_pairs = [&](int64_t begin, int64_t end) {
      for (int64_t pair = first / 2 + begin; pair < first / 2 + end; ++pair) {
        const std::array<float, 2> drawn =
            normal_pair(threefry2x32(key_, halves(static_cast<uint64_t>(pair))));
        for (int64_t i = std::max(2 * pair, first); i < std::min(2 * pair + 2, last); ++i)
          values[static_cast<size_t>(i - first)] =
              static_cast<float>(stddev * static_cast<double>(drawn[static_cast<size_t>(i % 2)]));
      }
    };
    const int64_t pairs = (last + 1) / 2 - first / 2;
    if (pool == nullptr) return fill_pairs(0, pairs);
    pool->parallel_for(pairs, 4096, fill_pairs);
  }

 private:
  Pair key_;
};

/// A table's rows in f32, some at a time.
void for_each_piece(const HostTensor& table,
                    const std::function<void(int64_t first_row, std::span<const float> values)>& work) {
  constexpr int64_t kPiece = 1 << 18;  // numbers that are converted at once
  const int64_t rows = table.shape().dim(0);
  if (rows == 0) return;
  const int64_t width = table.shape().elements() / rows;
  const int64_t step = std::max<int64_t>(1, kPiece / std::max<int64_t>(1, width));
  for (int64_t row = 0; row < rows; row += step) {
    const Shape shape(table.dtype(), {std::min(step, rows - row), width});
    const auto bytes =
        table.bytes().subspan(static_cast<size_t>(row * width) * item_size(table.dtype()), shape.bytes());
    const HostTensor piece = HostTensor::view(shape, bytes, table.owner()).to(DType::kF32);
    work(row, piece.data<float>());
  }
}

std::vector<double> mean_row(const HostTensor& table, size_t width) {
  std::vector<double> mean(width);
  for_each_piece(table, [&](int64_t /*first_row*/, std::span<const float> values) {
    for (size_t row = 0; row < values.size(); row += width)
      for (size_t i = 0; i < width; ++i) mean[i] += static_cast<double>(values[row + i]);
  });
  for (double& sum : mean) sum /= static_cast<double>(table.shape().dim(0));
  return mean;
}

}  // namespace

HostTensor initialize(const ParameterSpec& spec, uint64_t seed, DType dtype, ThreadPool* pool) {
  return initialize_rows(spec, 0, seed, dtype, pool);
}

HostTensor initialize_rows(const ParameterSpec& spec, int64_t first_row, uint64_t seed, DType dtype,
                           ThreadPool* pool) {
  if (!is_float(dtype))
    throw Error(ErrorCode::kInvalidArgument, spec.name,
                fmt::format("cannot be initialized as {}; ask for a float type", dtype));
  std::vector<int64_t> dims = spec.dims;
  const int64_t width = dims[0] == 0 ? 0 : spec.shape().elements() / dims[0];
  dims[0] -= first_row;
  HostTensor tensor = HostTensor::zeros({DType::kF32, dims});
  const std::span<float> values = tensor.mutable_data<float>();
  switch (spec.initializer.kind) {
    case InitKind::kZeros:
      break;
    case InitKind::kOnes:
      std::fill(values.begin(), values.end(), 1.0f);
      break;
    case InitKind::kNormal:
      NormalNumbers(seed, spec.name).fill(values, first_row * width, spec.initializer.stddev, pool);
      break;
  }
  if (const std::optional<int64_t> row = spec.initializer.zero_row; row && *row >= first_row)
    std::ranges::fill(
        values.subspan(static_cast<size_t>((*row - first_row) * width), static_cast<size_t>(width)), 0.0f);
  return tensor.to(dtype);
}

HostTensor rows_near_mean(const HostTensor& table, int64_t count, double spread, std::string_view name,
                          uint64_t seed, ThreadPool* pool) {
  const int64_t rows = table.shape().dim(0);
  std::vector<int64_t> dims(table.shape().dims().begin(), table.shape().dims().end());
  dims[0] = count;
  HostTensor result = HostTensor::zeros({DType::kF32, dims});
  const auto width = static_cast<size_t>(rows == 0 ? 0 : table.shape().elements() / rows);
  if (width == 0) return result;
  const std::span<float> sums = result.mutable_data<float>();
  const std::vector<double> mean = mean_row(table, width);
  const NormalNumbers normal(seed, fmt::format("{}.near_mean", name));  // not those of fresh weights

  for_each_piece(table, [&](int64_t first_row, std::span<const float> values) {
    std::vector<float> distances(values.size());
    for (size_t row = 0; row < values.size(); row += width)
      for (size_t i = 0; i < width; ++i)
        distances[row + i] = static_cast<float>(static_cast<double>(values[row + i]) - mean[i]);
    const auto add = [&](int64_t begin, int64_t end) {
      std::vector<float> factors(values.size() / width);
      for (int64_t row = begin; row < end; ++row) {
        normal.fill(factors, row * rows + first_row, 1.0);
        float* sum = &sums[static_cast<size_t>(row) * width];
        for (size_t old = 0; old < factors.size(); ++old)
          for (size_t i = 0; i < width; ++i) sum[i] += factors[old] * distances[old * width + i];
      }
    };
    if (pool == nullptr) return add(0, count);
    pool->parallel_for(count, 1, add);
  });
  const double scale = spread / std::sqrt(static_cast<double>(rows));
  for (size_t i = 0; i < sums.size(); ++i)
    sums[i] = static_cast<float>(mean[i % width] + scale * static_cast<double>(sums[i]));
  return result;
}

}  // namespace easydel::nn
