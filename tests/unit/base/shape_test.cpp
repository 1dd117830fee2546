#include "easydel/shape.h"

#include <gtest/gtest.h>

#include "easydel/error.h"
#include "easydel/host_tensor.h"

namespace easydel {
namespace {

TEST(Shape, PrintsDtypeAndDims) {
  EXPECT_EQ(Shape(DType::kF32, {2, 3, 64}).to_string(), "f32[2,3,64]");
  EXPECT_EQ(Shape(DType::kI32, {}).to_string(), "i32[]");
}

TEST(Shape, CountsElementsAndBytes) {
  EXPECT_EQ(Shape(DType::kBF16, {2, 3}).bytes(), 12u);
  EXPECT_EQ(Shape(DType::kF32, {2, 0}).elements(), 0);
  EXPECT_EQ(Shape(DType::kF32, {}).elements(), 1);
}

TEST(Shape, RefusesNegativeAndOverflowingSizes) {
  EXPECT_THROW(Shape(DType::kF32, {-1}), Error);
  EXPECT_THROW(Shape(DType::kF32, {int64_t{1} << 40, int64_t{1} << 40}), Error);
}

TEST(HostTensor, ConvertsWithRoundingToNearestEven) {
  const auto tensor = HostTensor::from<float>({3}, {1.0f, 1.00390625f, -2.5f});
  const HostTensor half = tensor.to(DType::kBF16);
  EXPECT_EQ(half.to(DType::kF32).data<float>()[1], 1.0f);
  EXPECT_EQ(half.to(DType::kF32).data<float>()[2], -2.5f);
}

TEST(HostTensor, SaturatesIntegers) {
  const auto tensor = HostTensor::from<float>({2}, {300.0f, -300.0f});
  const HostTensor bytes = tensor.to(DType::kI8);
  EXPECT_EQ(bytes.data<int8_t>()[0], 127);
  EXPECT_EQ(bytes.data<int8_t>()[1], -128);
}

TEST(HostTensor, AllHalvesSurviveARoundTripThroughFloat) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const Float16 half = Float16::from_bits(static_cast<uint16_t>(bits));
    const auto value = static_cast<float>(half);
    if (value != value) continue;
    EXPECT_EQ(Float16(value).bits, half.bits);
  }
}

}  // namespace
}  // namespace easydel
