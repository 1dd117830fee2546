// LlamaBlock: x + attention(norm(x)), then x + mlp(norm(x)), with RMS norms and a gated MLP: the block of Llama and of most
// models after it.
//
//   LlamaBlockOptions options = LlamaBlockOptions::from(decoder_config, layer);
//   options.attention.qkv_bias = true;                                    // what a model has otherwise
//   auto block = std::make_unique<LlamaBlock>(options, scope);            // model.layers.<n>.self_attn.q_proj.weight
#pragma once

#include "nn/attention.h"
#include "nn/block.h"
#include "nn/gated_mlp.h"
#include "nn/norm.h"

namespace easydel::nn {

struct LlamaBlockOptions {
  NormOptions norm;
  AttentionOptions attention;
  GatedMlpOptions mlp;

  static LlamaBlockOptions from(const DecoderConfig& config, int64_t layer);
};

class LlamaBlock : public Block {
 public:
  LlamaBlock(const LlamaBlockOptions& options, const Scope& scope);
  Value forward(Value x, Step& step) const override;
  CacheLayout cache_layout() const override { return attention_.cache_layout(); }

 private:
  RmsNorm input_norm_;
  Attention attention_;
  RmsNorm post_attention_norm_;
  GatedMlp mlp_;
};

}  // namespace easydel::nn
