#include <cmath>

#include "kernel_test_util.h"

namespace easydel::native {
namespace {

struct MatmulCase {
  int64_t m, n, k;
};
// Odd sizes around every tile: rows 1 to 13, columns past one panel, k not a multiple of a vector or a pair,
// and k past one panel's depth.
constexpr MatmulCase kMatmulCases[] = {
    {1, 1, 1},    {1, 4, 16},    {1, 7, 33},     {2, 5, 31},    {3, 66, 48},  {4, 64, 64},  {5, 9, 100},
    {6, 130, 17}, {7, 3, 257},   {12, 65, 65},   {13, 127, 40}, {16, 64, 32}, {17, 8, 7},   {25, 48, 96},
    {1, 3, 2100}, {9, 33, 2051}, {26, 65, 4100}, {2, 2, 0},     {48, 80, 64}, {33, 96, 70}, {64, 31, 4128}};

class KernelMatmulTest : public KernelTest {
 protected:
  enum class Path { kFew, kMany };

  void check(const MatmulCase& size, FloatType type, Path path, bool has_bias, size_t misalignment) {
    check_layout(size, type, path, has_bias, misalignment, false);
    check_layout(size, type, path, has_bias, misalignment, true);
  }

  void check_layout(const MatmulCase& size, FloatType type, Path path, bool has_bias, size_t misalignment,
                    bool in_out) {
    const auto& [m, n, k] = size;
    SCOPED_TRACE(testing::Message() << "m " << m << " n " << n << " k " << k << " " << type_name(type)
                                    << (path == Path::kMany ? " many" : " few") << " bias " << has_bias
                                    << (in_out ? " [in, out]" : " [out, in]"));
    const bool rounds = kernels_.rounds_x(type);
    const int64_t x_stride = rounds ? (k + 1) / 2 * 2 : k + 3;
    // Padding that must not be read as a number, but for the zero after an odd row of bf16.
    std::vector<float> rows = random_floats(m * x_stride, 1);
    for (int64_t row = 0; row < m; ++row) {
      for (int64_t i = k; i < x_stride; ++i)
        rows[static_cast<size_t>(row * x_stride + i)] = rounds ? 0.0f : NAN;
    }
    const StoredFloats x(rows, rounds ? FloatType::kBF16 : FloatType::kF32);
    const int64_t weight_rows = in_out ? k : n, weight_columns = in_out ? n : k;
    const int64_t weight_stride = weight_columns + 5;
    std::vector<float> numbers = random_floats(weight_rows * weight_stride, 2);
    for (int64_t row = 0; row < weight_rows; ++row) {
      for (int64_t i = weight_columns; i < weight_stride; ++i)
        numbers[static_cast<size_t>(row * weight_stride + i)] = NAN;
    }
    const StoredFloats weight(numbers, type, misalignment);
    const std::vector<float> bias = random_floats(n, 3);
    const int64_t out_stride = n + 2;
    std::vector<float> out(static_cast<size_t>(m * out_stride), 77.0f);
    std::vector<float> panel(static_cast<size_t>(kernels_.panel_floats));

    const MatmulBlock block{.x = x.data(),
                            .x_is_bf16 = rounds,
                            .x_stride = x_stride,
                            .weight = weight.data(),
                            .weight_type = type,
                            .weight_stride = weight_stride,
                            .weight_is_in_out = in_out,
                            .bias = has_bias ? bias.data() : nullptr,
                            .out = out.data(),
                            .out_stride = out_stride,
                            .m = m,
                            .n = n,
                            .k = k};
    if (path == Path::kMany) {
      kernels_.matmul_many(block, panel.data());
    } else {
      kernels_.matmul_few(block);
    }

    for (int64_t row = 0; row < m; ++row) {
      for (int64_t column = 0; column < n; ++column) {
        double sum = has_bias ? static_cast<double>(bias[static_cast<size_t>(column)]) : 0.0;
        double magnitude = std::abs(sum);
        for (int64_t i = 0; i < k; ++i) {
          const int64_t element = in_out ? i * weight_stride + column : column * weight_stride + i;
          const double product = static_cast<double>(x.values()[static_cast<size_t>(row * x_stride + i)]) *
                                 static_cast<double>(weight.values()[static_cast<size_t>(element)]);
          sum += product;
          magnitude += std::abs(product);
        }
        // Operands are exact, so only the f32 accumulation errs: a random walk over k roundings.
        ASSERT_NEAR(out[static_cast<size_t>(row * out_stride + column)], sum, 1e-6 * magnitude + 1e-7)
            << "row " << row << " column " << column;
      }
      for (int64_t i = n; i < out_stride; ++i)
        ASSERT_EQ(out[static_cast<size_t>(row * out_stride + i)], 77.0f) << "wrote past row " << row;
    }
  }
};

TEST_P(KernelMatmulTest, FewRowsAgreeWithDouble) {
  for (const FloatType type : kFloatTypes) {
    for (const MatmulCase& size : kMatmulCases) check(size, type, Path::kFew, size.n % 2 == 1, 0);
  }
}

TEST_P(KernelMatmulTest, ManyRowsAgreeWithDouble) {
  for (const FloatType type : kFloatTypes) {
    for (const MatmulCase& size : kMatmulCases) check(size, type, Path::kMany, size.n % 2 == 1, 0);
  }
}

TEST_P(KernelMatmulTest, WeightsNeedNoAlignment) {
  for (const FloatType type : kFloatTypes) {
    for (const size_t misalignment : {1, 2, 8}) {
      check({3, 70, 37}, type, Path::kFew, true, misalignment);
      check({19, 70, 37}, type, Path::kMany, true, misalignment);
    }
  }
}

TEST_P(KernelMatmulTest, RoundsOnlyForBf16) {
  EXPECT_FALSE(kernels_.rounds_x(FloatType::kF32));
  EXPECT_FALSE(kernels_.rounds_x(FloatType::kF16));
  EXPECT_EQ(kernels_.rounds_x(FloatType::kBF16), GetParam() >= Isa::kAvx512Bf16);
}

EASYDEL_FOR_EACH_ISA(KernelMatmulTest);

}  // namespace
}  // namespace easydel::native
