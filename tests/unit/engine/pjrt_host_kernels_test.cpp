// Kernels of this process in programs for XLA: what is written for them, and programs that call them.
#include <gmock/gmock.h>

#include <array>
#include <thread>

#include "base/format.h"
#include "engine/pjrt/emit/emit.h"
#include "graph/ops.h"
#include "unit/engine/pjrt_testing.h"

namespace easydel {
namespace {

using testing::HasSubstr;
using testing::Not;

/// x [2, 3] times a weight [4, 3], and a tanh.
Graph linear_graph(DType dtype = DType::kF32) {
  Graph graph;
  const Value x = graph.parameter("x", Shape(dtype, {2, 3}));
  const Value w = graph.parameter("w", Shape(dtype, {4, 3}));
  graph.set_output("y", tanh(linear(x, w)));
  return graph;
}

/// Has a kernel for linear layers, which goes by their operands' shapes.
class LinearKernels final : public pjrt::HostKernels {
 public:
  bool has(const Node& node) const override { return node.op == &kLinearOp; }
  std::string prepare(const Node& node, std::span<const Shape> operands) override {
    return fmt::format("\"{}\" {}", node.op->name, operands[1]);
  }
};

TEST(HostKernels, ANodeWithAKernelIsWrittenAsACall) {
  LinearKernels kernels;
  const std::string text = pjrt::emit_stablehlo(linear_graph(), {.host_kernels = &kernels});
  EXPECT_THAT(text, HasSubstr("%0 = \"stablehlo.custom_call\"(%arg0, %arg1) <{api_version = 4 : i32, "
                              "backend_config = {kernel = \"\\\"linear\\\" f32[4,3]\"}, "
                              "call_target_name = \"easydel.kernel\", "
                              "operand_layouts = [dense<[1, 0]> : tensor<2xindex>, "
                              "dense<[1, 0]> : tensor<2xindex>], "
                              "result_layouts = [dense<[1, 0]> : tensor<2xindex>]}> : "
                              "(tensor<2x3xf32>, tensor<4x3xf32>) -> tensor<2x4xf32>\n"));
  EXPECT_THAT(text, HasSubstr("%1 = stablehlo.tanh %0"));
  EXPECT_THAT(pjrt::emit_stablehlo(linear_graph()), Not(HasSubstr("custom_call")));
}

#ifdef EASYDEL_HAS_PJRT

class PjrtHostKernels : public PjrtCpuTest {
 protected:
  static std::shared_ptr<Engine> make(bool native_kernels) {
    return make_engine("pjrt:cpu", {.threads = 2, .native_kernels = native_kernels});
  }

  static std::vector<float> run(Engine& engine, DType dtype) {
    const auto program = engine.compile(linear_graph(dtype), {});
    const auto tensor = [&](std::initializer_list<int64_t> dims, float first) {
      std::vector<float> numbers;
      int64_t count = 1;
      for (const int64_t dim : dims) count *= dim;
      for (int64_t i = 0; i < count; ++i) numbers.push_back(first + 0.125f * static_cast<float>(i));
      return engine.upload(HostTensor::from<float>(dims, numbers).to(dtype));
    };
    const auto results = program->run(std::vector{tensor({2, 3}, -0.5f), tensor({4, 3}, 0.25f)});
    const HostTensor values = engine.download(results[0]).to(DType::kF32);
    return {values.data<float>().begin(), values.data<float>().end()};
  }
};

TEST_F(PjrtHostKernels, GiveWhatXlaGives) {
  for (const DType dtype : {DType::kF32, DType::kBF16, DType::kF16}) {
    const std::vector<float> called = run(*make(true), dtype), own = run(*make(false), dtype);
    for (size_t i = 0; i < own.size(); ++i) EXPECT_NEAR(called[i], own[i], 0.01) << to_string(dtype);
  }
}

TEST_F(PjrtHostKernels, AreFoundAgainByAStoredProgram) {
  const std::vector<float> compiled = run(*make(true), DType::kF32);
  EXPECT_EQ(run(*make(true), DType::kF32), compiled);  // read from the store by another engine
}

TEST_F(PjrtHostKernels, ServeProgramsThatRunAtOnce) {
  constexpr int kThreads = 4, kRuns = 50;
  const auto engine = make(true);
  const auto program = engine->compile(linear_graph(), {});
  const auto zeros = [&](std::initializer_list<int64_t> dims) {
    return engine->upload(HostTensor::zeros(Shape(DType::kF32, dims)));
  };
  const Buffer x = zeros({2, 3}), w = zeros({4, 3});
  std::array<int, kThreads> right{};
  std::vector<std::thread> threads;
  for (int& count : right)
    threads.emplace_back([&] {
      for (int i = 0; i < kRuns; ++i) {
        const HostTensor y = engine->download(program->run(std::vector{x, w})[0]);
        count += std::ranges::all_of(y.data<float>(), [](float value) { return value == 0.0f; }) ? 1 : 0;
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (const int count : right) EXPECT_EQ(count, kRuns);
}

#endif

}  // namespace
}  // namespace easydel
