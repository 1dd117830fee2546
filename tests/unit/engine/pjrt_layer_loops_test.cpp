// Which layers of small graphs become loops, and what they compute then.
#include <gmock/gmock.h>

#include "base/format.h"
#include "engine/pjrt/emit/emit.h"
#include "engine/pjrt/emit/layer_loops.h"
#include "graph/ops.h"
#include "graph/passes.h"
#include "unit/engine/pjrt_testing.h"

#ifdef EASYDEL_HAS_PJRT
#include "engine/pjrt/runtime/device_buffer.h"
#endif

namespace easydel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const Shape kRow(DType::kF32, {4});

/// Calls `layer(x, number)` for each of `layers` layers, from the input "x" on to the output "y".
template <typename Layer>
Graph layered(int64_t layers, Layer layer) {
  Graph graph;
  Value x = graph.parameter("x", kRow);
  for (int64_t number = 0; number < layers; ++number) x = layer(x, number);
  graph.set_output("y", exponential(x));
  return graph;
}

Value weight(Value x, int64_t layer) {
  return x.graph().parameter(fmt::format("layers.{}.w", layer), kRow, ParameterKind::kWeight);
}

std::vector<pjrt::LayerLoop> loops_of(const Graph& graph) {
  return pjrt::find_layer_loops(graph, pjrt::Signature(graph, pjrt::find_layer_stacks(graph, {}, {})));
}

std::string looped_text(const Graph& graph) {
  pjrt::EmitOptions options;
  options.stacks = pjrt::find_layer_stacks(graph, {}, {});
  return pjrt::emit_stablehlo(graph, options);
}

TEST(LayerLoops, EqualLayersAreTripsOfOne) {
  const auto loops = loops_of(layered(4, [](Value x, int64_t layer) { return tanh(x * weight(x, layer)); }));
  ASSERT_EQ(loops.size(), 1u);
  EXPECT_EQ(loops[0].trips, 4);
  EXPECT_EQ(loops[0].period, 1);
  EXPECT_EQ(loops[0].body.size(), 2u);
  EXPECT_EQ(loops[0].carries.size(), 1u);
  EXPECT_EQ(loops[0].nodes.size(), 8u);
}

TEST(LayerLoops, KindsThatAlternateShareABody) {
  const auto loops = loops_of(layered(7, [](Value x, int64_t layer) {
    return layer % 2 == 0 ? tanh(x * weight(x, layer)) : x + weight(x, layer);
  }));
  ASSERT_EQ(loops.size(), 1u);
  EXPECT_EQ(loops[0].period, 2);
  EXPECT_EQ(loops[0].trips, 3);
  EXPECT_EQ(loops[0].members, (std::vector<pjrt::LoopMember>{{1, 0, 2}, {1, 1, 2}}));
}

TEST(LayerLoops, RunsOfTwoKindsAreTwoLoops) {
  const auto loops = loops_of(layered(7, [](Value x, int64_t layer) {
    return layer < 3 ? tanh(x * weight(x, layer)) : exponential(x + weight(x, layer));
  }));
  ASSERT_EQ(loops.size(), 2u);
  EXPECT_EQ(loops[0].first_layer, 3);
  EXPECT_EQ(loops[0].trips, 4);
  EXPECT_EQ(loops[1].first_layer, 0);
  EXPECT_EQ(loops[1].trips, 3);
}

TEST(LayerLoops, AnOddLayerInFrontStaysOut) {
  const auto loops = loops_of(layered(4, [](Value x, int64_t layer) {
    return layer == 0 ? exponential(x - weight(x, layer)) : tanh(x * weight(x, layer));
  }));
  ASSERT_EQ(loops.size(), 1u);
  EXPECT_EQ(loops[0].first_layer, 1);
  EXPECT_EQ(loops[0].trips, 3);
}

TEST(LayerLoops, WhatDependsOnNoLayerIsComputedBefore) {
  const Graph graph = layered(3, [](Value x, int64_t layer) {
    return tanh(x * weight(x, layer)) + sine(x.graph().parameter("mask", kRow));
  });
  const std::string text = looped_text(merge_common_subexpressions(graph));
  EXPECT_LT(text.find("stablehlo.sine"), text.find("stablehlo.while"));
  EXPECT_EQ(text.find("stablehlo.sine"), text.rfind("stablehlo.sine"));
  EXPECT_EQ(text.find("stablehlo.tanh"), text.rfind("stablehlo.tanh"));
}

TEST(LayerLoops, OtherWorkIsNoTrip) {
  EXPECT_TRUE(loops_of(layered(2, [](Value x, int64_t layer) {
                return layer == 0 ? tanh(x * weight(x, layer)) : tanh(x + weight(x, layer));
              })).empty());
  // The same ops with another constant.
  EXPECT_TRUE(loops_of(layered(2, [](Value x, int64_t layer) {
                return x * weight(x, layer) + static_cast<double>(layer + 2);
              })).empty());
  // The same ops, wired otherwise.
  EXPECT_TRUE(loops_of(layered(2, [](Value x, int64_t layer) {
                const Value w = weight(x, layer);
                return layer == 0 ? x - w : w - x;
              })).empty());
}

TEST(LayerLoops, AValueThatIsReadBetweenLayersKeepsThemApart) {
  Graph graph;
  Value x = graph.parameter("x", kRow);
  for (int64_t layer = 0; layer < 3; ++layer) {
    x = tanh(x * weight(x, layer));
    if (layer == 1) graph.set_output("middle", x);
  }
  graph.set_output("y", x);
  EXPECT_TRUE(loops_of(graph).empty());
  EXPECT_THAT(looped_text(graph), Not(HasSubstr("stablehlo.while")));
}

TEST(LayerLoops, OneLayerHasNothingToRepeat) {
  const Graph graph = layered(1, [](Value x, int64_t layer) { return x * weight(x, layer); });
  EXPECT_THAT(looped_text(graph), HasSubstr("layers.0.w"));
  EXPECT_TRUE(loops_of(graph).empty());
}

TEST(LayerStacks, HoldWeightsThatTheProgramDoesNotRead) {
  const Graph graph = layered(2, [](Value x, int64_t layer) { return x * weight(x, layer); });
  const auto stacks = pjrt::find_layer_stacks(
      graph, {}, {{"layers.10.w", kRow}, {"layers.2.w", kRow}, {"layers.3.w", Shape(DType::kF32, {5})}});
  ASSERT_EQ(stacks.size(), 1u);
  EXPECT_EQ(stacks[0].name, "layers.*.w");
  EXPECT_THAT(stacks[0].members, ElementsAre("layers.0.w", "layers.1.w", "layers.2.w", "layers.10.w"));
}

TEST(LayerStacks, ArePerShapeAndSpec) {
  const Graph graph = layered(4, [](Value x, int64_t layer) { return x * weight(x, layer); });
  const auto stacks =
      pjrt::find_layer_stacks(graph, {{"layers.1.w", {{"tp"}}}, {"layers.3.w", {{"tp"}}}}, {});
  ASSERT_EQ(stacks.size(), 2u);
  EXPECT_THAT(stacks[0].members, ElementsAre("layers.0.w", "layers.2.w"));
  EXPECT_THAT(stacks[1].members, ElementsAre("layers.1.w", "layers.3.w"));
}

#ifdef EASYDEL_HAS_PJRT

Value state(Value x, int64_t layer) {
  return x.graph().parameter(fmt::format("cache.{}", layer), kRow, ParameterKind::kState);
}

class LayerLoopRuns : public PjrtCpuTest {
 protected:
  void SetUp() override {
    PjrtCpuTest::SetUp();
    if (engine_) engine_ = make_engine("pjrt:cpu", {.threads = 2, .layers = LayerLayout::kLoop});
  }
};

/// Each layer adds to its state. Without a result the last one computes nothing else.
Graph counting_layers(int64_t layers, bool with_result = true) {
  Graph graph;
  Value x = graph.parameter("x", kRow);
  for (int64_t layer = 0; layer < layers; ++layer) {
    const Value cache = state(x, layer) + x * weight(x, layer);
    graph.set_output_alias(fmt::format("cache.{}", layer), cache, fmt::format("cache.{}", layer));
    x = tanh(x + weight(x, layer)) + cache;
  }
  if (with_result) graph.set_output("y", x);
  return graph;
}

class CountingLayers : public LayerLoopRuns, public testing::WithParamInterface<bool> {};
INSTANTIATE_TEST_SUITE_P(WithAndWithoutResult, CountingLayers, testing::Bool());

TEST_P(CountingLayers, StatesAndWeightsAreTheRowsOfTheirLayers) {
  const auto loops = loops_of(eliminate_dead_code(counting_layers(3, GetParam())));
  ASSERT_EQ(loops.size(), 1u);
  EXPECT_EQ(loops[0].trips, GetParam() ? 3 : 2);
  const auto results = [&](Engine& engine) {
    std::vector<Buffer> arguments = {engine.upload(HostTensor::from<float>({4}, {1, 2, 3, 4}))};
    CompileOptions options;
    for (int64_t layer = 0; layer < 3; ++layer) {
      const auto number = static_cast<float>(layer);
      options.bindings[fmt::format("layers.{}.w", layer)] =
          engine.upload(HostTensor::from<float>({4}, {number, 2, number + 1, 4}));
      arguments.push_back(engine.upload(HostTensor::from<float>({4}, {number, 1, 1, number})));
    }
    auto program = engine.compile(counting_layers(3, GetParam()), options);
    std::vector<Buffer> outputs = program->run(arguments);
    for (size_t layer = 0; layer < 3; ++layer) arguments[layer + 1] = outputs[layer];
    outputs = program->run(arguments);
    std::vector<std::vector<float>> numbers;
    for (const Buffer& output : outputs) {
      const HostTensor tensor = engine.download(output);
      numbers.emplace_back(tensor.data<float>().begin(), tensor.data<float>().end());
    }
    return numbers;
  };
  const auto actual = results(*engine_), expected = results(*make_native_engine());
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t output = 0; output < expected.size(); ++output)
    EXPECT_THAT(actual[output], testing::Pointwise(testing::FloatNear(1e-4f), expected[output]));
}

TEST_F(LayerLoopRuns, WeightsAreHeldOnceAndShared) {
  CompileOptions options;
  std::vector<Buffer> caches;
  for (int64_t layer = 0; layer < 2; ++layer) {
    options.bindings[fmt::format("layers.{}.w", layer)] = upload({1, 2, 3, 4});
    caches.push_back(engine_->zeros(kRow));
  }
  const auto place = [&](int64_t layer) {
    return pjrt::device_storage(options.bindings.at(fmt::format("layers.{}.w", layer)), "w").location();
  };
  const std::weak_ptr<const pjrt::Shards> alone = place(0).shards;
  const auto first = engine_->compile(counting_layers(2), options);
  EXPECT_TRUE(alone.expired());
  const auto stack = place(0).shards;
  EXPECT_EQ(place(1).shards, stack);
  EXPECT_EQ(place(1).row, 1);
  const auto second = engine_->compile(counting_layers(2), options);
  EXPECT_EQ(place(0).shards, stack);
  EXPECT_THAT(values(options.bindings.at("layers.1.w")), ElementsAre(1, 2, 3, 4));

  // One weight is replaced: the stack is made anew, with the others as they were.
  options.bindings.at("layers.0.w") = upload({5, 6, 7, 8});
  const auto third = engine_->compile(counting_layers(2), options);
  EXPECT_NE(place(1).shards, stack);
  EXPECT_EQ(place(0).shards, place(1).shards);
  EXPECT_THAT(values(options.bindings.at("layers.0.w")), ElementsAre(5, 6, 7, 8));
  EXPECT_THAT(values(options.bindings.at("layers.1.w")), ElementsAre(1, 2, 3, 4));
}

TEST_F(LayerLoopRuns, AStackOfStatesIsUpdatedInPlace) {
  constexpr int64_t kLayers = 4;
  const Shape shape(DType::kF32, {1 << 16});
  Graph graph;
  const Value x = graph.parameter("x", Shape(DType::kF32, {1}));
  const Value at = graph.constant(HostTensor::from<int32_t>({}, {5}));
  std::vector<Buffer> arguments = {upload({3})};
  for (int64_t layer = 0; layer < kLayers; ++layer) {
    const std::string name = fmt::format("cache.{}.key", layer);
    const Value cache = graph.parameter(name, shape, ParameterKind::kState);
    graph.set_output_alias(name, dynamic_update_slice(cache, x, std::vector{at}), name);
    arguments.push_back(engine_->zeros(shape));
  }
  auto program = engine_->compile(std::move(graph), {});
  std::vector<Buffer> results = program->run(arguments);
  EXPECT_THAT(error_of([&] { engine_->download(arguments[2]); }), HasSubstr("consumed"));
  const uintptr_t address = pjrt::device_address(results[0]);
  results.insert(results.begin(), upload({4}));
  const std::vector<Buffer> again = program->run(results);
  for (const Buffer& cache : again) {
    EXPECT_EQ(pjrt::device_address(cache), address);
    EXPECT_EQ(values(cache)[5], 4);
    EXPECT_EQ(values(cache)[6], 0);
  }
}

#endif

}  // namespace
}  // namespace easydel
