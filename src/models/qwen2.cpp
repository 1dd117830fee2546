// Qwen 2 and 2.5 (Yang et al. 2024, arXiv:2407.10671): Llama's block with biases on queries, keys and values, and
// windows on some layers.
#include "models/registry.h"
#include "nn/decoder.h"
#include "nn/llama_block.h"
#include "nn/partition_rules.h"

namespace easydel {
namespace {

constexpr nn::DecoderDefaults kDefaults{.kv_heads = 32, .max_position_embeddings = 32768};

std::unique_ptr<nn::Module> make_qwen2(const EDPretrainedConfig& config, ModelTask task) {
  auto c = nn::DecoderConfig::from(config, kDefaults);
  c.mlp_bias = false;
  c.sliding_windows = nn::windows_by_layer(config, c.layers);
  return std::make_unique<nn::Decoder>(c, task, [&](int64_t layer, const nn::Scope& scope) {
    auto block = nn::LlamaBlockOptions::from(c, layer);
    block.attention.qkv_bias = true;
    block.attention.output_bias = false;
    return std::make_unique<nn::LlamaBlock>(block, scope);
  });
}

// As Llama's, but embedding and head are split along both axes in either set.
PartitionRules partition_rules(bool fully_sharded) {
  const nn::DecoderRuleSpecs both_axes = nn::tensor_parallel_specs();
  nn::DecoderRuleSpecs specs = fully_sharded ? nn::fully_sharded_specs() : both_axes;
  specs.embedding = both_axes.embedding;
  specs.head = both_axes.head;
  if (!fully_sharded) specs.attention_output = {{"tp"}, {"fsdp", "sp"}};
  return nn::decoder_partition_rules(specs);
}

}  // namespace

void register_qwen2(ModelRegistry& registry) {
  registry.add({.model_type = "qwen2",
                .classes = decoder_classes("Qwen2"),
                .make = make_qwen2,
                .partition_rules = partition_rules});
}

}  // namespace easydel
