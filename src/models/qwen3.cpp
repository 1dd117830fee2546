// Qwen3: Llama with a norm on each query and key head, and a sliding window on the upper layers if asked for.
// Yang et al. 2025, arXiv:2505.09388.
#include "models/registry/registry.h"
#include "nn/decoder.h"
#include "nn/pre_norm_block.h"

namespace easydel {
namespace {

std::unique_ptr<nn::CausalLM> make_qwen3(const EDPretrainedConfig& config) {
  auto c = nn::DecoderConfig::from(config, /*default_head_dim=*/128);
  c.mlp_bias = false;
  const auto windows = nn::sliding_windows(config, c.layers);
  return std::make_unique<nn::DecoderLM<nn::PreNormBlock>>(c, [&](int64_t layer, const nn::Scope& scope) {
    auto attention = nn::AttentionOptions::from(c);
    attention.qk_norm = true;
    attention.sliding_window = windows[static_cast<size_t>(layer)];
    return nn::PreNormBlock(c, attention, nn::GatedMlpOptions::from(c), scope);
  });
}

}  // namespace

void register_qwen3(ModelRegistry& registry) {
  registry.add("qwen3", {.architecture = "Qwen3ForCausalLM", .make = make_qwen3});
}

}  // namespace easydel
