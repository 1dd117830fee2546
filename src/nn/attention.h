// Self-attention with rotary positions, grouped heads and a key-value cache.
//
//   Attention attention(AttentionOptions::from(c), scope / "self_attn");
//   x = x + attention.forward(norm.forward(x), layer, step);
#pragma once

#include <optional>

#include "nn/decoder_config.h"
#include "nn/layers.h"
#include "nn/step.h"

namespace easydel::nn {

struct AttentionOptions {
  int64_t hidden_size = 0;
  int64_t heads = 0;
  int64_t kv_heads = 0;
  int64_t head_dim = 0;
  bool qkv_bias = false;
  bool output_bias = false;
  bool qk_norm = false;        ///< RMS norm of each query and key head before the rotation (Qwen3)
  double norm_epsilon = 1e-6;  ///< of qk_norm
  int64_t sliding_window = 0;  ///< keys that a query sees, itself included; 0: all
  double stddev = 0.02;        ///< of the initializer
  RopeOptions rope;

  /// Llama's: the config's attention_bias on all four projections.
  static AttentionOptions from(const DecoderConfig& c);
};

class Attention {
 public:
  Attention(const AttentionOptions& options, const Scope& scope);
  /// x [batch, seq, hidden] -> [batch, seq, hidden]; updates the step's cache of `layer`.
  Value forward(Value x, int64_t layer, Step& step) const;

 private:
  Value split_heads(Value x, int64_t heads) const;

  AttentionOptions options_;
  Linear query_, key_, value_, output_;
  std::optional<RmsNorm> query_norm_, key_norm_;
};

}  // namespace easydel::nn
