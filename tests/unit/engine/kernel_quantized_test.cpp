// Products with weights in every quantized format, in every form that an instruction set has, against double.
#include <algorithm>
#include <bit>
#include <cmath>

#include "engine/native/lower/linear_plan.h"
#include "kernel_test_util.h"
#include "quantization/format.h"
#include "unit/int8_grid.h"

namespace easydel::native {
namespace {

struct QuantizedCase {
  int64_t m, n, k;
};
// Odd sizes around every vector, block, tile, group of rows and piece of k.
constexpr QuantizedCase kQuantizedCases[] = {
    {1, 1, 1},     {1, 3, 31},    {3, 1, 33},    {3, 31, 577}, {5, 33, 64},   {8, 17, 96},
    {16, 32, 128}, {17, 33, 577}, {31, 3, 160},  {33, 31, 33}, {64, 49, 320}, {66, 577, 31},
    {97, 65, 577}, {577, 3, 31},  {33, 5, 1100}, {2, 4, 2100}, {70, 33, 1111}};

enum class Form { kFew, kPacked, kPackedMore, kPanels };
constexpr Form kForms[] = {Form::kFew, Form::kPacked, Form::kPackedMore, Form::kPanels};

/// A weight as its parts, in buffers of exactly their size, and as numbers.
class Weight {
 public:
  Weight(const quantization::Format& format, int64_t n, int64_t k)
      : Weight(format, n, k, encoded(format, n, k)) {}

  /// With each byte of codes in turn where scales are apart, numbers that are none among them.
  static Weight of_any_codes(const quantization::Format& format, int64_t n, int64_t k) {
    std::vector<HostTensor> parts = encoded(format, n, k);
    if (parts.size() > 1) {
      uint8_t code = 0;
      for (std::byte& byte : parts[0].mutable_bytes()) byte = std::byte{code++};
    }
    return Weight(format, n, k, std::move(parts));
  }

  const std::byte* part(size_t index) const { return index < bytes_.size() ? bytes_[index].data() : nullptr; }
  int64_t stride(size_t index, int64_t n) const {
    return index < bytes_.size() ? static_cast<int64_t>(bytes_[index].size()) / n : 0;
  }
  std::span<const float> numbers() const { return numbers_.data<float>(); }

 private:
  Weight(const quantization::Format& format, int64_t n, int64_t k, std::vector<HostTensor> parts)
      : numbers_(quantization::decode(format, parts, Shape(DType::kF32, {n, k}))) {
    for (const HostTensor& part : parts) bytes_.emplace_back(part.bytes().begin(), part.bytes().end());
  }
  static std::vector<HostTensor> encoded(const quantization::Format& format, int64_t n, int64_t k) {
    return quantization::encode(
        format, HostTensor::from<float>(std::vector<int64_t>{n, k}, random_floats(n * k, 2)), "w");
  }

  HostTensor numbers_;
  std::vector<std::vector<std::byte>> bytes_;
};

/// Memory that is aligned as scratch is.
class Scratch {
 public:
  explicit Scratch(int64_t bytes) : bytes_(static_cast<size_t>(bytes) + 64) {}
  void* data() {
    void* first = bytes_.data();
    size_t space = bytes_.size();
    return std::align(64, bytes_.size() - 64, first, space);
  }

 private:
  std::vector<std::byte> bytes_;
};

std::vector<float> numbers_on_int8_grid(int64_t m, int64_t k) {
  std::vector<float> x = random_floats(m * k, 1, 40);
  round_to_int8_grid(x, k);
  return x;
}

class KernelQuantizedTest : public KernelTest {
 protected:
  /// False where the instruction set lacks the form.
  bool multiply(Form form, const quantization::Format& format, const QuantizedCase& size,
                const std::vector<float>& x, const Weight& weight, const float* bias, std::vector<float>& out,
                int64_t out_stride) const {
    const QuantizedKernels& kernels = quantized_kernels(kernels_, format);
    const auto& [m, n, k] = size;
    QuantizedBlock block{.x = x.data(),
                         .x_stride = k * 4,
                         .codes = weight.part(0),
                         .codes_stride = weight.stride(0, n),
                         .scales = weight.part(1),
                         .scales_stride = weight.stride(1, n),
                         .bias = bias,
                         .out = out.data(),
                         .out_stride = out_stride,
                         .m = m,
                         .n = n,
                         .k = k};
    switch (form) {
      case Form::kFew: {
        if (kernels.quantize_x == nullptr) {
          kernels.matmul_few(block);
          return true;
        }
        block.x_stride = kernels.x_bytes(k);
        Scratch rows(m * block.x_stride);
        for (int64_t row = 0; row < m; ++row)
          kernels.quantize_x(FloatType::kF32, x.data() + row * k,
                             static_cast<std::byte*>(rows.data()) + row * block.x_stride, k);
        block.x = rows.data();
        kernels.matmul_few(block);
        return true;
      }
      case Form::kPacked:
        return multiply_packed(kernels.packed[0], block);
      case Form::kPackedMore:
        return multiply_packed(kernels.packed[1], block);
      case Form::kPanels: {
        Scratch panel(kernels_.panel_floats * 4);
        kernels.matmul_many(block, static_cast<float*>(panel.data()));
        return true;
      }
    }
    return false;
  }

  static bool multiply_packed(const PackedProduct& product, QuantizedBlock block) {
    if (product.least_rows == 0) return false;
    const int64_t groups = (block.m + kPackedRows - 1) / kPackedRows;
    const auto* x = static_cast<const float*>(block.x);
    block.x_stride = product.x_bytes(block.k);
    Scratch packed(groups * block.x_stride);
    for (int64_t group = 0; group < groups; ++group)
      product.pack_x(FloatType::kF32, x + group * kPackedRows * block.k,
                     std::min(kPackedRows, block.m - group * kPackedRows),
                     static_cast<std::byte*>(packed.data()) + group * block.x_stride, block.k);
    block.x = packed.data();
    // More rows than a block may have are several blocks.
    const int64_t rows = block.m;
    Scratch work(4 * product.scratch_floats(std::min(rows, kMostPackedRows), block.n, block.k));
    for (int64_t row = 0; row < rows; row += kMostPackedRows) {
      QuantizedBlock part = block;
      part.m = std::min(kMostPackedRows, rows - row);
      part.x = static_cast<const std::byte*>(block.x) + row / kPackedRows * block.x_stride;
      part.out = block.out + row * block.out_stride;
      product.multiply(part, static_cast<float*>(work.data()));
    }
    return true;
  }

  /// An element of the product, and what its errors are measured with.
  struct Expected {
    double sum = 0, squares = 0, weight_squares = 0;
  };
  static std::vector<Expected> products(const QuantizedCase& size, const std::vector<float>& x,
                                        const Weight& weight, const float* bias) {
    const auto& [m, n, k] = size;
    std::vector<Expected> all;
    for (int64_t row = 0; row < m; ++row) {
      for (int64_t column = 0; column < n; ++column) {
        Expected& element = all.emplace_back();
        element.sum = bias != nullptr ? static_cast<double>(bias[column]) : 0.0;
        element.squares = element.sum * element.sum;
        const float* left = x.data() + row * k;
        const float* right = weight.numbers().data() + column * k;
        for (int64_t i = 0; i < k; ++i) {
          const double product = static_cast<double>(left[i]) * static_cast<double>(right[i]);
          element.sum += product;
          element.squares += product * product;
          element.weight_squares += static_cast<double>(right[i]) * static_cast<double>(right[i]);
        }
      }
    }
    return all;
  }

  /// `x_error` is how far a kernel may move a number of x, in the greatest of its block.
  void check(const quantization::Format& format, const QuantizedCase& size, const std::vector<float>& x,
             double x_error) {
    const auto& [m, n, k] = size;
    const Weight weight(format, n, k);
    const std::vector<float> biases = random_floats(n, 3);
    const float* bias = (m + n) % 2 == 0 ? biases.data() : nullptr;
    const std::vector<Expected> expected = products(size, x, weight, bias);
    for (const Form form : kForms) {
      const int64_t out_stride = n + 2;
      std::vector<float> out(static_cast<size_t>(m * out_stride), 77.0f);
      if (!multiply(form, format, size, x, weight, bias, out, out_stride)) continue;
      SCOPED_TRACE(testing::Message() << format.name << " m " << m << " n " << n << " k " << k << " form "
                                      << static_cast<int>(form));
      // The second packed form rounds x and weights to bf16.
      const double rounding = form == Form::kPackedMore ? 0x1p-8 : 1e-5;
      for (int64_t row = 0; row < m; ++row) {
        for (int64_t column = 0; column < n; ++column) {
          const Expected& element = expected[static_cast<size_t>(row * n + column)];
          // Errors are independent, so their sum is a random walk; six steps of its spread are never seen.
          const double bound =
              6 * (rounding * std::sqrt(element.squares) + x_error * std::sqrt(element.weight_squares)) +
              1e-6;
          const float result = out[static_cast<size_t>(row * out_stride + column)];
          if (!(std::abs(static_cast<double>(result) - element.sum) <= bound))
            FAIL() << "row " << row << " column " << column << ": " << result << ", expected " << element.sum
                   << " within " << bound;
        }
        for (int64_t i = n; i < out_stride; ++i)
          ASSERT_EQ(out[static_cast<size_t>(row * out_stride + i)], 77.0f) << "wrote past row " << row;
      }
    }
  }
};

TEST_P(KernelQuantizedTest, EveryFormAgreesWithDouble) {
  for (const quantization::Format& format : quantization::formats())
    for (const QuantizedCase& size : kQuantizedCases)
      check(format, size, numbers_on_int8_grid(size.m, size.k), 0);
}

TEST_P(KernelQuantizedTest, AnyXIsRoundedByBlocks) {
  constexpr QuantizedCase kSize = {37, 21, 300};
  const std::vector<float> x = random_floats(kSize.m * kSize.k, 1);
  // A step of int8 for a greatest number of 4.5 has a spread of step / sqrt(12).
  for (const quantization::Format& format : quantization::formats())
    check(format, kSize, x, 4.5 / 127 / std::sqrt(12.0));
}

TEST_P(KernelQuantizedTest, ANumberThatIsNoneSpoilsItsRowAlone) {
  constexpr QuantizedCase kSize = {9, 20, 100};
  for (const float spoiler : {NAN, INFINITY}) {
    std::vector<float> x = numbers_on_int8_grid(kSize.m, kSize.k);
    x[static_cast<size_t>(4 * kSize.k + 50)] = spoiler;
    for (const quantization::Format& format : quantization::formats()) {
      const Weight weight(format, kSize.n, kSize.k);
      for (const Form form : kForms) {
        std::vector<float> out(static_cast<size_t>(kSize.m * kSize.n));
        if (!multiply(form, format, kSize, x, weight, nullptr, out, kSize.n)) continue;
        SCOPED_TRACE(testing::Message() << format.name << " form " << static_cast<int>(form));
        for (size_t i = 0; i < out.size(); ++i) {
          const auto row = static_cast<int64_t>(i) / kSize.n;
          if (row != 4) {
            ASSERT_TRUE(std::isfinite(out[i])) << "row " << row;
          } else {
            // An infinity times a weight of zero is no number, times another one it may stay infinite.
            ASSERT_FALSE(std::isfinite(out[i])) << "column " << static_cast<int64_t>(i) % kSize.n;
          }
        }
      }
    }
  }
}

TEST_P(KernelQuantizedTest, RowsDoNotDependOnTheirCompanions) {
  constexpr QuantizedCase kSize = {8, 40, 577};
  const std::vector<float> x = random_floats(kSize.m * kSize.k, 1);
  for (const quantization::Format& format : quantization::formats()) {
    const Weight weight(format, kSize.n, kSize.k);
    std::vector<float> together(static_cast<size_t>(kSize.m * kSize.n)), alone(static_cast<size_t>(kSize.n));
    multiply(Form::kFew, format, kSize, x, weight, nullptr, together, kSize.n);
    for (int64_t row = 0; row < kSize.m; ++row) {
      const std::vector<float> one(x.begin() + row * kSize.k, x.begin() + (row + 1) * kSize.k);
      multiply(Form::kFew, format, {1, kSize.n, kSize.k}, one, weight, nullptr, alone, kSize.n);
      ASSERT_TRUE(std::equal(alone.begin(), alone.end(), together.begin() + row * kSize.n))
          << format.name << " row " << row;
    }
  }
}

TEST_P(KernelQuantizedTest, DecodedWeightsHaveTheirBits) {
  for (const quantization::Format& format : quantization::formats()) {
    const QuantizedKernels& kernels = quantized_kernels(kernels_, format);
    for (const int64_t k : {1, 31, 33, 577}) {
      constexpr int64_t kWeightRows = 3;
      const Weight weight = Weight::of_any_codes(format, kWeightRows, k);
      for (int64_t row = 0; row < kWeightRows; ++row) {
        std::vector<float> decoded(static_cast<size_t>(k + 1), 77.0f);
        const std::byte* scales = weight.part(1);
        kernels.decode(weight.part(0) + row * weight.stride(0, kWeightRows),
                       scales == nullptr ? nullptr : scales + row * weight.stride(1, kWeightRows),
                       decoded.data(), k);
        for (int64_t i = 0; i < k; ++i) {
          const float expected = weight.numbers()[static_cast<size_t>(row * k + i)];
          ASSERT_EQ(std::bit_cast<uint32_t>(decoded[static_cast<size_t>(i)]),
                    std::bit_cast<uint32_t>(expected))
              << format.name << " k " << k << " row " << row << " number " << i << ": " << expected;
        }
        ASSERT_EQ(decoded.back(), 77.0f) << format.name << " wrote past k " << k;
      }
    }
  }
}

TEST_P(KernelQuantizedTest, AWeightThatIsNoneSpoilsItsColumnAlone) {
  constexpr QuantizedCase kSize = {3, 4, 200};
  const std::vector<float> x = numbers_on_int8_grid(kSize.m, kSize.k);
  const quantization::Format& format = quantization::format("fp8_e4m3");
  const Weight weight = Weight::of_any_codes(format, kSize.n, kSize.k);
  const std::span<const float> numbers = weight.numbers();
  for (const Form form : kForms) {
    std::vector<float> out(static_cast<size_t>(kSize.m * kSize.n));
    if (!multiply(form, format, kSize, x, weight, nullptr, out, kSize.n)) continue;
    for (int64_t column = 0; column < kSize.n; ++column) {
      const bool is_number =
          std::none_of(numbers.begin() + column * kSize.k, numbers.begin() + (column + 1) * kSize.k,
                       [](float weight_of_column) { return std::isnan(weight_of_column); });
      for (int64_t row = 0; row < kSize.m; ++row)
        ASSERT_EQ(std::isfinite(out[static_cast<size_t>(row * kSize.n + column)]), is_number)
            << "form " << static_cast<int>(form) << " row " << row << " column " << column;
    }
  }
}

EASYDEL_FOR_EACH_ISA(KernelQuantizedTest);

}  // namespace
}  // namespace easydel::native
