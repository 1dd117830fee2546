// Every format: what is encoded comes back within the bound, exactly where it was on the grid; what cannot be is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "base/thread_pool.h"
#include "quantization/format.h"
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

/// The squared error of an encoding, each column's weighed by `importance`.
double weighed_error(const Format& format, const HostTensor& weight, std::span<const float> importance,
                     const EncodeOptions& options) {
  const HostTensor near = decode(format, encode(format, weight, "w", options), weight.shape());
  double sum = 0;
  for (size_t i = 0; i < weight.data<float>().size(); ++i)
    sum += static_cast<double>(importance[i % importance.size()]) *
           std::pow(static_cast<double>(near.data<float>()[i] - weight.data<float>()[i]), 2);
  return sum;
}

TEST(Formats, WhatMattersIsKeptMoreExact) {
  const HostTensor weight = random_weight(40, 512, 0.02f);
  std::vector<float> importance;
  for (int column = 0; column < 512; ++column) importance.push_back(column % 5 == 0 ? 30.0f : 0.5f);
  for (const Format& format : formats()) {
    if (format.name == "int8" || format.name == "q8_0") continue;  // they search for no scale
    const double without = weighed_error(format, weight, importance, {});
    EXPECT_LT(weighed_error(format, weight, importance, {.importance = importance}), 0.99 * without)
        << format.name;
  }
}

TEST(Formats, AnImportanceOfOtherColumnsIsRefused) {
  const HostTensor weight = random_weight(2, 64, 1.0f);
  const std::vector<float> few(63, 1.0f), negative(64, -1.0f);
  for (const std::vector<float>* importance : {&few, &negative})
    EXPECT_THAT(error_of([&] { encode(format("int4"), weight, "model.w", {.importance = *importance}); }),
                testing::HasSubstr("model.w"));
}

}  // namespace
}  // namespace easydel::quantization
