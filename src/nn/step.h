// Step: what every layer sees while one forward pass is traced: positions, mask, cache, and what to record.
//
//   Step step{.graph = graph, .position_ids = positions, .cache_offset = offset, .cache = &cache};
//   Value hidden = model.forward(input_ids, step);
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "easydel/sharding.h"
#include "graph/graph.h"
#include "graph/ops/movement.h"

namespace easydel::nn {

/// The keys and values of one layer while tracing, [batch, capacity, kv_heads, head_dim]; attention layers
/// replace them by the updated values. With scales [batch, capacity, kv_heads, 1] they are codes of int8.
struct LayerCache {
  Value key, value;
  Value key_scale, value_scale;
};

/// Which mesh axes the dimensions of activations are split over.
struct ActivationSharding {
  PartitionAxis axis;
  bool shard_attention_computation = true;  ///< also attention's result before its projection
};

struct Step {
  Graph& graph;
  DType activation_dtype = DType::kF32;
  Value position_ids;  ///< i32 [batch, seq]; -1 for left padding
  /// i32 [batch]: each row's greatest position + 1 over the whole text that is being fed, of which this step
  /// may be a piece; absent: the step is the whole.
  Value text_lengths;
  Value key_mask;  ///< i32 [batch, key length], 0 hides a key; may be absent
  /// i32 scalar: how many positions the cache holds before this step; a constant 0 without cache.
  Value cache_offset;
  Value token_type_ids;  ///< i32 [batch, seq]; absent: all of kind 0
  /// Of a decoder that attends to an encoder: the encoder's hidden states [batch, source, hidden], or what
  /// Encoder::cross_keys() made of them, one entry per layer; and a mask, i32 [batch, source], which may be absent.
  Value source_states;
  const std::vector<LayerCache>* source_keys = nullptr;
  Value source_mask;
  /// f32 [heads, seq, key length], added to the scores of each layer's attention; may be absent.
  Value position_bias;
  /// One entry per layer, or null: attend to this step's keys only.
  std::vector<LayerCache>* cache = nullptr;

  bool record_hidden_states = false;
  /// Embeddings, then each layer's output; the last one after the final norm.
  std::vector<Value> hidden_states;
  /// Adds x to them where that is asked for; returns it.
  Value record(Value x) {
    if (record_hidden_states) hidden_states.push_back(x);
    return x;
  }

  /// Tokens of a sequence whose feed-forward layer is computed at a time; 0: all.
  int64_t mlp_chunk_size = 0;
  bool record_router_logits = false;
  std::vector<Value> router_logits;  ///< of each layer with experts, f32 [batch, seq, experts]

  const ActivationSharding* sharding = nullptr;  ///< null: nothing is said about layouts

  /// layer(x) in chunks of the sequence, so that what it computes between [batch, seq, hidden] and the same stays small:
  /// for layers that treat each token alone.
  template <typename Layer>
  Value in_chunks(Value x, const Layer& layer) const {
    if (mlp_chunk_size == 0 || x.dim(1) <= mlp_chunk_size) return layer(x);
    std::vector<Value> parts;
    for (int64_t begin = 0; begin < x.dim(1); begin += mlp_chunk_size)
      parts.push_back(layer(slice_axis(x, 1, begin, std::min(begin + mlp_chunk_size, x.dim(1)))));
    return concatenate(parts, 1);
  }

  /// Lays the residual stream [batch, seq, hidden] out by rows and sequence.
  Value constrain_tokens(Value x) const;
  /// Lays queries [batch, seq, heads, head_dim] out by rows, sequence and heads.
  Value constrain_queries(Value x) const;
  /// As constrain_queries(), for keys and values of this step, whose sequence every device needs whole.
  Value constrain_keys(Value x) const;

  /// cos and sin tables that layers share, by the options that made them (see nn/rotary.h).
  std::map<std::string, std::pair<Value, Value>> rotary_tables;
};

}  // namespace easydel::nn
