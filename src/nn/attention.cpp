#include "nn/attention.h"

#include <cmath>

#include "graph/ops.h"

namespace easydel::nn {
namespace {

/// Writes this step's keys or values, [batch, seq, kv_heads, dim], into the cache.
Value append(Value cache, Value update, Value offset) {
  const Value zero = scalar(cache.graph(), 0, DType::kI32);
  const Value starts[] = {zero, offset, zero, zero};
  return dynamic_update_slice(cache, convert(update, cache.dtype()), starts);
}

/// As append(), into a cache of codes and scales.
void append_quantized(Value& codes, Value& scales, Value update, Value offset) {
  const QuantizedRows rows = quantize_rows(update);
  codes = append(codes, rows.codes, offset);
  scales = append(scales, rows.scales, offset);
}

/// [batch, seq, heads, dim] -> [batch, seq, heads * dim].
Value join_heads(Value mixed, Step& step) {
  if (step.sharding != nullptr && step.sharding->shard_attention_computation)
    mixed = step.constrain_queries(mixed);
  return reshape(mixed, {mixed.dim(0), mixed.dim(1), mixed.dim(2) * mixed.dim(3)});
}

}  // namespace

Value attend(Value query, Value key, Value value, int64_t layer, const AttentionAttributes& attributes,
             Step& step, Value bias) {
  query = step.constrain_queries(query);
  key = step.constrain_keys(key);
  value = step.constrain_keys(value);
  AttentionScales scales;
  if (step.cache != nullptr) {
    LayerCache& cache = step.cache->at(static_cast<size_t>(layer));
    if (cache.key_scale) {
      append_quantized(cache.key, cache.key_scale, key, step.cache_offset);
      append_quantized(cache.value, cache.value_scale, value, step.cache_offset);
    } else {
      cache.key = append(cache.key, key, step.cache_offset);
      cache.value = append(cache.value, value, step.cache_offset);
    }
    key = cache.key;
    value = cache.value;
    scales = {cache.key_scale, cache.value_scale};
  }
  return join_heads(attention(query, key, value, step.cache_offset, step.key_mask, attributes, bias, scales),
                    step);
}

Value attend_source(Value query, const LayerCache& source, const AttentionAttributes& attributes,
                    Step& step) {
  const Value offset = scalar(step.graph, 0, DType::kI32);
  return join_heads(attention(step.constrain_queries(query), source.key, source.value, offset,
                              step.source_mask, attributes),
                    step);
}

AttentionOptions AttentionOptions::from(const DecoderConfig& config, int64_t layer) {
  return {.layer = layer,
          .hidden_size = config.hidden_size,
          .heads = config.heads,
          .kv_heads = config.kv_heads,
          .head_dim = config.head_dim,
          .qkv_bias = config.attention_bias,
          .output_bias = config.attention_bias,
          .sliding_window = config.sliding_windows[static_cast<size_t>(layer)],
          .rotary = config.rotary,
          .stddev = config.initializer_range};
}

Attention::Attention(const AttentionOptions& o, const Scope& scope)
    : options_(o),
      query_({o.hidden_size, o.heads * o.head_dim, o.qkv_bias, o.stddev}, scope / "q_proj"),
      key_({o.hidden_size, o.kv_heads * o.head_dim, o.qkv_bias, o.stddev}, scope / "k_proj"),
      value_({o.hidden_size, o.kv_heads * o.head_dim, o.qkv_bias, o.stddev}, scope / "v_proj"),
      output_({o.heads * o.head_dim, o.hidden_size, o.output_bias, o.stddev}, scope / "o_proj"),
      rotary_(o.rotary) {
  if (!o.qk_norm_epsilon) return;
  query_norm_.emplace(NormOptions{o.head_dim, *o.qk_norm_epsilon}, scope / "q_norm");
  key_norm_.emplace(NormOptions{o.head_dim, *o.qk_norm_epsilon}, scope / "k_norm");
}

Value Attention::forward(Value x, Step& step) const {
  const int64_t batch = x.dim(0), length = x.dim(1), head_dim = options_.head_dim;
  Value query = reshape(query_.forward(x), {batch, length, options_.heads, head_dim});
  Value key = reshape(key_.forward(x), {batch, length, options_.kv_heads, head_dim});
  Value value = reshape(value_.forward(x), {batch, length, options_.kv_heads, head_dim});
  if (query_norm_) query = query_norm_->forward(query);
  if (key_norm_) key = key_norm_->forward(key);
  query = rotary_.forward(query, step);
  key = rotary_.forward(key, step);
  const AttentionAttributes attributes{
      .scale = options_.scale > 0 ? options_.scale : 1.0 / std::sqrt(static_cast<double>(head_dim)),
      .sliding_window = options_.sliding_window,
      .logit_softcap = options_.logit_softcap};
  return output_.forward(attend(query, key, value, options_.layer, attributes, step));
}

CacheLayout Attention::cache_layout() const {
  return {.kv_heads = options_.kv_heads,
          .key_dim = options_.head_dim,
          .value_dim = options_.head_dim,
          .heads = options_.heads,
          .query_weight = query_.parameter_name()};
}

}  // namespace easydel::nn
