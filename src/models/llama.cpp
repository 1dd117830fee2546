// Llama: pre-norm blocks, grouped heads, rotary positions, gated MLP, no biases unless asked for.
// Touvron et al. 2023, arXiv:2302.13971; Llama 3: arXiv:2407.21783.
#include "models/registry/registry.h"
#include "nn/decoder.h"
#include "nn/pre_norm_block.h"

namespace easydel {
namespace {

std::unique_ptr<nn::CausalLM> make_llama(const EDPretrainedConfig& config) {
  const auto c = nn::DecoderConfig::from(config);
  return std::make_unique<nn::DecoderLM<nn::PreNormBlock>>(c, [&](int64_t, const nn::Scope& scope) {
    return nn::PreNormBlock(c, nn::AttentionOptions::from(c), nn::GatedMlpOptions::from(c), scope);
  });
}

}  // namespace

void register_llama(ModelRegistry& registry) {
  registry.add("llama", {.architecture = "LlamaForCausalLM", .make = make_llama});
}

}  // namespace easydel
