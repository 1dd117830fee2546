#include "nn/initialize.h"

#include <gtest/gtest.h>

#include <algorithm>
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

}  // namespace
}  // namespace easydel::nn
