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

constexpr double kMaxCode = 127;

std::vector<Shape> infer_quantize_rows(const OpCall& call) {
  call.expect_inputs(1);
  const Shape& x = call.inputs[0];
  if (x.rank() < 1 || !is_float(x.dtype())) call.fail("x must be float [..., n]");
  std::vector<int64_t> dims(x.dims().begin(), x.dims().end());
  dims.back() = 1;
  return {x.with_dtype(DType::kI8), Shape(DType::kF32, dims)};
}

std::vector<Value> decompose_quantize_rows(Graph&, std::span<const Value> inputs, const Attributes&) {
  const Value x = convert(inputs[0], DType::kF32);
  const Value scales = reduce_axis(abs(x), ReduceKind::kMax, -1, /*keep=*/true) * (1.0 / kMaxCode);
  const Value zero = full_like(scales, 0);
  const Value inverse = select(compare(scales, zero, CompareDirection::kEq), zero, 1.0 / scales);
  return {convert(round_nearest_even(x * inverse), DType::kI8), scales};
}

std::vector<Shape> infer_attention(const OpCall& call) {
  const bool has_mask = call.attributes.get<bool>("has_key_mask");
  const bool has_bias = call.attributes.get<bool>("has_bias");
  const bool has_scales = call.attributes.get<bool>("has_scales");
  const size_t mask_index = has_scales ? 6 : 4;
  call.expect_inputs(mask_index + (has_mask ? 1 : 0) + (has_bias ? 1 : 0));
  const Shape& query = call.inputs[0];
  const Shape& key = call.inputs[1];
  const Shape& value = call.inputs[2];
  if (query.rank() != 4 || key.rank() != 4 || value.rank() != 4)
    call.fail("query, key and value must be [batch, length, heads, dim]");
  const bool is_known = has_scales ? key.dtype() == DType::kI8 : is_float(key.dtype());
  if (!is_float(query.dtype()) || !is_known || key.dtype() != value.dtype())
    call.fail("query must be a float, key and value floats of one dtype or, with scales, i8");
  if (query.dim(0) != key.dim(0) || key.dim(0) != value.dim(0)) call.fail("batch sizes differ");
  if (key.dim(1) != value.dim(1) || key.dim(2) != value.dim(2))
    call.fail("key and value differ in length or heads");
  if (query.dim(3) != key.dim(3)) call.fail("query and key differ in head_dim");
  if (key.dim(2) == 0 || query.dim(2) % key.dim(2) != 0) call.fail("key heads must divide the query heads");
  if (call.inputs[3] != Shape(DType::kI32, {})) call.fail("q_offset must be an i32 scalar");
  const Shape scale(DType::kF32, {key.dim(0), key.dim(1), key.dim(2), 1});
  if (has_scales && (call.inputs[4] != scale || call.inputs[5] != scale))
    call.fail("scales must be f32 [batch, kv_len, kv_heads, 1]");
  if (has_mask && call.inputs[mask_index] != Shape(DType::kI32, {key.dim(0), key.dim(1)}))
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
    const Value given = inputs[attributes.get<bool>("has_scales") ? 6 : 4];
    const Value mask = reshape(given, {given.dim(0), 1, 1, 1, kv_len});
    visible = logical_and(visible, compare(mask, full_like(mask, 0), CompareDirection::kNe));
  }
  return visible;
}

std::vector<Value> decompose_attention(Graph& graph, std::span<const Value> inputs,
                                       const Attributes& attributes) {
  const Value query = convert(inputs[0], DType::kF32);
  Value key = convert(inputs[1], DType::kF32);
  Value value = convert(inputs[2], DType::kF32);
  if (attributes.get<bool>("has_scales")) {
    key = key * inputs[4];
    value = value * inputs[5];
  }
  const int64_t batch = query.dim(0), q_len = query.dim(1), heads = query.dim(2);
  const int64_t kv_heads = key.dim(2), group = heads / kv_heads;
  const Value grouped = reshape(query, {batch, q_len, kv_heads, group, query.dim(3)});

  // [batch, kv_heads, q_len, group, kv_len] -> [batch, kv_heads, group, q_len, kv_len]
  const DotDims by_head_dim{
      .lhs_batch = {0, 2}, .rhs_batch = {0, 2}, .lhs_contract = {4}, .rhs_contract = {3}};
  Value scores =
      transpose(dot_general(grouped, key, by_head_dim), {0, 1, 3, 2, 4}) * attributes.get<double>("scale");
  if (const double softcap = attributes.get<double>("logit_softcap"); softcap > 0)
    scores = tanh(scores / softcap) * softcap;
  if (attributes.get<bool>("has_bias"))
    scores = scores + reshape(inputs.back(), {1, kv_heads, group, q_len, key.dim(1)});
  const Value hidden = full_like(scores, -std::numeric_limits<double>::infinity());
  const Value weights = softmax(select(visible_keys(graph, inputs, attributes), scores, hidden));

  const DotDims by_key{.lhs_batch = {0, 1}, .rhs_batch = {0, 2}, .lhs_contract = {4}, .rhs_contract = {1}};
  const Value mixed = transpose(dot_general(weights, value, by_key), {0, 3, 1, 2, 4});
  return {convert(reshape(mixed, {batch, q_len, heads, value.dim(3)}), inputs[0].dtype())};
}

}  // namespace

constinit const OpInfo kRopeOp{.name = "rope", .infer = infer_rope, .decompose = decompose_rope};
constinit const OpInfo kAttentionOp{
    .name = "attention", .infer = infer_attention, .decompose = decompose_attention};
constinit const OpInfo kQuantizeRowsOp{
    .name = "quantize_rows", .infer = infer_quantize_rows, .decompose = decompose_quantize_rows};

std::span<const OpInfo* const> attention_ops() {
  static constexpr const OpInfo* kOps[] = {&kRopeOp, &kAttentionOp, &kQuantizeRowsOp};
  return kOps;
}

Value rope(Value x, Value cos, Value sin, bool interleaved) {
  return x.graph().add(kRopeOp, {x, cos, sin}, {{"interleaved", interleaved}});
}

QuantizedRows quantize_rows(Value x) {
  const auto results = x.graph().add_multi(kQuantizeRowsOp, std::span<const Value>(&x, 1), {});
  return {results[0], results[1]};
}

Value attention(Value query, Value key, Value value, Value q_offset, Value key_mask,
                const AttentionAttributes& attributes, Value bias, const AttentionScales& scales) {
  std::vector<Value> operands = {query, key, value, q_offset};
  if (scales.key) operands.insert(operands.end(), {scales.key, scales.value});
  if (key_mask) operands.push_back(key_mask);
  if (bias) operands.push_back(bias);
  return query.graph().add(kAttentionOp, operands,
                           {{"scale", attributes.scale},
                            {"causal", attributes.causal},
                            {"sliding_window", attributes.sliding_window},
                            {"logit_softcap", attributes.logit_softcap},
                            {"has_key_mask", static_cast<bool>(key_mask)},
                            {"has_bias", static_cast<bool>(bias)},
                            {"has_scales", static_cast<bool>(scales.key)}});
}

}  // namespace easydel
