// Attention: self-attention with grouped heads, rotary positions and a key-value cache.
//
//   AttentionOptions options = AttentionOptions::from(decoder_config, /*layer=*/0);
//   Attention attention(options, scope / "self_attn");
//   x = x + attention.forward(norm.forward(x), step);   // [batch, seq, hidden]
//
// attend() is what is left of it for models that make queries, keys and values in another way.
#pragma once

#include <optional>

#include "graph/ops/attention.h"
#include "nn/decoder_config.h"
#include "nn/linear.h"
#include "nn/module.h"
#include "nn/norm.h"
#include "nn/rotary.h"

namespace easydel::nn {

/// query [batch, seq, heads, head_dim], key and value [batch, seq, kv_heads, head_dim] of this step -> [batch, seq, heads *
/// head_dim]. With step.cache, keys and values are written to the layer's entry from step.cache_offset on, and queries
/// see the cache; without, they see this step's keys. `bias`, f32 [heads, seq, key length], is added to the scores.
Value attend(Value query, Value key, Value value, int64_t layer, const AttentionAttributes& attributes,
             Step& step, Value bias = {});
/// As attend(), over an encoder's keys and values [batch, source, kv_heads, head_dim], which step.source_mask may hide.
Value attend_source(Value query, const LayerCache& source, const AttentionAttributes& attributes, Step& step);

struct AttentionOptions {
  int64_t layer = 0;  ///< its index: which cache entry is this layer's
  int64_t hidden_size = 0, heads = 0, kv_heads = 0, head_dim = 0;
  bool qkv_bias = false, output_bias = false;
  std::optional<double> qk_norm_epsilon;  ///< set: RMS norms over head_dim of queries and keys (Qwen 3)
  int64_t sliding_window = 0;             ///< > 0: how many positions a query sees, its own included
  double scale = 0.0;                     ///< of the scores; 0 stands for head_dim^-0.5
  double logit_softcap = 0.0;             ///< > 0: softcap * tanh(score / softcap)
  RotaryOptions rotary;
  double stddev = 0.02;

  static AttentionOptions from(const DecoderConfig& config, int64_t layer);
};

class Attention {
 public:
  Attention(const AttentionOptions& options, const Scope& scope);

  /// x [batch, seq, hidden] at step.position_ids.
  Value forward(Value x, Step& step) const;

  CacheLayout cache_layout() const;

 private:
  AttentionOptions options_;
  Linear query_, key_, value_, output_;
  std::optional<RmsNorm> query_norm_, key_norm_;
  Rotary rotary_;
};

}  // namespace easydel::nn
