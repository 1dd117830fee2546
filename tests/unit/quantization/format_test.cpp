// Every format: what is encoded comes back within the bound, exactly where it was on the grid; what cannot be is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

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

TEST(Formats, Int8TakesThirtyFourBytesPerBlock) {
  EXPECT_EQ(format("int8").bytes_per_weight(), 34.0 / 32.0);
  EXPECT_THAT(error_of([] { format("int5"); }), testing::HasSubstr("int8"));
}

}  // namespace
}  // namespace easydel::quantization
