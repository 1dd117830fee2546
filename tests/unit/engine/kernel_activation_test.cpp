#include <cmath>
#include <functional>
#include <limits>

#include "kernel_test_util.h"

namespace easydel::native {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

struct Row {
  const char* name;
  ActivationKind kind;
  std::function<double(double)> exact;
  double relative, absolute;
};

double sigmoid(double x) {
  return 1.0 / (1.0 + std::exp(-x));
}

const Row kRows[] = {
    {"identity", ActivationKind::kIdentity, [](double x) { return x; }, 0, 0},
    {"silu", ActivationKind::kSilu, [](double x) { return x * sigmoid(x); }, 5e-7, 1e-37},
    // 1 + erf cancels for negative x, so the error is absolute.
    {"gelu", ActivationKind::kGelu, [](double x) { return 0.5 * x * std::erfc(-x / std::sqrt(2.0)); }, 1e-6,
     2e-6},
    {"gelu_tanh", ActivationKind::kGeluTanh,
     [](double x) { return x * sigmoid(2.0 * std::sqrt(2.0 / M_PI) * (x + 0.044715 * x * x * x)); }, 2e-5,
     1e-37},
    {"quick_gelu", ActivationKind::kQuickGelu, [](double x) { return x * sigmoid(1.702 * x); }, 1e-5, 1e-37},
    {"relu", ActivationKind::kRelu, [](double x) { return x > 0 ? x : 0; }, 0, 0},
    {"relu2", ActivationKind::kReluSquared, [](double x) { return x > 0 ? x * x : 0; }, 2e-7, 0},
    {"tanh", ActivationKind::kTanh, [](double x) { return std::tanh(x); }, 4e-7, 0},
    {"sigmoid", ActivationKind::kSigmoid, sigmoid, 5e-7, 1e-37},
};

class KernelActivationTest : public KernelTest {};

std::vector<float> sample() {
  std::vector<float> x;
  for (float value = 1e-6f; value < 30.0f; value *= 1.0037f) {
    x.push_back(value);
    x.push_back(-value);
  }
  x.insert(x.end(), {0.0f, -0.0f, 0.625f, -0.625f, 80.0f, 88.0f, -80.0f, -87.0f});
  return x;
}

TEST_P(KernelActivationTest, AgreesWithDouble) {
  const std::vector<float> x = sample();
  for (const Row& row : kRows) {
    std::vector<float> out(x.size());
    kernels_.activation(row.kind, x.data(), out.data(), static_cast<int64_t>(x.size()));
    for (size_t i = 0; i < x.size(); ++i) {
      const double exact = row.exact(x[i]);
      ASSERT_NEAR(out[i], exact, row.relative * std::abs(exact) + row.absolute)
          << row.name << "(" << x[i] << ")";
    }
  }
}

TEST_P(KernelActivationTest, GatesByTheSecondOperand) {
  const std::vector<float> gate = random_floats(37, 1);
  const std::vector<float> up = random_floats(37, 2);
  for (const Row& row : kRows) {
    std::vector<float> plain(37);
    std::vector<float> gated(37);
    kernels_.activation(row.kind, gate.data(), plain.data(), 37);
    kernels_.gated_activation(row.kind, gate.data(), up.data(), gated.data(), 37);
    for (size_t i = 0; i < 37; ++i) EXPECT_EQ(gated[i], plain[i] * up[i]) << row.name;
  }
}

TEST_P(KernelActivationTest, EverySizeWritesItsElementsOnly) {
  for (int64_t count = 0; count <= 35; ++count) {
    const std::vector<float> x = random_floats(count, 3);
    std::vector<float> out(static_cast<size_t>(count) + 1, 9.0f);
    kernels_.activation(ActivationKind::kRelu, x.data(), out.data(), count);
    for (size_t i = 0; i < x.size(); ++i) EXPECT_EQ(out[i], std::max(0.0f, x[i]));
    EXPECT_EQ(out.back(), 9.0f);
  }
}

TEST_P(KernelActivationTest, KeepsInfinityAndNan) {
  const std::vector<float> x = {kInfinity, -kInfinity, NAN, 200.0f, -200.0f};
  std::vector<float> out(x.size());
  kernels_.activation(ActivationKind::kTanh, x.data(), out.data(), 5);
  EXPECT_EQ(out[0], 1.0f);
  EXPECT_EQ(out[1], -1.0f);
  EXPECT_TRUE(std::isnan(out[2]));
  EXPECT_EQ(out[3], 1.0f);
  kernels_.activation(ActivationKind::kSigmoid, x.data(), out.data(), 5);
  EXPECT_EQ(out[0], 1.0f);
  EXPECT_EQ(out[1], 0.0f);
  EXPECT_TRUE(std::isnan(out[2]));
  EXPECT_EQ(out[4], 0.0f);
}

TEST_P(KernelActivationTest, SixteenBitTypesRoundAsTheLibraryDoes) {
  std::vector<float> x = sample();
  x.insert(x.end(),
           {kInfinity, -kInfinity, 65504.0f, 65519.0f, 65520.0f, 1e-7f, 5.9e-8f, 2.9e-8f, 1e-40f, 3e38f});
  for (const FloatType type : {FloatType::kBF16, FloatType::kF16}) {
    const StoredFloats wanted(x, type);
    std::vector<uint16_t> stored(x.size());
    kernels_.from_f32(type, x.data(), stored.data(), static_cast<int64_t>(x.size()));
    EXPECT_EQ(std::memcmp(stored.data(), wanted.data(), x.size() * 2), 0) << type_name(type);
    std::vector<float> back(x.size());
    kernels_.to_f32(type, wanted.data(), back.data(), static_cast<int64_t>(x.size()));
    EXPECT_EQ(back, wanted.values()) << type_name(type);
    float nan = NAN;
    uint16_t half = 0;
    kernels_.from_f32(type, &nan, &half, 1);
    kernels_.to_f32(type, &half, &nan, 1);
    EXPECT_TRUE(std::isnan(nan)) << type_name(type);
  }
}

EASYDEL_FOR_EACH_ISA(KernelActivationTest);

}  // namespace
}  // namespace easydel::native
