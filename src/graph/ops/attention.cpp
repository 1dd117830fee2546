#include "graph/ops/attention.h"

#include <limits>

#include "base/format.h"
#include "graph/ops/elementwise.h"
#include "graph/ops/matmul.h"
#include "graph/ops/movement.h"
#include "graph/ops/normalization.h"
#include "graph/ops/reduce.h"

namespace easydel {
namespace {

std::vector<Shape> infer_rope(const OpCall& call) {
  call.expect_inputs(3);
  const Shape& x = call.inputs[0];
  const Shape& cos = call.inputs[1];
  if (x.rank() != 4 || !is_float(x.dtype())) call.fail("x must be float [batch, seq, heads, head_dim]");
  if (cos != call.inputs[2] || cos.dtype() != DType::kF32 || cos.rank() != 3)
    call.fail("cos and sin must be f32 [batch, seq, r]");
  if (cos.dim(0) != x.dim(0) || cos.dim(1) != x.dim(1)) call.fail("cos and x differ in batch or seq");
  if (2 * cos.dim(2) > x.dim(3)) call.fail("more angles than pairs of a head's elements");
  return {x};
}

/// Splits the rotated part into the first and second elements of its pairs.
std::pair<Value, Value> split_pairs(Value x, int64_t r, bool interleaved) {
  if (!interleaved) return {slice_axis(x, -1, 0, r), slice_axis(x, -1, r, 2 * r)};
  const Value pairs = reshape(x, {x.dim(0), x.dim(1), x.dim(2), r, 2});
  const auto element = [&](int64_t i) {
    return reshape(slice_axis(pairs, -1, i, i + 1), {x.dim(0), x.dim(1), x.dim(2), r});
  };
  return {element(0), element(1)};
}

Value join_pairs(Value first, Value second, bool interleaved) {
  if (!interleaved) return concatenate({first, second}, -1);
  const std::vector<int64_t> dims = {first.dim(0), first.dim(1), first.dim(2), first.dim(3), 1};
  return reshape(concatenate({reshape(first, dims), reshape(second, dims)}, -1),
                 {dims[0], dims[1], dims[2], 2 * dims[3]});
}

std::vector<Value> decompose_rope(Graph&, std::span<const Value> inputs, const Attributes& attributes) {
  const bool interleaved = attributes.get<bool>("interleaved");
  const Value x = convert(inputs[0], DType::kF32);
  const int64_t r = inputs[1].dim(2);
  const std::vector<int64_t> per_head = {x.dim(0), x.dim(1), 1, r};
  const Value cos = reshape(inputs[1], per_head);
  const Value sin = reshape(inputs[2], per_head);
  const auto [first, second] = split_pairs(slice_axis(x, -1, 0, 2 * r), r, interleaved);
  Value y = join_pairs(first * cos - second * sin, second * cos + first * sin, interleaved);
  if (2 * r < x.dim(-1)) y = concatenate({y, slice_axis(x, -1, 2 * r, x.dim(-1))}, -1);
  return {convert(y, inputs[0].dtype())};
}

std::vector<Shape> infer_attention(const OpCall& call) {
  const bool has_mask = call.attributes.get<bool>("has_key_mask");
  const bool has_bias = call.attributes.get<bool>("has_bias");
  call.expect_inputs(size_t{4} + (has_mask ? 1 : 0) + (has_bias ? 1 : 0));
  const Shape& query = call.inputs[0];
  const Shape& key = call.inputs[1];
  const Shape& value = call.inputs[2];
  if (query.rank() != 4 || key.rank() != 4 || value.rank() != 4)
    call.fail("query, key and value must be [batch, length, heads, dim]");
  if (!is_float(query.dtype()) || !is_float(key.dtype()) || key.dtype() != value.dtype())
    call.fail("query must be a float, key and value floats of one dtype");
  if (query.dim(0) != key.dim(0) || key.dim(0) != value.dim(0)) call.fail("batch sizes differ");
  if (key.dim(1) != value.dim(1) || key.dim(2) != value.dim(2))
    call.fail("key and value differ in length or heads");
  if (query.dim(3) != key.dim(3)) call.fail("query and key differ in head_dim");
  if (key.dim(2) == 0 || query.dim(2) % key.dim(2) != 0) call.fail("key heads must divide the query heads");
  if (call.inputs[3] != Shape(DType::kI32, {})) call.fail("q_offset must be an i32 scalar");
  if (has_mask && call.inputs[4] != Shape(DType::kI32, {key.dim(0), key.dim(1)}))
    call.fail("key_mask must be i32 [batch, kv_len]");
  if (has_bias && call.inputs.back() != Shape(DType::kF32, {query.dim(2), query.dim(1), key.dim(1)}))
    call.fail("bias must be f32 [heads, q_len, kv_len]");
  return {query.with_dims({query.dim(0), query.dim(1), query.dim(2), value.dim(3)})};
}

/// bool [batch or 1, 1, 1, q_len, kv_len]: which keys each query sees.
Value visible_keys(Graph& graph, std::span<const Value> inputs, const Attributes& attributes) {
  const int64_t q_len = inputs[0].dim(1), kv_len = inputs[1].dim(1);
  const Shape grid(DType::kI32, {1, 1, 1, q_len, kv_len});
  const Value key_position = iota(graph, grid, 4);
  const Value query_position = iota(graph, grid, 3) + inputs[3];
  Value visible = compare(key_position, key_position, CompareDirection::kEq);
  if (attributes.get<bool>("causal"))
    visible = logical_and(visible, compare(key_position, query_position, CompareDirection::kLe));
  if (const int64_t window = attributes.get<int64_t>("sliding_window"); window > 0) {
    const Value oldest = query_position - static_cast<double>(window);
    visible = logical_and(visible, compare(key_position, oldest, CompareDirection::kGt));
  }
  if (attributes.get<bool>("has_key_mask")) {
    const Value mask = reshape(inputs[4], {inputs[4].dim(0), 1, 1, 1, kv_len});
    visible = logical_and(visible, compare(mask, full_like(mask, 0), CompareDirection::kNe));
  }
  return visible;
}

/// `factor` on the diagonal of f32 [size, size].
Value diagonal(Graph& graph, int64_t size, double factor) {
  const Shape square(DType::kI32, {size, size});
  const Value is_diagonal = compare(iota(graph, square, 0), iota(graph, square, 1), CompareDirection::kEq);
  return convert(is_diagonal, DType::kF32) * factor;
}

/// f32 [batch, kv_heads, group, q_len, kv_len]: scale * query . key, of queries [batch, q_len, kv_heads, group, dim] and
/// keys [batch, kv_len, kv_heads, dim].
Value score_keys(Graph& graph, Value query, Value key, double scale) {
  const int64_t batch = key.dim(0), kv_len = key.dim(1), kv_heads = key.dim(2), dim = key.dim(3);
  if (query.dim(1) == 1) {
    // As a dot's result the query lies in memory; else XLA computes its rotation again for every key.
    const Value scaled =
        dot_general(query, diagonal(graph, dim, scale), {.lhs_contract = {4}, .rhs_contract = {0}});
    const Value products = scaled * reshape(key, {batch, kv_len, kv_heads, 1, dim});
    const Value scores = transpose(reduce_axis(products, ReduceKind::kSum, -1), {0, 2, 3, 1});
    return reshape(scores, {batch, kv_heads, query.dim(3), 1, kv_len});
  }
  const DotDims by_dim{.lhs_batch = {0, 2}, .rhs_batch = {0, 2}, .lhs_contract = {4}, .rhs_contract = {3}};
  // [batch, kv_heads, q_len, group, kv_len] -> [batch, kv_heads, group, q_len, kv_len]
  return transpose(dot_general(query, key, by_dim), {0, 1, 3, 2, 4}) * scale;
}

/// f32 [batch, q_len, kv_heads, group, dim]: the values [batch, kv_len, kv_heads, dim] mixed by weights of the shape that
/// score_keys() gives.
Value mix_values(Value weights, Value value) {
  const int64_t batch = value.dim(0), kv_len = value.dim(1), kv_heads = value.dim(2), dim = value.dim(3);
  const int64_t group = weights.dim(2);
  if (weights.dim(3) == 1) {
    const Value by_key = transpose(reshape(weights, {batch, kv_heads, group, kv_len}), {0, 3, 1, 2});
    const Value products = reshape(by_key, {batch, kv_len, kv_heads, group, 1}) *
                           reshape(value, {batch, kv_len, kv_heads, 1, dim});
    return reduce_axis(products, ReduceKind::kSum, 1, /*keep=*/true);
  }
  const DotDims by_key{.lhs_batch = {0, 1}, .rhs_batch = {0, 2}, .lhs_contract = {4}, .rhs_contract = {1}};
  return transpose(dot_general(weights, value, by_key), {0, 3, 1, 2, 4});
}

// With one query, as in decoding, both products are sums of element-wise products, which read the cache once as it lies:
// for a dot that is batched over heads XLA's CPU backend first copies the whole cache with its axes reordered.
std::vector<Value> decompose_attention(Graph& graph, std::span<const Value> inputs,
                                       const Attributes& attributes) {
  const Value query = convert(inputs[0], DType::kF32);
  const Value key = convert(inputs[1], DType::kF32);
  const Value value = convert(inputs[2], DType::kF32);
  const int64_t batch = query.dim(0), q_len = query.dim(1), heads = query.dim(2);
  const int64_t kv_heads = key.dim(2), group = heads / kv_heads;
  const Value grouped = reshape(query, {batch, q_len, kv_heads, group, query.dim(3)});

  Value scores = score_keys(graph, grouped, key, attributes.get<double>("scale"));
  if (const double softcap = attributes.get<double>("logit_softcap"); softcap > 0)
    scores = tanh(scores / softcap) * softcap;
  if (attributes.get<bool>("has_bias"))
    scores = scores + reshape(inputs.back(), {1, kv_heads, group, q_len, key.dim(1)});
  const Value hidden = full_like(scores, -std::numeric_limits<double>::infinity());
  const Value weights = softmax(select(visible_keys(graph, inputs, attributes), scores, hidden));
  const Value mixed = reshape(mix_values(weights, value), {batch, q_len, heads, value.dim(3)});
  return {convert(mixed, inputs[0].dtype())};
}

}  // namespace

constinit const OpInfo kRopeOp{.name = "rope", .infer = infer_rope, .decompose = decompose_rope};
constinit const OpInfo kAttentionOp{
    .name = "attention", .infer = infer_attention, .decompose = decompose_attention};

std::span<const OpInfo* const> attention_ops() {
  static constexpr const OpInfo* kOps[] = {&kRopeOp, &kAttentionOp};
  return kOps;
}

Value rope(Value x, Value cos, Value sin, bool interleaved) {
  return x.graph().add(kRopeOp, {x, cos, sin}, {{"interleaved", interleaved}});
}

Value attention(Value query, Value key, Value value, Value q_offset, Value key_mask,
                const AttentionAttributes& attributes, Value bias) {
  std::vector<Value> operands = {query, key, value, q_offset};
  if (key_mask) operands.push_back(key_mask);
  if (bias) operands.push_back(bias);
  return query.graph().add(kAttentionOp, operands,
                           {{"scale", attributes.scale},
                            {"causal", attributes.causal},
                            {"sliding_window", attributes.sliding_window},
                            {"logit_softcap", attributes.logit_softcap},
                            {"has_key_mask", static_cast<bool>(key_mask)},
                            {"has_bias", static_cast<bool>(bias)}});
}

}  // namespace easydel
