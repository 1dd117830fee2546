// Rotary position embedding and scaled dot-product attention over a cache.
#pragma once

#include <optional>

#include "graph/graph.h"

namespace easydel {

extern const OpInfo kRopeOp, kAttentionOp, kQuantizeRowsOp;

/// Composite. Rotates pairs of the first 2*r elements of each head by the angles of cos/sin; the rest passes
/// through. x [batch, seq, heads, head_dim]; cos, sin f32 [batch, seq, r], r <= head_dim / 2. Pairs are (i, i
/// + r) (Llama), or (2i, 2i + 1) when `interleaved` (GPT-J). Su et al. 2021, arXiv:2104.09864.
Value rope(Value x, Value cos, Value sin, bool interleaved = false);

struct AttentionAttributes {
  double scale = 1.0;          ///< multiplies q . k
  bool causal = true;          ///< query i sees keys j <= q_offset + i
  int64_t sliding_window = 0;  ///< > 0: query i sees keys j > q_offset + i - window
  double logit_softcap = 0.0;  ///< > 0: softcap * tanh(score / softcap)
};

/// What quantize_rows() gives.
struct QuantizedRows {
  Value codes, scales;
};
/// Composite. The numbers of the last axis as codes of int8 that share a scale: x float [..., n] -> codes i8 [..., n] and
/// scales f32 [..., 1]. The scale is the greatest magnitude times 1/127, the code x / scale to the nearest, ties to even, and an
/// error at most scale / 2. A row of zeros has scale 0.
QuantizedRows quantize_rows(Value x);

/// Of keys and values that are codes: f32 [batch, kv_len, kv_heads, 1], by which they are multiplied.
struct AttentionScales {
  Value key, value;
};

/// Composite. Scaled dot-product attention with grouped heads.
///   query [batch, q_len, heads, head_dim], key [batch, kv_len, kv_heads, head_dim], value [batch, kv_len,
///   kv_heads, value_dim]; query head h reads key head h / (heads / kv_heads). Key and value may be of
///   another float dtype or, with scales, i8. q_offset: i32 scalar, the position in the key axis of query 0 (the number of cached
///   tokens). key_mask: i32 [batch, kv_len], 0 hides a key (padding); absent: all visible. bias: f32 [heads, q_len,
///   kv_len], added to the scores after scale and soft cap; absent: none.
/// Returns [batch, q_len, heads, value_dim] of query's dtype. A query that sees no key gives zeros. When
/// causal, keys past q_offset + q_len are never read.
Value attention(Value query, Value key, Value value, Value q_offset, Value key_mask,
                const AttentionAttributes& attributes, Value bias = {}, const AttentionScales& scales = {});

}  // namespace easydel
