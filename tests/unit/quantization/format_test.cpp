// Every format: what is encoded comes back within the bound, exactly where it was on the grid; what cannot be is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "base/thread_pool.h"
#include "quantization/format.h"
#include "quantization/importance.h"
#include "unit/error_of.h"

namespace easydel::quantization {
namespace {

HostTensor random_weight(int64_t rows, int64_t columns, float scale) {
  std::mt19937 random(7);
  std::normal_distribution<float> normal(0.0f, scale);
  std::vector<float> values(static_cast<size_t>(rows * columns));
  for (float& value : values) value = normal(random);
  return HostTensor::from<float>({rows, columns}, values);
}

TEST(Formats, WeightsMoveByNoMoreThanTheBound) {
  for (const Format& format : formats()) {
    for (const float scale : {1e-7f, 1e-3f, 1.0f, 1e4f}) {
      const HostTensor weight = random_weight(5, 3 * format.block + 7, scale);
      const HostTensor near = decode(format, encode(format, weight, "w"), weight.shape());
      const auto exact = weight.data<float>(), decoded = near.data<float>();
      const auto columns = static_cast<size_t>(weight.shape().dim(1));
      for (size_t begin = 0; begin < exact.size();) {
        const size_t left = columns - begin % columns;
        const size_t count = std::min(left, static_cast<size_t>(format.block));
        float greatest = 0;
        for (size_t i = begin; i < begin + count; ++i) greatest = std::max(greatest, std::abs(exact[i]));
        for (size_t i = begin; i < begin + count; ++i)
          ASSERT_LE(std::abs(decoded[i] - exact[i]), format.error_bound(greatest))
              << format.name << " " << scale;
        begin += count;
      }
    }
  }
}

TEST(Formats, EncodingAgainChangesNothing) {
  for (const Format& format : formats()) {
    const HostTensor weight = random_weight(4, 100, 0.02f);
    const HostTensor once = decode(format, encode(format, weight, "w"), weight.shape());
    const HostTensor twice = decode(format, encode(format, once, "w"), weight.shape());
    EXPECT_TRUE(std::ranges::equal(once.bytes(), twice.bytes())) << format.name;
  }
}

TEST(Formats, ZerosStayZeros) {
  for (const Format& format : formats()) {
    const HostTensor zeros = HostTensor::zeros(Shape(DType::kF32, {2, 40}));
    const HostTensor back = decode(format, encode(format, zeros, "w"), zeros.shape());
    EXPECT_TRUE(std::ranges::equal(back.bytes(), zeros.bytes())) << format.name;
  }
}

TEST(Formats, WhatHasNoNumberNearIsRefusedByName) {
  for (const Format& format : formats())
    for (const float bad : {std::nanf(""), std::numeric_limits<float>::infinity(), 1e30f})
      EXPECT_THAT(error_of([&] {
                    encode(format, HostTensor::from<float>({1, 2}, {1, bad}), "model.w");
                  }),
                  testing::HasSubstr("model.w"));
}

TEST(Formats, TakeWhatTheirBlocksTake) {
  constexpr std::pair<std::string_view, double> kBits[] = {
      {"int8", 8.5},       {"int4", 4.5},        {"int4_g64", 4.25},     {"int4_g128", 4.125},
      {"int4_zp", 5},      {"int4_zp_g64", 4.5}, {"int4_zp_g128", 4.25}, {"nf4", 4.25},
      {"fp8_e4m3", 8.125}, {"q8_0", 8.5},        {"q4_0", 4.5},          {"q4_1", 5},
      {"q5_0", 5.5},       {"q5_1", 6},          {"q4_k", 4.5},          {"q5_k", 5.5},
      {"q6_k", 6.5625}};
  ASSERT_EQ(std::size(kBits), formats().size());
  for (const auto& [name, bits] : kBits) EXPECT_EQ(8 * format(name).bytes_per_weight(), bits) << name;
  EXPECT_THAT(error_of([] { format("int5"); }),
              testing::AllOf(testing::HasSubstr("int8"), testing::HasSubstr("q6_k")));
}

TEST(Formats, ThreadsChangeNothing) {
  ThreadPool pool(3);
  const HostTensor weight = random_weight(37, 300, 0.02f);
  for (const Format& format : formats()) {
    const std::vector<HostTensor> alone = encode(format, weight, "w");
    const std::vector<HostTensor> together = encode(format, weight, "w", {.pool = &pool});
    for (size_t part = 0; part < alone.size(); ++part)
      EXPECT_TRUE(std::ranges::equal(alone[part].bytes(), together[part].bytes())) << format.name;
  }
}

/// Numbers of 64 features that all columns share, and each column's own.
std::vector<float> correlated_rows(int64_t rows, int64_t columns) {
  constexpr int64_t kFeatures = 64;
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  std::vector<float> mix(static_cast<size_t>(kFeatures * columns)), result;
  for (float& value : mix) value = normal(random);
  for (int64_t row = 0; row < rows; ++row) {
    std::vector<float> features(kFeatures);
    for (float& value : features) value = normal(random);
    for (int64_t column = 0; column < columns; ++column) {
      float sum = 2 * normal(random);
      for (int64_t f = 0; f < kFeatures; ++f)
        sum += features[static_cast<size_t>(f)] * mix[static_cast<size_t>(f * columns + column)];
      result.push_back(sum);
    }
  }
  return result;
}

/// The products of the columns of each group, as column_importance() gives them.
std::vector<float> products_of(std::span<const float> rows, int64_t columns) {
  const int64_t groups = column_groups(columns);
  std::vector<float> products(static_cast<size_t>(groups * kColumnGroup * kColumnGroup));
  for (int64_t row = 0; row * columns < static_cast<int64_t>(rows.size()); ++row)
    for (int64_t i = 0; i < columns; ++i)
      for (int64_t j = i / kColumnGroup * kColumnGroup;
           j < std::min(columns, (i / kColumnGroup + 1) * kColumnGroup); ++j)
        products[static_cast<size_t>(i * kColumnGroup + j % kColumnGroup)] +=
            rows[static_cast<size_t>(row * columns + i)] * rows[static_cast<size_t>(row * columns + j)];
  return products;
}

/// The squared error of the products of `rows` with the weight.
double error_of_products(const Format& format, const HostTensor& weight, std::span<const float> rows,
                         const EncodeOptions& options) {
  const HostTensor near = decode(format, encode(format, weight, "w", options), weight.shape());
  const auto columns = static_cast<size_t>(weight.shape().dim(1));
  double sum = 0;
  for (size_t row = 0; row < rows.size(); row += columns) {
    for (size_t out = 0; out < weight.data<float>().size(); out += columns) {
      double error = 0;
      for (size_t k = 0; k < columns; ++k)
        error += static_cast<double>(rows[row + k]) *
                 static_cast<double>(near.data<float>()[out + k] - weight.data<float>()[out + k]);
      sum += error * error;
    }
  }
  return sum;
}

// Also of a row that ends within a group.
TEST(Formats, ACalibrationMakesProductsMoreExact) {
  constexpr int64_t kColumns = 300;
  const HostTensor weight = random_weight(20, kColumns, 0.02f);
  const std::vector<float> rows = correlated_rows(400, kColumns), products = products_of(rows, kColumns);
  for (const Format& format : formats()) {
    if (format.name == "int8") continue;  // it is exact enough
    const double without = error_of_products(format, weight, rows, {});
    EXPECT_LT(error_of_products(format, weight, rows, {.importance = products}), 0.9 * without)
        << format.name;
  }
}

TEST(Formats, ACalibrationOfNothingChangesNothing) {
  const HostTensor weight = random_weight(3, 70, 1.0f);
  const std::vector<float> zeros(static_cast<size_t>(kColumnGroup * kColumnGroup));
  const std::vector<HostTensor> plain = encode(format("int4"), weight, "w");
  const std::vector<HostTensor> calibrated = encode(format("int4"), weight, "w", {.importance = zeros});
  EXPECT_TRUE(std::ranges::equal(plain[0].bytes(), calibrated[0].bytes()));
}

TEST(Formats, AnImportanceOfOtherColumnsIsRefused) {
  const HostTensor weight = random_weight(2, 64, 1.0f);
  const std::vector<float> few(63, 1.0f), negative(static_cast<size_t>(kColumnGroup * kColumnGroup), -1.0f);
  for (const std::vector<float>* importance : {&few, &negative})
    EXPECT_THAT(error_of([&] { encode(format("int4"), weight, "model.w", {.importance = *importance}); }),
                testing::HasSubstr("model.w"));
}

}  // namespace
}  // namespace easydel::quantization
