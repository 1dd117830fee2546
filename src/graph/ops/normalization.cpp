#include "graph/ops/normalization.h"

#include <limits>

#include "graph/ops/elementwise.h"
#include "graph/ops/reduce.h"

namespace easydel {
namespace {

void check_weight(const OpCall& call, size_t operand) {
  const Shape& x = call.inputs[0];
  const Shape& weight = call.inputs[operand];
  if (weight.rank() != 1 || weight.dim(0) != x.dim(-1) || !is_float(weight.dtype()))
    call.fail("weights must be floats of the size of the last axis");
}

std::vector<Shape> infer_rms_norm(const OpCall& call) {
  call.expect_inputs(2);
  if (!is_float(call.inputs[0].dtype())) call.fail("the operand must be a float");
  check_weight(call, 1);
  return {call.inputs[0]};
}

std::vector<Value> decompose_rms_norm(Graph&, std::span<const Value> inputs, const Attributes& attributes) {
  const Value x = convert(inputs[0], DType::kF32);
  const Value scale = rsqrt(reduce_mean(x * x, -1, true) + attributes.get<double>("epsilon"));
  const Value weight = convert(inputs[1], DType::kF32) + attributes.get<double>("weight_offset");
  return {convert(x * scale * weight, inputs[0].dtype())};
}

std::vector<Shape> infer_layer_norm(const OpCall& call) {
  const bool has_weight = call.attributes.get<bool>("has_weight");
  const bool has_bias = call.attributes.get<bool>("has_bias");
  call.expect_inputs(1u + (has_weight ? 1u : 0u) + (has_bias ? 1u : 0u));
  if (!is_float(call.inputs[0].dtype())) call.fail("the operand must be a float");
  for (size_t operand = 1; operand < call.inputs.size(); ++operand) check_weight(call, operand);
  return {call.inputs[0]};
}

std::vector<Value> decompose_layer_norm(Graph&, std::span<const Value> inputs, const Attributes& attributes) {
  const Value x = convert(inputs[0], DType::kF32);
  const Value centered = x - reduce_mean(x, -1, true);
  Value y = centered * rsqrt(reduce_mean(centered * centered, -1, true) + attributes.get<double>("epsilon"));
  size_t next = 1;
  if (attributes.get<bool>("has_weight")) y = y * convert(inputs[next++], DType::kF32);
  if (attributes.get<bool>("has_bias")) y = y + convert(inputs[next], DType::kF32);
  return {convert(y, inputs[0].dtype())};
}

std::vector<Shape> infer_softmax(const OpCall& call) {
  call.expect_inputs(1);
  if (!is_float(call.inputs[0].dtype()) || call.inputs[0].rank() == 0)
    call.fail("the operand must be a float with an axis");
  return {call.inputs[0]};
}

// A row of -infinity has no maximum to subtract: it is treated as 0, and the sum of zeros as 1.
std::vector<Value> decompose_softmax(Graph&, std::span<const Value> inputs, const Attributes&) {
  const Value x = convert(inputs[0], DType::kF32);
  const Value greatest = reduce_axis(x, ReduceKind::kMax, -1, true);
  const Value lowest = full_like(greatest, -std::numeric_limits<double>::infinity());
  const Value is_empty = compare(greatest, lowest, CompareDirection::kEq);
  const Value shift = select(is_empty, full_like(greatest, 0.0), greatest);
  const Value weights = exponential(x - shift);
  const Value sum = reduce_axis(weights, ReduceKind::kSum, -1, true);
  return {convert(weights / select(is_empty, full_like(sum, 1.0), sum), inputs[0].dtype())};
}

}  // namespace

constinit const OpInfo kRmsNormOp{
    .name = "rms_norm", .infer = infer_rms_norm, .decompose = decompose_rms_norm};
constinit const OpInfo kLayerNormOp{
    .name = "layer_norm", .infer = infer_layer_norm, .decompose = decompose_layer_norm};
constinit const OpInfo kSoftmaxOp{.name = "softmax", .infer = infer_softmax, .decompose = decompose_softmax};

std::span<const OpInfo* const> normalization_ops() {
  static constexpr const OpInfo* kOps[] = {&kRmsNormOp, &kLayerNormOp, &kSoftmaxOp};
  return kOps;
}

Value rms_norm(Value x, Value weight, double epsilon, double weight_offset) {
  return x.graph().add(kRmsNormOp, {x, weight}, {{"epsilon", epsilon}, {"weight_offset", weight_offset}});
}

Value layer_norm(Value x, Value weight, Value bias, double epsilon) {
  std::vector<Value> operands = {x};
  if (weight) operands.push_back(weight);
  if (bias) operands.push_back(bias);
  return x.graph().add(kLayerNormOp, operands,
                       {{"epsilon", epsilon},
                        {"has_weight", static_cast<bool>(weight)},
                        {"has_bias", static_cast<bool>(bias)}});
}

Value softmax(Value x) {
  return x.graph().add(kSoftmaxOp, {x});
}

}  // namespace easydel
