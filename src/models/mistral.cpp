// Mistral 7B (Jiang et al. 2023, arXiv:2310.06825): Llama's block with a sliding window on every layer, no biases.
#include "models/registry.h"
#include "nn/decoder.h"
#include "nn/partition_rules.h"

namespace easydel {
namespace {

constexpr nn::DecoderDefaults kDefaults{
    .kv_heads = 8, .max_position_embeddings = 131072, .sliding_window = 4096};

std::unique_ptr<nn::Module> make_mistral(const EDPretrainedConfig& config, ModelTask task) {
  auto c = nn::DecoderConfig::from(config, kDefaults);
  c.attention_bias = c.mlp_bias = false;
  c.sliding_windows = nn::uniform_windows(config, c.layers, kDefaults.sliding_window);
  return std::make_unique<nn::Decoder>(c, task);
}

// EasyDeL's two sets are alike.
PartitionRules partition_rules(bool /*fully_sharded*/) {
  return nn::decoder_partition_rules(nn::fully_sharded_specs());
}

}  // namespace

void register_mistral(ModelRegistry& registry) {
  registry.add({.model_type = "mistral",
                .classes = decoder_classes("Mistral"),
                .make = make_mistral,
                .partition_rules = partition_rules});
}

}  // namespace easydel
