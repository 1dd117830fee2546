#include "nn/llama_block.h"

#include "graph/ops.h"

namespace easydel::nn {

LlamaBlockOptions LlamaBlockOptions::from(const DecoderConfig& config, int64_t layer) {
  return {.norm = {config.hidden_size, config.rms_norm_eps, config.norm_weight_from_one},
          .attention = AttentionOptions::from(config, layer),
          .mlp = {.hidden_size = config.hidden_size,
                  .intermediate_size = config.intermediate_size,
                  .activation = config.hidden_act,
                  .bias = config.mlp_bias,
                  .stddev = config.initializer_range}};
}

LlamaBlock::LlamaBlock(const LlamaBlockOptions& options, const Scope& scope)
    : input_norm_(options.norm, scope / "input_layernorm"),
      attention_(options.attention, scope / "self_attn"),
      post_attention_norm_(options.norm, scope / "post_attention_layernorm"),
      mlp_(options.mlp, scope / "mlp") {}

Value LlamaBlock::forward(Value x, Step& step) const {
  x = x + attention_.forward(input_norm_.forward(x), step);
  return x +
         step.in_chunks(post_attention_norm_.forward(x), [this](Value part) { return mlp_.forward(part); });
}

}  // namespace easydel::nn
