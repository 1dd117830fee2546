#include "graph/ops/reduce.h"

#include <algorithm>

#include "base/format.h"
#include "easydel/error.h"
#include "graph/ops/elementwise.h"
#include "graph/ops/movement.h"

namespace easydel {
namespace {

using Dims = std::vector<int64_t>;

Dims without(const Shape& shape, const Dims& axes) {
  Dims dims;
  for (int64_t axis = 0; axis < shape.rank(); ++axis)
    if (std::find(axes.begin(), axes.end(), axis) == axes.end())
      dims.push_back(shape.dim(static_cast<int>(axis)));
  return dims;
}

int64_t normalize_axis(const OpInfo& op, int axis, const Shape& shape) {
  const int index = axis < 0 ? axis + shape.rank() : axis;
  if (index < 0 || index >= shape.rank())
    throw Error(ErrorCode::kShapeMismatch, std::string(op.name),
                fmt::format("axis {} of {} does not exist", axis, shape));
  return index;
}

std::vector<Shape> infer_reduce(const OpCall& call) {
  call.expect_inputs(1);
  const Dims& axes = call.attributes.get<Dims>("axes");
  for (const int64_t axis : axes)
    if (axis < 0 || axis >= call.inputs[0].rank() || std::count(axes.begin(), axes.end(), axis) > 1)
      call.fail(fmt::format("axes [{}] do not fit", fmt::join(axes, ",")));
  const ReduceKind kind = parse_reduce_kind(call.attributes.get<std::string>("kind"));
  const bool logical = kind == ReduceKind::kAnd || kind == ReduceKind::kOr;
  const bool allowed = logical ? !is_float(call.inputs[0].dtype())
                               : call.inputs[0].dtype() != DType::kBool && kind != ReduceKind::kReplace;
  if (!allowed) call.fail(fmt::format("kind \"{}\" is not defined for this dtype", to_string(kind)));
  return {call.inputs[0].with_dims(without(call.inputs[0], axes))};
}

std::vector<Shape> infer_argmax(const OpCall& call) {
  call.expect_inputs(1);
  const int64_t axis = call.attributes.get<int64_t>("axis");
  if (call.inputs[0].dim(static_cast<int>(axis)) == 0) call.fail("an empty axis has no greatest element");
  return {Shape(DType::kI32, without(call.inputs[0], {axis}))};
}

std::vector<Value> decompose_argmax(Graph& graph, std::span<const Value> inputs,
                                    const Attributes& attributes) {
  const Value x = inputs[0];
  const int axis = static_cast<int>(attributes.get<int64_t>("axis"));
  const Value positions = iota(graph, x.shape().with_dtype(DType::kI32), axis);
  const Value equals = compare(x, reduce_axis(x, ReduceKind::kMax, axis, true), CompareDirection::kEq);
  const Value is_nan = compare(x, x, CompareDirection::kNe);  // the maximum of a row with a NaN is NaN
  const Value is_greatest = logical_or(equals, is_nan);
  const Value past_end = full_like(positions, static_cast<double>(x.dim(axis)));
  return {reduce_axis(select(is_greatest, positions, past_end), ReduceKind::kMin, axis)};
}

std::vector<Shape> infer_cumulative_sum(const OpCall& call) {
  call.expect_inputs(1);
  if (call.inputs[0].dtype() == DType::kBool) call.fail("convert bool to an integer first");
  (void)call.inputs[0].dim(static_cast<int>(call.attributes.get<int64_t>("axis")));
  return {call.inputs[0]};
}

// Doubling: after step i each element holds the sum of the last 2^i elements.
std::vector<Value> decompose_cumulative_sum(Graph& graph, std::span<const Value> inputs,
                                            const Attributes& attributes) {
  Value sum = inputs[0];
  const auto axis = static_cast<size_t>(attributes.get<int64_t>("axis"));
  const int64_t size = sum.dim(static_cast<int>(axis));
  const Value zero = scalar(graph, 0.0, sum.dtype());
  const Dims none(static_cast<size_t>(sum.rank()), 0);
  for (int64_t shift = 1; shift < size; shift *= 2) {
    Dims low = none, high = none;
    low[axis] = shift;
    high[axis] = -shift;
    sum = sum + pad(sum, zero, low, high, none);
  }
  return {sum};
}

}  // namespace

constinit const OpInfo kReduceOp{.name = "reduce", .infer = infer_reduce};
constinit const OpInfo kArgmaxOp{.name = "argmax", .infer = infer_argmax, .decompose = decompose_argmax};
constinit const OpInfo kCumulativeSumOp{
    .name = "cumulative_sum", .infer = infer_cumulative_sum, .decompose = decompose_cumulative_sum};

std::span<const OpInfo* const> reduce_ops() {
  static constexpr const OpInfo* kOps[] = {&kReduceOp, &kArgmaxOp, &kCumulativeSumOp};
  return kOps;
}

Value reduce(Value x, ReduceKind kind, std::span<const int64_t> axes) {
  return x.graph().add(kReduceOp, {x},
                       {{"kind", std::string(to_string(kind))}, {"axes", Dims(axes.begin(), axes.end())}});
}

Value reduce_axis(Value x, ReduceKind kind, int axis, bool keep) {
  const int64_t index = normalize_axis(kReduceOp, axis, x.shape());
  const Value result = reduce(x, kind, Dims{index});
  if (!keep) return result;
  Dims dims(x.shape().dims().begin(), x.shape().dims().end());
  dims[static_cast<size_t>(index)] = 1;
  return reshape(result, dims);
}

Value reduce_mean(Value x, int axis, bool keep) {
  return reduce_axis(x, ReduceKind::kSum, axis, keep) / static_cast<double>(x.dim(axis));
}

Value argmax(Value x, int axis) {
  return x.graph().add(kArgmaxOp, {x}, {{"axis", normalize_axis(kArgmaxOp, axis, x.shape())}});
}

Value cumulative_sum(Value x, int axis) {
  return x.graph().add(kCumulativeSumOp, {x}, {{"axis", normalize_axis(kCumulativeSumOp, axis, x.shape())}});
}

}  // namespace easydel
