#include "nn/initialize.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "easydel/error.h"

namespace easydel::nn {
namespace {

ParameterSpec normal(std::string name, std::vector<int64_t> dims, double stddev = 0.02) {
  return {.name = std::move(name), .dims = std::move(dims), .initializer = {InitKind::kNormal, stddev}};
}

std::vector<float> values(const ParameterSpec& spec, uint64_t seed, ThreadPool* pool = nullptr) {
  const HostTensor tensor = initialize(spec, seed, DType::kF32, pool);
  const auto data = tensor.data<float>();
  return {data.begin(), data.end()};
}

TEST(Initialize, IsTheSameForAnyNumberOfThreads) {
  ThreadPool pool(3);
  const ParameterSpec spec = normal("weight", {301, 77});
  EXPECT_EQ(values(spec, 1), values(spec, 1, &pool));
}

TEST(Initialize, DependsOnSeedAndName) {
  EXPECT_NE(values(normal("a", {8}), 0), values(normal("b", {8}), 0));
  EXPECT_NE(values(normal("a", {8}), 0), values(normal("a", {8}), 1));
}

TEST(Initialize, HasTheMomentsOfANormal) {
  const std::vector<float> drawn = values(normal("weight", {200000}, 0.5), 7);
  double mean = 0, square = 0, fourth = 0;
  for (const float v : drawn) {
    const double x = v / 0.5;
    mean += x;
    square += x * x;
    fourth += x * x * x * x;
  }
  const auto n = static_cast<double>(drawn.size());
  EXPECT_NEAR(mean / n, 0.0, 0.01);
  EXPECT_NEAR(square / n, 1.0, 0.02);
  EXPECT_NEAR(fourth / n, 3.0, 0.1);
}

TEST(Initialize, FillsZerosAndOnesAndConverts) {
  ParameterSpec spec{.name = "norm", .dims = {5}, .initializer = {InitKind::kOnes}};
  const HostTensor ones = initialize(spec, 0, DType::kBF16);
  EXPECT_EQ(ones.dtype(), DType::kBF16);
  for (const BFloat16 v : ones.data<BFloat16>()) EXPECT_EQ(static_cast<float>(v), 1.0f);
  spec.initializer.kind = InitKind::kZeros;
  for (const float v : values(spec, 0)) EXPECT_EQ(v, 0.0f);
  EXPECT_THROW(initialize(spec, 0, DType::kI32), Error);
}

TEST(Initialize, RowsFromOneOnAreTheRest) {
  const ParameterSpec spec = normal("table", {7, 3});  // an odd width: pairs of numbers lie across rows
  const std::vector<float> all = values(spec, 3);
  for (const int64_t first : {0, 1, 4, 7}) {
    const HostTensor rest = initialize_rows(spec, first, 3, DType::kF32);
    EXPECT_EQ(rest.shape(), Shape(DType::kF32, {7 - first, 3}));
    EXPECT_TRUE(
        std::ranges::equal(rest.data<float>(), std::span(all).subspan(static_cast<size_t>(3 * first))));
  }
}

TEST(Initialize, ThePaddingRowIsZero) {
  ParameterSpec spec = normal("table", {5, 2});
  std::vector<float> expected = values(spec, 0);
  expected[4] = expected[5] = 0;
  spec.initializer.zero_row = 2;
  EXPECT_EQ(values(spec, 0), expected);
  EXPECT_EQ(initialize_rows(spec, 2, 0, DType::kF32).data<float>()[0], 0);
  EXPECT_EQ(initialize_rows(spec, 3, 0, DType::kF32).data<float>()[0], expected[6]);
}

// Three columns: the second follows the first, the third is constant.
HostTensor correlated_table(int64_t rows) {
  const std::vector<float> drawn = values(normal("drawn", {rows, 2}, 1.0), 9);
  std::vector<float> table;
  for (size_t row = 0; row < static_cast<size_t>(rows); ++row)
    table.insert(table.end(), {3 + drawn[2 * row], -5 + 2 * drawn[2 * row] + drawn[2 * row + 1], 7});
  return HostTensor::from<float>(std::vector<int64_t>{rows, 3}, table);
}

struct Moments {
  std::array<double, 3> mean = {};
  std::array<std::array<double, 3>, 3> covariance = {};
};

Moments moments(const HostTensor& table) {
  Moments found;
  const auto rows = static_cast<size_t>(table.shape().dim(0));
  const std::span<const float> data = table.data<float>();
  const auto value = [&](size_t row, size_t i) { return static_cast<double>(data[3 * row + i]); };
  for (size_t row = 0; row < rows; ++row)
    for (size_t i = 0; i < 3; ++i) found.mean[i] += value(row, i) / static_cast<double>(rows);
  for (size_t row = 0; row < rows; ++row)
    for (size_t i = 0; i < 3; ++i)
      for (size_t j = 0; j < 3; ++j)
        found.covariance[i][j] +=
            (value(row, i) - found.mean[i]) * (value(row, j) - found.mean[j]) / static_cast<double>(rows);
  return found;
}

TEST(RowsNearMean, HaveTheMeanAndTheCovarianceOfTheOthers) {
  const HostTensor table = correlated_table(200);
  const Moments old = moments(table);
  for (const double spread : {1.0, 0.1}) {
    const Moments drawn = moments(rows_near_mean(table, 20000, spread, "table", 4));
    for (size_t i = 0; i < 3; ++i) {
      EXPECT_NEAR(drawn.mean[i], old.mean[i], 0.06 * spread);
      for (size_t j = 0; j < 3; ++j)
        EXPECT_NEAR(drawn.covariance[i][j], spread * spread * old.covariance[i][j], 0.2 * spread * spread);
    }
  }
}

TEST(RowsNearMean, AreTheSameForAnyNumberOfThreads) {
  ThreadPool pool(3);
  const HostTensor table = correlated_table(300);
  const HostTensor alone = rows_near_mean(table, 50, 0.5, "table", 4),
                   together = rows_near_mean(table, 50, 0.5, "table", 4, &pool),
                   other = rows_near_mean(table, 50, 0.5, "table", 5);
  EXPECT_TRUE(std::ranges::equal(alone.data<float>(), together.data<float>()));
  EXPECT_FALSE(std::ranges::equal(alone.data<float>(), other.data<float>()));
}

// Pieces of 2^18 numbers: a table of several, and half floats.
TEST(RowsNearMean, OfLargeTablesReadAllRows) {
  const int64_t rows = (1 << 18) + 77;
  HostTensor table = HostTensor::zeros({DType::kF32, {rows, 2}});
  for (size_t row = 0; row < static_cast<size_t>(rows); ++row)
    table.mutable_data<float>()[2 * row + 1] = row % 2 == 0 ? 1.0f : -1.0f;
  const HostTensor drawn = rows_near_mean(table.to(DType::kBF16), 100, 1.0, "table", 0);
  double square = 0;
  for (size_t row = 0; row < 100; ++row) {
    EXPECT_EQ(drawn.data<float>()[2 * row], 0.0f);
    square += std::pow(static_cast<double>(drawn.data<float>()[2 * row + 1]), 2) / 100;
  }
  EXPECT_NEAR(square, 1.0, 0.35);
}

TEST(RowsNearMean, OfABiasAreNumbers) {
  const HostTensor bias = HostTensor::from<float>({4}, {1, 2, 3, 6});
  const HostTensor drawn = rows_near_mean(bias, 2, 1e-9, "bias", 0);
  EXPECT_EQ(drawn.shape(), Shape(DType::kF32, {2}));
  EXPECT_FLOAT_EQ(drawn.data<float>()[0], 3.0f);
}

}  // namespace
}  // namespace easydel::nn
