#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <thread>

#include "base/format.h"
#include "easydel/error.h"
#include "engine/engine.h"
#include "graph/ops.h"
#include "kernel_test_util.h"
#include "quantization/format.h"

namespace easydel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ProgramTest : public testing::Test {
 protected:
  Buffer upload(const std::vector<float>& values) {
    return engine_->upload(HostTensor::from<float>({static_cast<int64_t>(values.size())}, values));
  }
  /// A buffer that the engine may write to.
  Buffer state(const std::vector<float>& values) { return upload(values); }
  std::vector<float> values(const Buffer& buffer) {
    const HostTensor tensor = engine_->download(buffer);
    return {tensor.data<float>().begin(), tensor.data<float>().end()};
  }
  Value state_parameter(Graph& graph, std::string_view name, int64_t size) {
    return graph.parameter(name, Shape(DType::kF32, {size}), ParameterKind::kState);
  }
  Value position(Graph& graph, int32_t value) {
    return graph.constant(HostTensor::from<int32_t>({}, {value}));
  }

  std::unique_ptr<Engine> engine_ = make_native_engine({.threads = 2});
};

TEST_F(ProgramTest, ComputesOutputsInOrder) {
  Graph graph;
  const Value x = graph.parameter("x", Shape(DType::kF32, {3}));
  graph.set_output("negated", -x);
  graph.set_output("doubled", x * 2.0);
  const auto outputs = engine_->compile(std::move(graph), {})->run({{upload({1, 2, 3})}});
  EXPECT_THAT(values(outputs[0]), ElementsAre(-1, -2, -3));
  EXPECT_THAT(values(outputs[1]), ElementsAre(2, 4, 6));
}

TEST_F(ProgramTest, LeavesInputsAlone) {
  Graph graph;
  const Value x = graph.parameter("x", Shape(DType::kF32, {2}));
  graph.set_output("y", exponential(x));
  const Buffer input = upload({0, 0});
  engine_->compile(std::move(graph), {})->run({{input}});
  EXPECT_THAT(values(input), ElementsAre(0, 0));
}

TEST_F(ProgramTest, AnOutputMayBeAnInputAConstantAWeightOrGivenTwice) {
  Graph graph;
  const Value x = graph.parameter("x", Shape(DType::kF32, {2}));
  const Value w = graph.parameter("w", Shape(DType::kF32, {2}), ParameterKind::kWeight);
  const Value y = x + w;
  graph.set_output("input", x);
  graph.set_output("constant", graph.constant(HostTensor::from<float>({2}, {7, 8})));
  graph.set_output("weight", w);
  graph.set_output("first", y);
  graph.set_output("second", reshape(y, {2}));
  const auto program = engine_->compile(std::move(graph), {.bindings = {{"w", upload({10, 20})}}});
  const auto outputs = program->run({{upload({1, 2})}});
  EXPECT_THAT(values(outputs[0]), ElementsAre(1, 2));
  EXPECT_THAT(values(outputs[1]), ElementsAre(7, 8));
  EXPECT_THAT(values(outputs[2]), ElementsAre(10, 20));
  EXPECT_THAT(values(outputs[3]), ElementsAre(11, 22));
  EXPECT_THAT(values(outputs[4]), ElementsAre(11, 22));
}

TEST_F(ProgramTest, ACacheIsUpdatedInPlace) {
  Graph graph;
  const Value cache = state_parameter(graph, "cache", 4);
  const Value x = graph.parameter("x", Shape(DType::kF32, {1}));
  const Value updated = dynamic_update_slice(cache, x, std::vector<Value>{position(graph, 2)});
  graph.set_output("sum", reduce_axis(updated, ReduceKind::kSum, 0));
  graph.set_output_alias("cache", updated, "cache");
  const auto program = engine_->compile(std::move(graph), {});
  EXPECT_EQ(program->memory().arena_bytes, 0u) << "a copy of the cache is planned";
  const Buffer before = state({1, 2, 3, 4});
  const void* address = engine_->download(before).bytes().data();
  const auto outputs = program->run({{before, upload({30})}});
  EXPECT_THAT(values(outputs[1]), ElementsAre(1, 2, 30, 4));
  EXPECT_EQ(values(outputs[0])[0], 37);
  EXPECT_EQ(engine_->download(outputs[1]).bytes().data(), address);
}

TEST_F(ProgramTest, AnOldCacheThatIsReadLaterIsKept) {
  Graph graph;
  const Value cache = state_parameter(graph, "cache", 3);
  const Value x = graph.parameter("x", Shape(DType::kF32, {1}));
  const Value updated = dynamic_update_slice(cache, x, std::vector<Value>{position(graph, 0)});
  graph.set_output("change", updated - cache);
  graph.set_output_alias("cache", updated, "cache");
  const auto outputs = engine_->compile(std::move(graph), {})->run({{state({1, 2, 3}), upload({5})}});
  EXPECT_THAT(values(outputs[0]), ElementsAre(4, 0, 0));
  EXPECT_THAT(values(outputs[1]), ElementsAre(5, 2, 3));
}

TEST_F(ProgramTest, StatesMayBeSwapped) {
  Graph graph;
  const Value a = state_parameter(graph, "a", 2);
  const Value b = state_parameter(graph, "b", 2);
  graph.set_output_alias("a", b, "a");
  graph.set_output_alias("b", a, "b");
  const auto outputs = engine_->compile(std::move(graph), {})->run({{state({1, 2}), state({3, 4})}});
  EXPECT_THAT(values(outputs[0]), ElementsAre(3, 4));
  EXPECT_THAT(values(outputs[1]), ElementsAre(1, 2));
}

TEST_F(ProgramTest, AStateThatIsReturnedBeforeItsUpdateKeepsItsOldValue) {
  Graph graph;
  const Value a = state_parameter(graph, "a", 2);
  graph.set_output_alias("a", a + a, "a");
  graph.set_output("old", a);
  const auto outputs = engine_->compile(std::move(graph), {})->run({{state({1, 2})}});
  EXPECT_THAT(values(outputs[0]), ElementsAre(2, 4));
  EXPECT_THAT(values(outputs[1]), ElementsAre(1, 2));
}

TEST_F(ProgramTest, ALongChainRunsInTheSpaceOfTwoBuffers) {
  Graph graph;
  const Value x = graph.parameter("x", Shape(DType::kF32, {1024}));
  Value y = x;
  for (int i = 0; i < 20; ++i) y = reverse(tanh(y), std::vector<int64_t>{0});
  graph.set_output("y", y);
  const auto program = engine_->compile(std::move(graph), {});
  EXPECT_LE(program->memory().arena_bytes, 2 * 4096u);
  EXPECT_GT(program->memory().unplanned_bytes, 10 * 4096u);
}

TEST_F(ProgramTest, WrongArgumentsAreNamed) {
  Graph graph;
  graph.set_output("y", tanh(graph.parameter("hidden", Shape(DType::kF32, {2}))));
  const auto program = engine_->compile(std::move(graph), {});
  try {
    program->run({{upload({1, 2, 3})}});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kShapeMismatch);
    EXPECT_THAT(error.what(), HasSubstr("\"hidden\""));
    EXPECT_THAT(error.what(), HasSubstr("f32[3]"));
  }
  EXPECT_THROW(program->run({}), Error);
}

TEST_F(ProgramTest, UnboundWeightsAreNamed) {
  Graph graph;
  graph.set_output(
      "y", tanh(graph.parameter("model.norm.weight", Shape(DType::kF32, {2}), ParameterKind::kWeight)));
  try {
    engine_->compile(std::move(graph), {});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("model.norm.weight"));
  }
}

TEST_F(ProgramTest, UnknownEnginesAreRefusedByName) {
  EXPECT_THROW(make_engine("quantum"), Error);
}

TEST(Program, TwoEnginesAndSeveralThreadsRunSideBySide) {
  const auto work = [](Engine& engine) {
    Graph graph;
    const Value x = graph.parameter("x", Shape(DType::kF32, {64, 64}));
    graph.set_output("y", matmul(x, x));
    const std::shared_ptr<Executable> program = engine.compile(std::move(graph), {});
    std::vector<float> ones(64 * 64, 1.0f);
    const Buffer input = engine.upload(HostTensor::from<float>({64, 64}, ones));
    for (int i = 0; i < 50; ++i) {
      const HostTensor result = engine.download(program->run({{input}})[0]);
      ASSERT_EQ(result.data<float>()[0], 64.0f);
    }
  };
  const auto first = make_native_engine({.threads = 2});
  const auto second = make_native_engine({.threads = 2});
  std::vector<std::thread> threads;
  for (Engine* engine : {first.get(), first.get(), second.get()})
    threads.emplace_back([&, engine] { work(*engine); });
  for (std::thread& thread : threads) thread.join();
}

/// Layers of one x: three of them, with biases, and a fourth of another kind of weight.
class LinearGroupTest : public testing::Test {
 protected:
  static constexpr int64_t kInner = 70;
  static constexpr int64_t kOuts[] = {24, 9, 130};

  static HostTensor numbers(std::vector<int64_t> dims, uint32_t seed) {
    int64_t count = 1;
    for (const int64_t dim : dims) count *= dim;
    return HostTensor::from<float>(dims, native::random_floats(count, seed));
  }
  /// A parameter that is bound, and the tensors that its programs share.
  Value weight(Graph& graph, const std::string& name, const HostTensor& tensor) {
    bound_[name] = engine_->upload(tensor);
    return graph.parameter(name, tensor.shape(), ParameterKind::kWeight);
  }
  /// One layer of x, with a weight in the format or, without one, in the dtype.
  Value layer(Graph& graph, Value x, size_t index, const quantization::Format* format, DType dtype) {
    const std::string name = fmt::format("w{}", index);
    const auto seed = static_cast<uint32_t>(10 + index);
    const HostTensor values = numbers({kOuts[index], kInner}, seed);
    const Value bias = weight(graph, name + "_bias", numbers({kOuts[index]}, seed + 50));
    if (format == nullptr) return linear(x, weight(graph, name, values.to(dtype)), bias);
    std::vector<Value> parts;
    const std::vector<HostTensor> tensors = quantization::encode(*format, values, name);
    for (size_t part = 0; part < tensors.size(); ++part)
      parts.push_back(weight(graph, format->parts[part].name(name), tensors[part]));
    return quantized_linear(x, *format, parts, bias, DType::kF32);
  }
  std::vector<HostTensor> run(Graph graph, const HostTensor& x) {
    const auto program = engine_->compile(std::move(graph), {.bindings = bound_});
    std::vector<HostTensor> results;
    for (const Buffer& output : program->run({{engine_->upload(x)}}))
      results.push_back(engine_->download(output));
    return results;
  }

  std::unique_ptr<Engine> engine_ = make_native_engine({.threads = 2});
  std::map<std::string, Buffer, std::less<>> bound_;
};

TEST_F(LinearGroupTest, LayersOfOneXAreOneStepWithTheSameBits) {
  for (const std::string name : {"f32", "bf16", "int8", "int4", "q4_k"}) {
    const bool is_float = name == "f32" || name == "bf16";
    const DType dtype = is_float ? parse_dtype(name) : DType::kF32;
    const quantization::Format* format = is_float ? nullptr : &quantization::format(name);
    for (const int64_t rows : {1, 6, 40, 600}) {
      SCOPED_TRACE(testing::Message() << name << " rows " << rows);
      const HostTensor x = numbers({rows, kInner}, 1);
      Graph together;
      const Value shared = together.parameter("x", x.shape());
      for (size_t index = 0; index < std::size(kOuts); ++index)
        together.set_output(fmt::format("y{}", index), layer(together, shared, index, format, dtype));
      engine_->set_profiling(true);
      const std::vector<HostTensor> grouped = run(std::move(together), x);
      const std::vector<OpProfile> profile = engine_->profile();
      engine_->set_profiling(false);
      const std::string_view op = is_float ? "linear" : "quantized_linear";
      const auto steps = std::ranges::find(profile, op, &OpProfile::op);
      ASSERT_NE(steps, profile.end());
      EXPECT_EQ(steps->calls, 1);

      for (size_t index = 0; index < std::size(kOuts); ++index) {
        Graph alone;
        const Value input = alone.parameter("x", x.shape());
        alone.set_output("y", layer(alone, input, index, format, dtype));
        EXPECT_TRUE(std::ranges::equal(run(std::move(alone), x)[0].bytes(), grouped[index].bytes())) << index;
      }
    }
  }
}

TEST_F(LinearGroupTest, WeightsOfOtherKindsAndOtherXStayApart) {
  const HostTensor x = numbers({3, kInner}, 1);
  Graph graph;
  const Value input = graph.parameter("x", x.shape());
  graph.set_output("a", layer(graph, input, 0, nullptr, DType::kF32));
  graph.set_output("b", layer(graph, input, 1, nullptr, DType::kBF16));
  graph.set_output("c", layer(graph, input * 2.0, 2, nullptr, DType::kF32));
  engine_->set_profiling(true);
  run(std::move(graph), x);
  const std::vector<OpProfile> profile = engine_->profile();
  const auto steps = std::ranges::find(profile, "linear", &OpProfile::op);
  ASSERT_NE(steps, profile.end());
  EXPECT_EQ(steps->calls, 3);
}

}  // namespace
}  // namespace easydel
