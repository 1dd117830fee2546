// The StableHLO text of a two-layer Llama stays as tests/golden/emission holds it. After a change that is meant,
// EASYDEL_UPDATE_GOLDEN=1 writes the files anew.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/format.h"
#include "engine/pjrt/emit/emit.h"
#include "graph/passes.h"
#include "models/model_case.h"
#include "models/registry.h"

namespace easydel::model_test {
namespace {

constexpr int64_t kBatch = 2, kCapacity = 16;

/// One decode step over a cache.
Graph trace_decode(const nn::Module& module, const nn::ActivationSharding* sharding) {
  Graph graph;
  const Shape tokens(DType::kI32, {kBatch, 1});
  const Value input_ids = graph.parameter("input_ids", tokens);
  nn::Step step{.graph = graph,
                .position_ids = graph.parameter("position_ids", tokens),
                .cache_offset = graph.parameter("cache_offset", Shape(DType::kI32, {})),
                .sharding = sharding};
  std::vector<nn::LayerCache> cache;
  step.cache = &cache;
  for (const nn::CacheLayout& layer : module.cache_layout()) {
    const auto state = [&](std::string_view part, int64_t dim) {
      const Shape shape(DType::kF32, {kBatch, kCapacity, layer.kv_heads, dim});
      return graph.parameter(fmt::format("cache.{}.{}", cache.size(), part), shape, ParameterKind::kState);
    };
    const Value key = state("key", layer.key_dim);
    cache.push_back({key, state("value", layer.value_dim)});
  }
  graph.set_output("logits", module.head(module.forward(input_ids, step), step).front());
  for (size_t layer = 0; layer < cache.size(); ++layer) {
    const std::string name = fmt::format("cache.{}", layer);
    graph.set_output_alias(name + ".key", cache[layer].key, name + ".key");
    graph.set_output_alias(name + ".value", cache[layer].value, name + ".value");
  }
  return graph;
}

void expect_golden(const std::string& text, const std::string& name) {
  const std::filesystem::path path =
      std::filesystem::path(EASYDEL_SOURCE_DIR) / "tests/golden/emission" / name;
  if (std::getenv("EASYDEL_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
  std::ifstream file(path);
  std::stringstream expected;
  expected << file.rdbuf();
  EXPECT_EQ(text, expected.str());
}

std::unique_ptr<nn::Module> two_layer_llama() {
  return make_module(EDPretrainedConfig::from_pretrained(golden_folder("llama_grouped")));
}

TEST(EmittedText, OfADecodeStepIsStable) {
  const Graph graph = eliminate_dead_code(trace_decode(*two_layer_llama(), nullptr));
  expect_golden(pjrt::emit_stablehlo(graph), "llama_decode.mlir");
}

pjrt::EmitOptions over_a_mesh(const Graph& graph) {
  pjrt::EmitOptions options{.mesh = Mesh::create({1, 2, 2, 1}, {"dp", "fsdp", "tp", "sp"}, 4),
                            .parameter_specs = {},
                            .output_specs = {},
                            .stacks = {}};
  for (const Parameter& parameter : graph.parameters()) {
    const Shape& shape = graph.shape(parameter.value);
    if (parameter.kind == ParameterKind::kState) {
      options.parameter_specs[parameter.name] = {{"fsdp"}, {}, {"tp"}};
    } else if (parameter.kind == ParameterKind::kWeight && shape.rank() == 2) {
      options.parameter_specs[parameter.name] = {{"tp"}, {"fsdp"}};
    } else if (parameter.kind == ParameterKind::kInput && shape.rank() == 2) {
      options.parameter_specs[parameter.name] = {{"fsdp"}};
    }
  }
  options.output_specs["logits"] = {{"fsdp"}};
  return options;
}

TEST(EmittedText, OfADecodeStepOverAMeshIsStable) {
  const nn::ActivationSharding sharding;
  const Graph graph = eliminate_dead_code(trace_decode(*two_layer_llama(), &sharding));
  expect_golden(pjrt::emit_stablehlo(graph, over_a_mesh(graph)), "llama_decode_mesh.mlir");
}

TEST(EmittedText, OfALoopOfLayersIsStable) {
  const Graph graph = eliminate_dead_code(trace_decode(*two_layer_llama(), nullptr));
  pjrt::EmitOptions options;
  options.stacks = pjrt::find_layer_stacks(graph, {}, {});
  expect_golden(pjrt::emit_stablehlo(graph, options), "llama_decode_loop.mlir");
}

TEST(EmittedText, OfALoopOfLayersOverAMeshIsStable) {
  const nn::ActivationSharding sharding;
  const Graph graph = eliminate_dead_code(trace_decode(*two_layer_llama(), &sharding));
  pjrt::EmitOptions options = over_a_mesh(graph);
  options.stacks = pjrt::find_layer_stacks(graph, options.parameter_specs, {});
  expect_golden(pjrt::emit_stablehlo(graph, options), "llama_decode_loop_mesh.mlir");
}

}  // namespace
}  // namespace easydel::model_test
