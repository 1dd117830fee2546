#include "nn/rotary.h"

#include "graph/ops.h"

namespace easydel::nn {
namespace {

/// f32 [1, 1, pairs].
Value per_pair(Graph& graph, const std::vector<float>& values) {
  return graph.constant(HostTensor::from<float>({1, 1, static_cast<int64_t>(values.size())}, values));
}

/// Each row's length: f32 [batch, 1, 1].
Value row_lengths(const Step& step) {
  if (step.text_lengths)
    return convert(reshape(step.text_lengths, {step.text_lengths.dim(0), 1, 1}), DType::kF32);
  const Value last = reduce_axis(step.position_ids, ReduceKind::kMax, 1, /*keep=*/true);
  return convert(reshape(last, {last.dim(0), 1, 1}), DType::kF32) + 1.0;
}

/// 1 / base^(2i / dim) with dynamic NTK's base: theta * stretch^(dim / (dim - 2)).
Value dynamic_frequencies(const RotaryOptions& o, const Step& step) {
  const auto most = static_cast<double>(o.max_position_embeddings), dim = static_cast<double>(o.rotary_dim);
  const Value length = row_lengths(step);
  const Value stretch = maximum(length, full_like(length, most)) * (o.factor / most) - (o.factor - 1);
  const Value base = power(stretch, full_like(stretch, dim / (dim - 2))) * o.theta;
  std::vector<float> exponents;
  for (int64_t i = 0; i < o.pairs(); ++i)
    exponents.push_back(static_cast<float>(2 * i) / static_cast<float>(o.rotary_dim));
  return 1.0 / power(base, per_pair(step.graph, exponents));
}

}  // namespace

Rotary::Rotary(RotaryOptions options) : options_(std::move(options)), key_(options_.to_string()) {}

/// [batch or 1, 1, pairs].
Value Rotary::frequencies(const Step& step) const {
  if (options_.kind == RopeKind::kDynamic) return dynamic_frequencies(options_, step);
  const Value short_text = per_pair(step.graph, inverse_frequencies(options_));
  if (options_.kind != RopeKind::kLongRope) return short_text;

  const int64_t original = options_.original_max_position_embeddings;
  const Value long_text = per_pair(step.graph, inverse_frequencies(options_, original + 1));
  const Value length = row_lengths(step);
  const Value is_long =
      compare(length, full_like(length, static_cast<double>(original)), CompareDirection::kGt);
  return select(is_long, long_text, short_text);
}

std::pair<Value, Value> Rotary::tables(Step& step) const {
  if (const auto found = step.rotary_tables.find(key_); found != step.rotary_tables.end())
    return found->second;
  const Value ids = step.position_ids;
  const Value positions = reshape(convert(ids, DType::kF32), {ids.dim(0), ids.dim(1), 1});
  const Value angles = positions * frequencies(step);
  Value cos = cosine(angles), sin = sine(angles);
  if (options_.attention_factor != 1.0) {
    cos = cos * options_.attention_factor;
    sin = sin * options_.attention_factor;
  }
  return step.rotary_tables.emplace(key_, std::pair(cos, sin)).first->second;
}

Value Rotary::forward(Value x, Step& step) const {
  const auto [cos, sin] = tables(step);
  return rope(x, cos, sin);
}

}  // namespace easydel::nn
