#include "nn/attention.h"

#include <cmath>

namespace easydel::nn {
namespace {

/// Writes this step's keys or values [batch, seq, kv_heads, dim] behind those that the cache holds.
Value append(Value cache, Value fresh, Value offset) {
  const Value zero = scalar(cache.graph(), 0, DType::kI32);
  return dynamic_update_slice(cache, convert(fresh, cache.dtype()),
                              std::vector<Value>{zero, offset, zero, zero});
}

}  // namespace

AttentionOptions AttentionOptions::from(const DecoderConfig& c) {
  return {.hidden_size = c.hidden_size,
          .heads = c.heads,
          .kv_heads = c.kv_heads,
          .head_dim = c.head_dim,
          .qkv_bias = c.attention_bias,
          .output_bias = c.attention_bias,
          .norm_epsilon = c.rms_norm_eps,
          .stddev = c.initializer_range,
          .rope = c.rope};
}

Attention::Attention(const AttentionOptions& o, const Scope& scope)
    : options_(o),
      query_(o.hidden_size, o.heads * o.head_dim, {.bias = o.qkv_bias, .stddev = o.stddev}, scope / "q_proj"),
      key_(o.hidden_size, o.kv_heads * o.head_dim, {.bias = o.qkv_bias, .stddev = o.stddev},
           scope / "k_proj"),
      value_(o.hidden_size, o.kv_heads * o.head_dim, {.bias = o.qkv_bias, .stddev = o.stddev},
             scope / "v_proj"),
      output_(o.heads * o.head_dim, o.hidden_size, {.bias = o.output_bias, .stddev = o.stddev},
              scope / "o_proj") {
  if (o.qk_norm) {
    query_norm_.emplace(o.head_dim, o.norm_epsilon, scope / "q_norm");
    key_norm_.emplace(o.head_dim, o.norm_epsilon, scope / "k_norm");
  }
}

Value Attention::split_heads(Value x, int64_t heads) const {
  return reshape(x, {x.dim(0), x.dim(1), heads, options_.head_dim});
}

Value Attention::forward(Value x, int64_t layer, Step& step) const {
  Value query = split_heads(query_.forward(x), options_.heads);
  Value key = split_heads(key_.forward(x), options_.kv_heads);
  Value value = split_heads(value_.forward(x), options_.kv_heads);
  if (query_norm_) {
    query = query_norm_->forward(query);
    key = key_norm_->forward(key);
  }
  const auto [cos, sin] = rotary_tables(options_.rope, step);
  query = rope(query, cos, sin);
  key = rope(key, cos, sin);
  if (step.cache != nullptr) {
    LayerCache& cache = (*step.cache)[static_cast<size_t>(layer)];
    key = cache.key = append(cache.key, key, step.cache_offset);
    value = cache.value = append(cache.value, value, step.cache_offset);
  }
  const Value mixed = attention(query, key, value, step.cache_offset, step.key_mask,
                                {.scale = 1.0 / std::sqrt(static_cast<double>(options_.head_dim)),
                                 .sliding_window = options_.sliding_window});
  return output_.forward(reshape(mixed, {x.dim(0), x.dim(1), options_.heads * options_.head_dim}));
}

}  // namespace easydel::nn
