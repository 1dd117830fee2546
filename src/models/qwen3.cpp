// Qwen 3 (Yang et al. 2025, arXiv:2505.09388): queries and keys are normalized over head_dim before they rotate, and
// head_dim is a size of its own.
#include "models/registry.h"
#include "nn/decoder.h"
#include "nn/llama_block.h"
#include "nn/partition_rules.h"

namespace easydel {
namespace {

constexpr nn::DecoderDefaults kDefaults{.kv_heads = 32, .head_dim = 128, .max_position_embeddings = 32768};

std::unique_ptr<nn::Module> make_qwen3(const EDPretrainedConfig& config, ModelTask task) {
  auto c = nn::DecoderConfig::from(config, kDefaults);
  c.mlp_bias = false;
  c.sliding_windows = nn::windows_by_layer(config, c.layers);
  return std::make_unique<nn::Decoder>(c, task, [&](int64_t layer, const nn::Scope& scope) {
    auto block = nn::LlamaBlockOptions::from(c, layer);
    block.attention.qk_norm_epsilon = c.rms_norm_eps;
    return std::make_unique<nn::LlamaBlock>(block, scope);
  });
}

// Llama's sets, and head norms, which are small, whole on every device.
PartitionRules partition_rules(bool fully_sharded) {
  PartitionRules rules =
      nn::decoder_partition_rules(fully_sharded ? nn::fully_sharded_specs() : nn::tensor_parallel_specs());
  rules.insert(rules.begin(), {"(q_norm|k_norm)/kernel", {{}}});
  return rules;
}

}  // namespace

void register_qwen3(ModelRegistry& registry) {
  registry.add({.model_type = "qwen3",
                .classes = decoder_classes("Qwen3"),
                .make = make_qwen3,
                .partition_rules = partition_rules});
}

}  // namespace easydel
