// Qwen 2 and 2.5 (Yang et al. 2024, arXiv:2407.10671): Llama's block with biases on queries, keys and values, and
// windows on some layers.
#include "models/registry.h"
#include "nn/decoder.h"

namespace easydel {
namespace {

constexpr nn::DecoderDefaults kDefaults{.kv_heads = 32, .max_position_embeddings = 32768};

std::unique_ptr<nn::CausalLM> make_qwen2(const EDPretrainedConfig& config) {
  auto c = nn::DecoderConfig::from(config, kDefaults);
  c.mlp_bias = false;
  c.sliding_windows = nn::windows_by_layer(config, c.layers);
  return std::make_unique<nn::Decoder>(c, [&](int64_t layer) {
    auto block = nn::BlockOptions::from(c, layer);
    block.attention.qkv_bias = true;
    block.attention.output_bias = false;
    return block;
  });
}

}  // namespace

void register_qwen2(ModelRegistry& registry) {
  registry.add({.model_type = "qwen2", .architecture = "Qwen2ForCausalLM", .make = make_qwen2});
}

}  // namespace easydel
