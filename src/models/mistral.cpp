// Mistral: Llama with a sliding window on every layer and without biases. Jiang et al. 2023,
// arXiv:2310.06825.
#include "models/registry/registry.h"
#include "nn/decoder.h"
#include "nn/pre_norm_block.h"

namespace easydel {
namespace {

std::unique_ptr<nn::CausalLM> make_mistral(const EDPretrainedConfig& config) {
  auto c = nn::DecoderConfig::from(config);
  c.attention_bias = c.mlp_bias = false;
  // A key that is there and null means no window; Transformers' default for a missing key is 4096.
  const bool unlimited = !config.has("sliding_window") && config.has_key("sliding_window");
  const int64_t window = unlimited ? 0 : config.integer("sliding_window", 4096, 1);
  return std::make_unique<nn::DecoderLM<nn::PreNormBlock>>(c, [&](int64_t, const nn::Scope& scope) {
    auto attention = nn::AttentionOptions::from(c);
    attention.sliding_window = window;
    return nn::PreNormBlock(c, attention, nn::GatedMlpOptions::from(c), scope);
  });
}

}  // namespace

void register_mistral(ModelRegistry& registry) {
  registry.add("mistral", {.architecture = "MistralForCausalLM", .make = make_mistral});
}

}  // namespace easydel
