// What a device of a mesh holds: its share of the weights, by the plan and by the compiled program's own statistics.
#include <gmock/gmock.h>

#include "easydel/plan.h"
#include "unit/engine/pjrt_testing.h"

#ifdef EASYDEL_HAS_PJRT
#include "engine/pjrt/emit/emit.h"
#include "engine/pjrt/runtime/loaded_executable.h"
#include "graph/passes.h"
#include "models/registry.h"
#include "pretrained/placement.h"
#include "pretrained/trace_program.h"

namespace easydel::model_test {
namespace {

constexpr int64_t kDevices = 8;

/// 18 MB of weights, beside which the norms are nothing.
EDPretrainedConfig middling_llama() {
  return EDPretrainedConfig::from_json(R"({"model_type": "llama", "vocab_size": 4096, "hidden_size": 256,
    "intermediate_size": 512, "num_hidden_layers": 4, "num_attention_heads": 8, "num_key_value_heads": 8,
    "max_position_embeddings": 128, "tie_word_embeddings": false})");
}

/// Bytes of one device's weights, as XLA counts the arguments of a decode step.
uint64_t compiled_weight_bytes(const EDPretrainedConfig& config, const ShardingOptions& sharding) {
  const auto module = make_module(config);
  const Placement placement = Placement::of(config, sharding, kDevices);
  std::vector<std::string> warnings;
  const NamedShardings weights = model_shardings(model_registry().at(config.model_type()), *module, placement,
                                                 sharding, {}, {}, warnings);
  const Graph graph = eliminate_dead_code(
      trace_program({.batch = 8, .seq = 1, .capacity = 16}, *module, DType::kF32, placement.activations()));
  pjrt::EmitOptions emit{
      .mesh = placement.mesh(), .parameter_specs = placement.of_program(graph, weights), .output_specs = {}};
  std::erase_if(emit.parameter_specs, [&](const auto& entry) { return !graph.find_parameter(entry.first); });

  const auto client =
      pjrt::Client::create(pjrt::Plugin::load(pjrt::find_plugin("cpu")), {.devices = kDevices});
  pjrt::CompileOptionsFields fields{.device_ids = {}, .overrides = {}};
  for (int64_t device = 0; device < kDevices; ++device)
    fields.device_ids.push_back(client->device_id(device));
  pjrt::ProgramStore no_store("", 0);
  const auto program =
      pjrt::LoadedExecutable::compile(client, pjrt::emit_stablehlo(graph, emit), fields, no_store);

  auto bytes = static_cast<uint64_t>(program.memory().arguments);
  for (const Parameter& parameter : graph.parameters()) {
    if (parameter.kind == ParameterKind::kWeight) continue;
    const auto spec = emit.parameter_specs.find(parameter.name);
    const NamedSharding lies(placement.mesh(),
                             spec == emit.parameter_specs.end() ? PartitionSpec() : spec->second);
    bytes -= lies.shard_shape(graph.shape(parameter.value)).bytes();
  }
  return bytes;
}

TEST(DeviceMemory, EachOfEightDevicesHoldsItsShareOfTheWeights) {
  if (const std::string reason = no_cpu_plugin(); !reason.empty()) GTEST_SKIP() << reason;
  struct Row {
    std::vector<int64_t> dims;
    bool fully_sharded;
  };
  // The fsdp set cuts over fsdp and sp alone; the other one over tp as well.
  const std::vector<Row> rows = {{{1, 8, 1, 1}, true},
                                 {{1, 4, 1, 2}, true},
                                 {{1, 8, 1, 1}, false},
                                 {{1, 2, 4, 1}, false},
                                 {{1, 2, 2, 2}, false}};
  const EDPretrainedConfig config = middling_llama();
  for (const Row& row : rows) {
    SCOPED_TRACE(testing::PrintToString(row.dims) + (row.fully_sharded ? " fsdp" : " tp"));
    const ShardingOptions sharding{.sharding_axis_dims = row.dims,
                                   .fully_sharded_data_parallel = row.fully_sharded};
    const ShardingPlan plan = plan_sharding(config, {.sharding = sharding});
    EXPECT_GT(plan.total_weight_bytes, 18'000'000u);
    const auto share = static_cast<double>(plan.total_weight_bytes) / kDevices;
    EXPECT_NEAR(static_cast<double>(plan.weight_bytes), share, 0.05 * share);
    EXPECT_EQ(compiled_weight_bytes(config, sharding), plan.weight_bytes);
  }
}

// Under the fsdp set the devices along tp hold the same weights, as in EasyDeL.
TEST(DeviceMemory, ThePlanIsWhatXlaCountsWhereWeightsAreReplicated) {
  if (const std::string reason = no_cpu_plugin(); !reason.empty()) GTEST_SKIP() << reason;
  const EDPretrainedConfig config = middling_llama();
  const ShardingOptions sharding{.sharding_axis_dims = {1, 2, 4, 1}};
  const ShardingPlan plan = plan_sharding(config, {.sharding = sharding});
  EXPECT_GT(plan.weight_bytes, plan.total_weight_bytes / kDevices * 2);
  EXPECT_EQ(compiled_weight_bytes(config, sharding), plan.weight_bytes);
}

}  // namespace
}  // namespace easydel::model_test
#endif
