// Every architecture's programs compile for a GPU that is not here: an H200, alone and as a mesh of eight.
#include <algorithm>
#include <fstream>
#include <iterator>

#include "engine/pjrt/plugin_search.h"
#include "models/model_case.h"

#ifdef EASYDEL_HAS_PJRT
#include "engine/pjrt/emit/emit.h"
#include "engine/pjrt/runtime/topology.h"
#include "graph/passes.h"
#include "models/registry.h"
#include "pretrained/placement.h"
#include "pretrained/trace_program.h"

namespace easydel::model_test {
namespace {

/// The numbers of a GPU that XLA's compiler asks for, in its own text form.
std::string h200() {
  std::ifstream file(EASYDEL_SOURCE_DIR "/tests/golden/topology/h200_target_config.txtpb");
  return {std::istreambuf_iterator<char>(file), {}};
}

class CompileForH200 : public testing::TestWithParam<ModelCase> {
 protected:
  void SetUp() override {
    const auto found = pjrt::try_find_plugin(*pjrt::find_plugin_kind("cuda"));
    if (!found) GTEST_SKIP() << "the CUDA plugin is not here: scripts/fetch_plugin.py cuda --bare";
    plugin_ = &pjrt::Plugin::load(*found);
  }

  /// Compiles one program for a mesh of `axis_dims`, with bf16 weights: its layers one behind the other, and as a loop.
  void compile(ProgramKey key, const std::vector<int64_t>& axis_dims) const {
    const auto config = EDPretrainedConfig::from_pretrained(golden_folder(GetParam().name));
    const auto module = make_module(config);
    for (nn::ParameterSpec& spec : module->parameters().specs()) spec.dtype = DType::kBF16;
    key.cache_dtype = DType::kBF16;

    ShardingOptions sharding;
    sharding.sharding_axis_dims = axis_dims;
    int64_t devices = 1;
    for (const int64_t size : axis_dims) devices *= size;
    const Placement placement = Placement::of(config, sharding, devices);
    const EDPretrainedModel shapes(config, {.do_init = false, .sharding = sharding});
    const Graph graph =
        eliminate_dead_code(trace_program(key, *module, DType::kBF16, placement.activations()));
    pjrt::EmitOptions emit{.mesh = placement.mesh(), .parameter_specs = {}, .output_specs = {}, .stacks = {}};
    if (devices > 1) emit.parameter_specs = placement.of_program(graph, shapes.shardings());
    std::erase_if(emit.parameter_specs,
                  [&](const auto& entry) { return !graph.find_parameter(entry.first); });

    pjrt::NamedValues options;
    options.add("target_config", h200());
    options.add("topology", "1x1x" + std::to_string(devices));
    const pjrt::Topology topology(*plugin_, "h200", options);
    pjrt::CompileOptionsFields fields{.device_ids = {}, .overrides = {}};
    for (int64_t device = 0; device < devices; ++device) fields.device_ids.push_back(device);
    topology.compile(pjrt::emit_stablehlo(graph, emit), fields);
    emit.stacks = pjrt::find_layer_stacks(graph, emit.parameter_specs, {});
    topology.compile(pjrt::emit_stablehlo(graph, emit), fields);
  }

  const pjrt::Plugin* plugin_ = nullptr;
};

constexpr ProgramKey kPrefill{
    .batch = 8, .seq = 16, .capacity = 32, .logits_to_keep = 1, .padded = true, .masked = true};
constexpr ProgramKey kDecode{.batch = 8, .seq = 1, .capacity = 32, .masked = true};

TEST_P(CompileForH200, OneGpu) {
  EXPECT_NO_THROW(compile(kPrefill, {1, 1, 1, 1}));
  EXPECT_NO_THROW(compile(kDecode, {1, 1, 1, 1}));
}

TEST_P(CompileForH200, EightGpus) {
  EXPECT_NO_THROW(compile(kPrefill, {2, 2, 2, 1}));
  EXPECT_NO_THROW(compile(kDecode, {2, 2, 2, 1}));
}

/// The first row of each architecture: what its other rows vary makes no other programs.
std::vector<ModelCase> one_per_architecture() {
  std::vector<ModelCase> rows;
  for (const ModelCase& row : model_cases()) {
    const auto same = [&](const ModelCase& known) {
      return std::string_view(known.model_type) == row.model_type;
    };
    if (std::ranges::none_of(rows, same)) rows.push_back(row);
  }
  return rows;
}

INSTANTIATE_TEST_SUITE_P(Architectures, CompileForH200, testing::ValuesIn(one_per_architecture()),
                         [](const testing::TestParamInfo<ModelCase>& row) {
                           return std::string(row.param.model_type);
                         });

}  // namespace
}  // namespace easydel::model_test
#endif
