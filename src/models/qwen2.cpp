// Qwen2: Llama with biases on query, key and value, and a sliding window on the upper layers if asked for.
// Yang et al. 2024, arXiv:2407.10671.
#include "models/registry/registry.h"
#include "nn/decoder.h"
#include "nn/pre_norm_block.h"

namespace easydel {
namespace {

std::unique_ptr<nn::CausalLM> make_qwen2(const EDPretrainedConfig& config) {
  auto c = nn::DecoderConfig::from(config);
  c.mlp_bias = false;
  const auto windows = nn::sliding_windows(config, c.layers);
  return std::make_unique<nn::DecoderLM<nn::PreNormBlock>>(c, [&](int64_t layer, const nn::Scope& scope) {
    auto attention = nn::AttentionOptions::from(c);
    attention.qkv_bias = true;
    attention.output_bias = false;
    attention.sliding_window = windows[static_cast<size_t>(layer)];
    return nn::PreNormBlock(c, attention, nn::GatedMlpOptions::from(c), scope);
  });
}

}  // namespace

void register_qwen2(ModelRegistry& registry) {
  registry.add("qwen2", {.architecture = "Qwen2ForCausalLM", .make = make_qwen2});
}

}  // namespace easydel
