// The lowerings of composites: every float dtype of every operand against the decomposition into plain ops, and the
// same bits for every number of threads.
#include <cmath>
#include <cstring>
#include <functional>

#include "engine/engine.h"
#include "graph/ops.h"
#include "kernel_test_util.h"

namespace easydel::native {
namespace {

HostTensor random_tensor(const Shape& shape, uint32_t seed) {
  const HostTensor values =
      HostTensor::from<float>(shape.dims(), std::span<const float>(random_floats(shape.elements(), seed)));
  return values.to(shape.dtype());
}

/// A graph of one result over inputs of the given shapes.
struct Program {
  std::vector<Shape> inputs;
  std::function<Value(std::span<const Value>)> trace;

  HostTensor run(Isa isa, int threads, bool decomposed) const {
    const auto engine = make_native_engine({.threads = threads, .isa = isa});
    Graph graph;
    std::vector<Value> values;
    std::vector<Buffer> arguments;
    for (size_t i = 0; i < inputs.size(); ++i) {
      values.push_back(graph.parameter("p" + std::to_string(i), inputs[i]));
      arguments.push_back(engine->upload(random_tensor(inputs[i], static_cast<uint32_t>(i))));
    }
    graph.set_output("y", trace(values));
    const auto program =
        engine->compile(std::move(graph), {.optimize = false, .decompose_composites = decomposed});
    return engine->download(program->run(arguments)[0]);
  }
};

double tolerance(DType result, bool rounds_x) {
  if (result == DType::kBF16) return 0.02;
  if (rounds_x)
    return 0.025;  // of x; kernel_matmul_test.cpp checks the products of rounded numbers themselves
  return result == DType::kF16 ? 0.01 : 2e-5;
}

void expect_near(const HostTensor& actual, const HostTensor& expected, double relative) {
  ASSERT_EQ(actual.shape(), expected.shape());
  const HostTensor a = actual.to(DType::kF32);
  const HostTensor e = expected.to(DType::kF32);
  for (size_t i = 0; i < a.data<float>().size(); ++i)
    ASSERT_NEAR(a.data<float>()[i], e.data<float>()[i], relative * (2.0 + std::abs(e.data<float>()[i])))
        << "element " << i;
}

class KernelLoweringTest : public testing::TestWithParam<Isa> {
 protected:
  void check(const Program& program, bool rounds_x = false) {
    const HostTensor expected = program.run(Isa::kScalar, 1, true);
    const HostTensor one = program.run(GetParam(), 1, false);
    expect_near(one, expected, tolerance(one.dtype(), rounds_x));
    for (int threads = 2; threads <= 4; ++threads) {
      const HostTensor many = program.run(GetParam(), threads, false);
      EXPECT_EQ(std::memcmp(many.bytes().data(), one.bytes().data(), one.bytes().size()), 0)
          << threads << " threads";
    }
  }
};

constexpr DType kFloats[] = {DType::kF32, DType::kBF16, DType::kF16};

TEST_P(KernelLoweringTest, LinearOfEveryDtype) {
  for (const DType x : kFloats) {
    for (const DType weight : kFloats) {
      for (const int64_t rows : {1, 5, 45}) {
        SCOPED_TRACE(testing::Message() << to_string(x) << " " << to_string(weight) << " " << rows);
        check({{Shape(x, {rows, 33}), Shape(weight, {70, 33})},
               [](std::span<const Value> v) { return linear(v[0], v[1]); }},
              weight == DType::kBF16);
      }
    }
  }
}

TEST_P(KernelLoweringTest, LinearWithABiasOfEveryDtype) {
  for (const DType x : {DType::kF32, DType::kF16}) {
    for (const DType bias : kFloats) {
      for (const int64_t rows : {1, 300}) {
        check({{Shape(x, {2, rows, 20}), Shape(DType::kF32, {67, 20}), Shape(bias, {67})},
               [](std::span<const Value> v) { return linear(v[0], v[1], v[2]); }});
      }
    }
  }
}

TEST_P(KernelLoweringTest, LinearOfNothing) {
  for (const auto& [rows, out, in] : {std::array<int64_t, 3>{0, 4, 4}, {3, 0, 4}, {3, 4, 0}, {20, 4, 0}}) {
    check({{Shape(DType::kF32, {rows, in}), Shape(DType::kF32, {out, in}), Shape(DType::kF32, {out})},
           [](std::span<const Value> v) { return linear(v[0], v[1], v[2]); }});
  }
}

TEST_P(KernelLoweringTest, NormalizationsOfEveryDtype) {
  for (const DType x : kFloats) {
    for (const DType weight : kFloats) {
      SCOPED_TRACE(testing::Message() << to_string(x) << " " << to_string(weight));
      check({{Shape(x, {70, 131}), Shape(weight, {131})},
             [](std::span<const Value> v) { return rms_norm(v[0], v[1], 1e-5, 1.0); }});
      check({{Shape(x, {70, 131}), Shape(weight, {131}), Shape(weight, {131})},
             [](std::span<const Value> v) { return layer_norm(v[0], v[1], v[2], 1e-5); }});
      check({{Shape(x, {2, 65}), Shape(weight, {65})},
             [](std::span<const Value> v) { return layer_norm(v[0], {}, v[1], 1e-5); }});
    }
    check({{Shape(x, {9, 8, 40})}, [](std::span<const Value> v) { return softmax(v[0]); }});
  }
}

TEST_P(KernelLoweringTest, ActivationsOfEveryDtype) {
  for (const DType x : kFloats) {
    for (const std::string_view name : activation_names()) {
      SCOPED_TRACE(testing::Message() << to_string(x) << " " << name);
      check({{Shape(x, {130, 141})}, [&](std::span<const Value> v) { return activation(v[0], name); }});
      check({{Shape(x, {3, 1000}), Shape(x, {3, 1000})},
             [&](std::span<const Value> v) { return gated_activation(v[0], v[1], name); }});
    }
  }
}

TEST_P(KernelLoweringTest, RopeOfEveryDtype) {
  for (const DType x : kFloats) {
    for (const bool interleaved : {false, true}) {
      const Shape angles(DType::kF32, {2, 60, 9});
      check({{Shape(x, {2, 60, 5, 21}), angles, angles},
             [=](std::span<const Value> v) { return rope(v[0], v[1], v[2], interleaved); }});
    }
  }
}

TEST_P(KernelLoweringTest, DotGeneralOfAnyAxes) {
  const DotDims last{.lhs_contract = {1}, .rhs_contract = {0}};
  const DotDims batched{.lhs_batch = {2}, .rhs_batch = {0}, .lhs_contract = {0, 3}, .rhs_contract = {3, 1}};
  for (const DType dtype : kFloats) {
    SCOPED_TRACE(to_string(dtype));
    const auto in_f32 = [&](const DotDims& dims) {
      return [dims](std::span<const Value> v) { return dot_general(v[0], v[1], dims, DType::kF32); };
    };
    for (const int64_t rows : {3, 40}) {
      const Program plain{{Shape(dtype, {rows, 17}), Shape(dtype, {17, 70})}, in_f32(last)};
      const Program many{{Shape(dtype, {5, rows, 3, 7}), Shape(dtype, {3, 7, 20, 5})}, in_f32(batched)};
      for (const Program* program : {&plain, &many}) {
        const HostTensor one = program->run(GetParam(), 1, false);
        expect_near(one, program->run(Isa::kScalar, 1, false), 1e-5);
        const HostTensor three = program->run(GetParam(), 3, false);
        EXPECT_EQ(std::memcmp(three.bytes().data(), one.bytes().data(), one.bytes().size()), 0);
      }
    }
  }
}

/// The scalar kernels against plain loops: what DotGeneralOfAnyAxes compares with.
TEST(DotGeneralTest, AgreesWithLoops) {
  const Program program{
      {Shape(DType::kF32, {5, 4, 3, 7}), Shape(DType::kF32, {3, 7, 6, 5})}, [](std::span<const Value> v) {
        return dot_general(
            v[0], v[1], {.lhs_batch = {2}, .rhs_batch = {0}, .lhs_contract = {0, 3}, .rhs_contract = {3, 1}});
      }};
  const HostTensor result = program.run(Isa::kScalar, 1, false);
  const HostTensor lhs = random_tensor(program.inputs[0], 0);
  const HostTensor rhs = random_tensor(program.inputs[1], 1);
  const auto l = [&](int64_t a, int64_t m, int64_t b, int64_t c) {
    return lhs.data<float>()[static_cast<size_t>(((a * 4 + m) * 3 + b) * 7 + c)];
  };
  const auto r = [&](int64_t b, int64_t c, int64_t n, int64_t a) {
    return rhs.data<float>()[static_cast<size_t>(((b * 7 + c) * 6 + n) * 5 + a)];
  };
  ASSERT_EQ(result.shape(), Shape(DType::kF32, {3, 4, 6}));
  for (int64_t b = 0; b < 3; ++b) {
    for (int64_t m = 0; m < 4; ++m) {
      for (int64_t n = 0; n < 6; ++n) {
        double sum = 0;
        for (int64_t a = 0; a < 5; ++a)
          for (int64_t c = 0; c < 7; ++c)
            sum += static_cast<double>(l(a, m, b, c)) * static_cast<double>(r(b, c, n, a));
        EXPECT_NEAR(result.data<float>()[static_cast<size_t>((b * 4 + m) * 6 + n)], sum, 1e-5);
      }
    }
  }
}

TEST(DotGeneralTest, IntegersWrap) {
  const auto engine = make_native_engine({.threads = 2});
  Graph graph;
  const Value x = graph.parameter("x", Shape(DType::kI32, {2, 2}));
  graph.set_output("y", matmul(x, x));
  const Buffer argument = engine->upload(HostTensor::from<int32_t>({2, 2}, {1 << 30, 3, -2, 1 << 20}));
  const HostTensor y = engine->download(engine->compile(std::move(graph), {})->run({{argument}})[0]);
  // 2^60 - 6 and 3 * 2^30 + 3 * 2^20 keep their low 32 bits.
  EXPECT_EQ(y.data<int32_t>()[0], -6);
  EXPECT_EQ(y.data<int32_t>()[1], static_cast<int32_t>(3U * (1U << 30) + 3U * (1U << 20)));
  EXPECT_EQ(y.data<int32_t>()[3], -6);
}

EASYDEL_FOR_EACH_ISA(KernelLoweringTest);

}  // namespace
}  // namespace easydel::native
