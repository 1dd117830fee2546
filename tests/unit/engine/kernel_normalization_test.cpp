#include <cmath>
#include <limits>

#include "kernel_test_util.h"

namespace easydel::native {
namespace {

constexpr int64_t kSizes[] = {1, 2, 3, 7, 8, 15, 16, 17, 31, 64, 100, 576, 577};

class KernelNormalizationTest : public KernelTest {};

double sum_of(const std::vector<float>& x, const std::function<double(double)>& value) {
  double sum = 0;
  for (const float element : x) sum += value(element);
  return sum;
}

TEST_P(KernelNormalizationTest, RmsNormAgreesWithDouble) {
  for (const int64_t size : kSizes) {
    const std::vector<float> x = random_floats(size, 1, 3.0f);
    const std::vector<float> weight = random_floats(size, 2);
    std::vector<float> out(x.size());
    kernels_.rms_norm(x.data(), weight.data(), 1e-5f, 1.0f, out.data(), size);
    const double scale =
        1.0 / std::sqrt(sum_of(x, [](double v) { return v * v; }) / static_cast<double>(size) + 1e-5);
    for (size_t i = 0; i < x.size(); ++i)
      EXPECT_NEAR(out[i], x[i] * scale * (static_cast<double>(weight[i]) + 1.0), 2e-6) << size;
  }
}

TEST_P(KernelNormalizationTest, LayerNormAgreesWithDouble) {
  for (const int64_t size : kSizes) {
    for (int form = 0; form < 4; ++form) {
      const std::vector<float> x = random_floats(size, 1, 3.0f);
      const std::vector<float> weight = random_floats(size, 2);
      const std::vector<float> bias = random_floats(size, 3);
      const bool has_weight = (form & 1) != 0;
      const bool has_bias = (form & 2) != 0;
      std::vector<float> out(x.size());
      kernels_.layer_norm(x.data(), has_weight ? weight.data() : nullptr, has_bias ? bias.data() : nullptr,
                          1e-5f, out.data(), size);
      const auto count = static_cast<double>(size);
      const double mean = sum_of(x, [](double v) { return v; }) / count;
      const double variance = sum_of(x, [mean](double v) { return (v - mean) * (v - mean); }) / count;
      for (size_t i = 0; i < x.size(); ++i) {
        double exact = (x[i] - mean) / std::sqrt(variance + 1e-5);
        if (has_weight) exact *= static_cast<double>(weight[i]);
        if (has_bias) exact += static_cast<double>(bias[i]);
        EXPECT_NEAR(out[i], exact, 1e-5) << size;
      }
    }
  }
}

TEST_P(KernelNormalizationTest, SoftmaxAgreesWithDouble) {
  for (const int64_t size : kSizes) {
    const std::vector<float> x = random_floats(size, 1, 10.0f);
    std::vector<float> out(x.size());
    kernels_.softmax(x.data(), out.data(), size);
    const double maximum = *std::max_element(x.begin(), x.end());
    const double sum = sum_of(x, [=](double v) { return std::exp(v - maximum); });
    for (size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(out[i], std::exp(x[i] - maximum) / sum, 5e-7) << size;
  }
}

TEST_P(KernelNormalizationTest, SoftmaxOfNothingIsZero) {
  constexpr float kMinus = -std::numeric_limits<float>::infinity();
  std::vector<float> x(19, kMinus);
  kernels_.softmax(x.data(), x.data(), 19);
  EXPECT_EQ(x, std::vector<float>(19, 0.0f));
  x.assign(19, kMinus);
  x[18] = -1e30f;
  kernels_.softmax(x.data(), x.data(), 19);
  EXPECT_EQ(x[18], 1.0f);
  EXPECT_EQ(x[0], 0.0f);
}

TEST_P(KernelNormalizationTest, RopeRotatesPairs) {
  for (const bool interleaved : {false, true}) {
    for (const int64_t rotary : {1, 3, 8, 16, 20, 32}) {
      const int64_t head_dim = 2 * rotary + 5;
      const std::vector<float> x = random_floats(head_dim, 1);
      const std::vector<float> angles = random_floats(rotary, 2);
      std::vector<float> cos, sin;
      for (const float angle : angles) {
        cos.push_back(std::cos(angle));
        sin.push_back(std::sin(angle));
      }
      std::vector<float> out(x.size());
      kernels_.rope(x.data(), cos.data(), sin.data(), interleaved, out.data(), rotary, head_dim);
      std::vector<float> in_place = x;
      kernels_.rope(in_place.data(), cos.data(), sin.data(), interleaved, in_place.data(), rotary, head_dim);
      EXPECT_EQ(in_place, out);
      for (int64_t i = 0; i < rotary; ++i) {
        const auto first = static_cast<size_t>(interleaved ? 2 * i : i);
        const auto second = static_cast<size_t>(interleaved ? 2 * i + 1 : i + rotary);
        const auto pair = static_cast<size_t>(i);
        EXPECT_NEAR(out[first], x[first] * cos[pair] - x[second] * sin[pair], 1e-6);
        EXPECT_NEAR(out[second], x[second] * cos[pair] + x[first] * sin[pair], 1e-6);
      }
      for (auto i = static_cast<size_t>(2 * rotary); i < x.size(); ++i) EXPECT_EQ(out[i], x[i]);
    }
  }
}

EASYDEL_FOR_EACH_ISA(KernelNormalizationTest);

}  // namespace
}  // namespace easydel::native
