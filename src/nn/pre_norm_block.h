// PreNormBlock: Llama's block, which most dense decoders share: x += attention(norm(x)); x += mlp(norm(x)).
#pragma once

#include "nn/attention.h"
#include "nn/layers.h"
#include "nn/mlp.h"

namespace easydel::nn {

class PreNormBlock {
 public:
  PreNormBlock(const DecoderConfig& c, const AttentionOptions& attention, const GatedMlpOptions& mlp,
               const Scope& s)
      : input_norm_(c.hidden_size, c.rms_norm_eps, s / "input_layernorm"),
        attention_(attention, s / "self_attn"),
        post_norm_(c.hidden_size, c.rms_norm_eps, s / "post_attention_layernorm"),
        mlp_(mlp, s / "mlp") {}

  /// x [batch, seq, hidden] -> the same.
  Value forward(Value x, int64_t layer, Step& step) const {
    x = x + attention_.forward(input_norm_.forward(x), layer, step);
    return x + mlp_.forward(post_norm_.forward(x));
  }

 private:
  RmsNorm input_norm_;
  Attention attention_;
  RmsNorm post_norm_;
  GatedMlp mlp_;
};

}  // namespace easydel::nn
