#include <gmock/gmock.h>

#include <fstream>
#include <numeric>
#include <thread>

#include "graph/ops.h"
#include "unit/engine/pjrt_testing.h"

#ifdef EASYDEL_HAS_PJRT
#include "engine/pjrt/runtime/loaded_executable.h"

namespace easydel {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class PjrtEngine : public PjrtCpuTest {};

/// y = x * w + 1, and a state that counts up.
Graph small_graph(int64_t size = 3) {
  Graph graph;
  const Shape shape(DType::kF32, {size});
  const Value x = graph.parameter("x", shape);
  const Value w = graph.parameter("w", shape, ParameterKind::kWeight);
  const Value count = graph.parameter("count", shape, ParameterKind::kState);
  graph.set_output("y", x * w + 1.0);
  graph.set_output_alias("count", count + x, "count");
  return graph;
}

TEST_F(PjrtEngine, RunsAGraph) {
  auto program = engine_->compile(small_graph(), {.bindings = {{"w", upload({2, 3, 4})}}});
  const auto results = program->run(std::vector{upload({1, 2, 3}), engine_->zeros(Shape(DType::kF32, {3}))});
  EXPECT_THAT(values(results[0]), ElementsAre(3, 7, 13));
  EXPECT_THAT(values(results[1]), ElementsAre(1, 2, 3));
  const auto again = program->run(std::vector{upload({1, 1, 1}), results[1]});
  EXPECT_THAT(values(again[1]), ElementsAre(2, 3, 4));
}

TEST_F(PjrtEngine, DescribesItself) {
  EXPECT_EQ(engine_->name(), "pjrt:cpu");
  EXPECT_THAT(engine_->description(), HasSubstr("1 device (cpu)"));
  EXPECT_TRUE(engine_->prefers_buckets());
  EXPECT_EQ(engine_->activation_dtype(DType::kBF16), DType::kF32);
}

TEST_F(PjrtEngine, EveryDtypeSurvivesTheRoundTrip) {
  for (const DType dtype : {DType::kBool, DType::kI8, DType::kU8, DType::kI32, DType::kU32, DType::kI64,
                            DType::kF16, DType::kBF16, DType::kF32, DType::kF64}) {
    const HostTensor tensor = HostTensor::from<float>({2, 3}, {0, 1, 2, 3, 4, 5}).to(dtype);
    const HostTensor again = engine_->download(engine_->upload(tensor));
    EXPECT_EQ(again.shape(), tensor.shape());
    EXPECT_TRUE(std::ranges::equal(again.bytes(), tensor.bytes())) << to_string(dtype);
  }
  EXPECT_THAT(values(engine_->upload(HostTensor::from<float>({}, {7}))), ElementsAre(7));
}

TEST_F(PjrtEngine, AStateIsUpdatedInPlace) {
  Graph graph;
  const Shape shape(DType::kF32, {1 << 20});
  const Value state = graph.parameter("cache", shape, ParameterKind::kState);
  const Value at = graph.constant(HostTensor::from<int32_t>({}, {5}));
  const Value update = graph.constant(HostTensor::from<float>({1}, {3}));
  graph.set_output_alias("cache", dynamic_update_slice(state, update, std::vector{at}), "cache");
  auto program = engine_->compile(std::move(graph), {});
  const Buffer before = engine_->zeros(shape);
  const uintptr_t address = pjrt::device_address(before);
  const auto results = program->run(std::vector{before});
  EXPECT_EQ(pjrt::device_address(results[0]), address);
  EXPECT_EQ(values(results[0])[5], 3);
  EXPECT_THAT(error_of([&] { engine_->download(before); }), HasSubstr("consumed"));
  EXPECT_THAT(error_of([&] { program->run(std::vector{before}); }),
              HasSubstr("\"cache\" was passed as a state"));
}

TEST_F(PjrtEngine, AStateNeverWritesToTheTensorItCameFrom) {
  const HostTensor tensor =
      HostTensor::zeros(Shape(DType::kF32, {1 << 16}));  // aligned: shared without a copy
  Graph graph;
  const Value state = graph.parameter("s", tensor.shape(), ParameterKind::kState);
  graph.set_output_alias("s", state + 1.0, "s");
  const auto results = engine_->compile(std::move(graph), {})->run(std::vector{engine_->upload(tensor)});
  EXPECT_EQ(values(results[0])[9], 1);
  EXPECT_EQ(tensor.data<float>()[9], 0);
}

TEST_F(PjrtEngine, SharedWeightsOutliveTheirTensor) {
  auto tensor = std::make_unique<HostTensor>(HostTensor::zeros(Shape(DType::kF32, {1 << 16})));
  std::ranges::fill(tensor->mutable_data<float>(), 2.0f);
  Graph graph;
  const Value w = graph.parameter("w", tensor->shape(), ParameterKind::kWeight);
  const Value x = graph.parameter("x", Shape(DType::kF32, {1 << 16}));
  graph.set_output("y", w * x);
  auto program = engine_->compile(std::move(graph), {.bindings = {{"w", engine_->upload(*tensor)}}});
  tensor.reset();
  EXPECT_EQ(values(program->run(std::vector{upload(std::vector<float>(1 << 16, 3.0f))})[0])[77], 6);
}

TEST_F(PjrtEngine, WrongArgumentsAreNamed) {
  EXPECT_THAT(error_of([&] { engine_->compile(small_graph(), {}); }),
              HasSubstr("no value is bound to the weight \"w\""));
  auto program = engine_->compile(small_graph(), {.bindings = {{"w", upload({2, 3, 4})}}});
  EXPECT_THAT(error_of([&] {
                program->run(std::vector{upload({1, 2, 3})});
              }),
              HasSubstr("takes 2 arguments, got 1"));
  EXPECT_THAT(error_of([&] {
                program->run(std::vector{upload({1}), upload({1, 2, 3})});
              }),
              AllOf(HasSubstr("\"x\" is f32[1]"), HasSubstr("f32[3]")));
  auto native = make_native_engine();
  const Buffer foreign = native->upload(HostTensor::from<float>({3}, {1, 2, 3}));
  EXPECT_THAT(error_of([&] {
                program->run(std::vector{foreign, upload({1, 2, 3})});
              }),
              HasSubstr("\"x\" is no buffer of this engine"));
}

TEST_F(PjrtEngine, ReportsMemoryAndTimes) {
  auto program = engine_->compile(small_graph(), {.bindings = {{"w", upload({2, 3, 4})}}});
  EXPECT_EQ(program->memory().weight_bytes, 12u);
  EXPECT_GE(program->memory().output_bytes, 12u);
  engine_->set_profiling(true);
  program->run(std::vector{upload({1, 2, 3}), upload({0, 0, 0})});
  ASSERT_EQ(engine_->profile().size(), 1u);
  EXPECT_EQ(engine_->profile()[0].op, "x f32[3]");
  EXPECT_EQ(engine_->profile()[0].calls, 1);
  engine_->set_profiling(false);
  EXPECT_TRUE(engine_->profile().empty());
}

TEST_F(PjrtEngine, RunsFromSeveralThreads) {
  auto program = engine_->compile(small_graph(), {.bindings = {{"w", upload({2, 3, 4})}}});
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread)
    threads.emplace_back([&, thread] {
      for (int round = 0; round < 25; ++round) {
        const auto x = static_cast<float>(thread);
        const auto results = program->run(std::vector{upload({x, x, x}), upload({0, 0, 0})});
        EXPECT_THAT(values(results[0]), ElementsAre(2 * x + 1, 3 * x + 1, 4 * x + 1));
      }
    });
  for (std::thread& thread : threads) thread.join();
}

TEST_F(PjrtEngine, ACompileErrorIsShownAndTheModuleKept) {
  const auto client = pjrt::Client::create(pjrt::Plugin::load(pjrt::find_plugin("cpu")), {});
  pjrt::ProgramStore store = pjrt::default_program_store();
  const std::string module =
      "func.func public @main(%x: tensor<2xf32>) -> tensor<3xf32> { return %x : tensor<2xf32> }";
  const std::string message = error_of([&] { pjrt::LoadedExecutable::compile(client, module, {}, store); });
  EXPECT_THAT(message,
              AllOf(HasSubstr("compile:"), HasSubstr("tensor<2xf32>"), HasSubstr(cache_ / "failed")));
  const std::string path = message.substr(message.find(cache_.string()));
  std::ifstream file(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), module);
}

TEST_F(PjrtEngine, ACompileErrorNamesTheLineAndTheNextProgramCompiles) {
  const auto client = pjrt::Client::create(pjrt::Plugin::load(pjrt::find_plugin("cpu")), {});
  pjrt::ProgramStore store = pjrt::default_program_store();
  const auto module = [](const std::string& line) {
    return "module @easydel {\n  func.func public @main(%arg0: tensor<2xf32>) -> (tensor<2xf32>) {\n    %0 "
           "= " +
           line + "\n    func.return %arg0 : tensor<2xf32>\n  }\n}\n";
  };
  const auto compile = [&](const std::string& line) {
    return error_of([&] { pjrt::LoadedExecutable::compile(client, module(line), {}, store); });
  };
  for (const char* line :
       {"stablehlo.reshape %arg0 : (tensor<2xf32>) -> tensor<3xf32>",
        "stablehlo.nonsense %arg0 : tensor<2xf32>", "stablehlo.add %arg0, %gone : tensor<2xf32>"})
    EXPECT_THAT(compile(line), HasSubstr("line 3 is `%0 = " + std::string(line) + "`"));
  EXPECT_EQ(compile("stablehlo.add %arg0, %arg0 : tensor<2xf32>"), "");
}

TEST_F(PjrtEngine, ACompiledProgramIsFoundAgainOnDisk) {
  const std::string module =
      "func.func public @main(%x: tensor<2xf32>) -> tensor<2xf32> {\n"
      "  %0 = stablehlo.add %x, %x : tensor<2xf32>\n  return %0 : tensor<2xf32>\n}";
  const auto client = pjrt::Client::create(pjrt::Plugin::load(pjrt::find_plugin("cpu")), {});
  pjrt::ProgramStore store = pjrt::default_program_store();
  const auto compile = [&] { return pjrt::LoadedExecutable::compile(client, module, {}, store); };
  EXPECT_FALSE(compile().from_cache());
  EXPECT_TRUE(compile().from_cache());

  for (const auto& file : std::filesystem::directory_iterator(store.folder()))
    std::filesystem::resize_file(file.path(), std::filesystem::file_size(file.path()) / 2);
  EXPECT_FALSE(compile().from_cache()) << "a damaged file must be compiled again";
  EXPECT_TRUE(compile().from_cache());

  const Buffer x = pjrt::upload(client, HostTensor::from<float>({2}, {1, 2}), NamedSharding());
  const pjrt::Location place = pjrt::device_storage(x, "x").location();
  const auto results = compile().execute({{place.shards->front().get()}});
  const HostTensor sum = pjrt::download(*client, results.front(), NamedSharding(), Shape(DType::kF32, {2}));
  EXPECT_THAT(sum.data<float>(), ElementsAre(2, 4));
}

}  // namespace
}  // namespace easydel
#endif
