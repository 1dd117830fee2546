#include "graph/ops/matmul.h"

#include <algorithm>

#include "base/format.h"
#include "easydel/error.h"
#include "graph/ops/elementwise.h"

namespace easydel {
namespace {

using Dims = std::vector<int64_t>;

/// The axes of a tensor of `rank` that are in neither list, in order.
Dims free_axes(int rank, const Dims& batch, const Dims& contract) {
  Dims axes;
  for (int64_t axis = 0; axis < rank; ++axis) {
    const bool used = std::find(batch.begin(), batch.end(), axis) != batch.end() ||
                      std::find(contract.begin(), contract.end(), axis) != contract.end();
    if (!used) axes.push_back(axis);
  }
  return axes;
}

void check_axes(const OpCall& call, const Shape& shape, const Dims& batch, const Dims& contract) {
  Dims all = batch;
  all.insert(all.end(), contract.begin(), contract.end());
  for (const int64_t axis : all)
    if (axis < 0 || axis >= shape.rank() || std::count(all.begin(), all.end(), axis) > 1)
      call.fail(fmt::format("axes [{}] of {} do not exist or repeat", fmt::join(all, ","), shape));
}

std::vector<Shape> infer_dot_general(const OpCall& call) {
  call.expect_inputs(2);
  const Shape& lhs = call.inputs[0];
  const Shape& rhs = call.inputs[1];
  const Dims& lhs_batch = call.attributes.get<Dims>("lhs_batch");
  const Dims& rhs_batch = call.attributes.get<Dims>("rhs_batch");
  const Dims& lhs_contract = call.attributes.get<Dims>("lhs_contract");
  const Dims& rhs_contract = call.attributes.get<Dims>("rhs_contract");
  if (lhs.dtype() != rhs.dtype()) call.fail("operands must have one dtype; convert one of them");
  if (lhs_batch.size() != rhs_batch.size() || lhs_contract.size() != rhs_contract.size())
    call.fail("both sides need equally many batch and contracted axes");
  check_axes(call, lhs, lhs_batch, lhs_contract);
  check_axes(call, rhs, rhs_batch, rhs_contract);
  Dims dims;
  for (size_t i = 0; i < lhs_batch.size(); ++i) {
    dims.push_back(lhs.dim(static_cast<int>(lhs_batch[i])));
    if (dims.back() != rhs.dim(static_cast<int>(rhs_batch[i]))) call.fail("batch sizes differ");
  }
  for (size_t i = 0; i < lhs_contract.size(); ++i)
    if (lhs.dim(static_cast<int>(lhs_contract[i])) != rhs.dim(static_cast<int>(rhs_contract[i])))
      call.fail("inner sizes differ; transpose one side, or check the weight's axis order");
  for (const int64_t axis : free_axes(lhs.rank(), lhs_batch, lhs_contract))
    dims.push_back(lhs.dim(static_cast<int>(axis)));
  for (const int64_t axis : free_axes(rhs.rank(), rhs_batch, rhs_contract))
    dims.push_back(rhs.dim(static_cast<int>(axis)));
  return {Shape(call.attributes.get<DType>("result"), dims)};
}

std::vector<Shape> infer_linear(const OpCall& call) {
  call.expect_inputs(2, 3);
  const Shape& x = call.inputs[0];
  const Shape& weight = call.inputs[1];
  if (!is_float(x.dtype()) || !is_float(weight.dtype())) call.fail("operands must be floats");
  const LinearAxes axes = LinearAxes::of(call.attributes);
  if (x.rank() < 1 || weight.rank() != 2)
    call.fail(axes.out == 0 ? "x must be [..., in], the weight [out, in]"
                            : "x must be [..., in], the weight [in, out]");
  if (x.dim(-1) != weight.dim(axes.in)) call.fail("x's last axis and the weight's input axis differ");
  const int64_t out = weight.dim(axes.out);
  if (call.inputs.size() == 3 && (call.inputs[2].rank() != 1 || call.inputs[2].dim(0) != out))
    call.fail("the bias must be [out]");
  Dims dims(x.dims().begin(), x.dims().end());
  dims.back() = out;
  return {x.with_dims(dims)};
}

std::vector<Value> decompose_linear(Graph&, std::span<const Value> inputs, const Attributes& attributes) {
  const Value x = inputs[0];
  const DotDims dims{.lhs_contract = {x.rank() - 1}, .rhs_contract = {LinearAxes::of(attributes).in}};
  Value y = dot_general(convert(x, DType::kF32), convert(inputs[1], DType::kF32), dims);
  if (inputs.size() == 3) y = y + convert(inputs[2], DType::kF32);
  return {convert(y, x.dtype())};
}

}  // namespace

constinit const OpInfo kDotGeneralOp{.name = "dot_general", .infer = infer_dot_general};
constinit const OpInfo kLinearOp{.name = "linear", .infer = infer_linear, .decompose = decompose_linear};

std::span<const OpInfo* const> matmul_ops() {
  static constexpr const OpInfo* kOps[] = {&kDotGeneralOp, &kLinearOp};
  return kOps;
}

Value dot_general(Value lhs, Value rhs, const DotDims& dims, DType result) {
  return lhs.graph().add(kDotGeneralOp, {lhs, rhs},
                         {{"lhs_batch", dims.lhs_batch},
                          {"rhs_batch", dims.rhs_batch},
                          {"lhs_contract", dims.lhs_contract},
                          {"rhs_contract", dims.rhs_contract},
                          {"result", result == DType::kAuto ? lhs.dtype() : result}});
}

Value matmul(Value lhs, Value rhs) {
  DotDims dims{.lhs_contract = {lhs.rank() - 1}, .rhs_contract = {rhs.rank() - 2}};
  for (int64_t axis = 0; axis < lhs.rank() - 2; ++axis) {
    dims.lhs_batch.push_back(axis);
    dims.rhs_batch.push_back(axis);
  }
  return dot_general(lhs, rhs, dims);
}

Value linear(Value x, Value weight, Value bias, WeightLayout layout) {
  std::vector<Value> operands = {x, weight};
  if (bias) operands.push_back(bias);
  return x.graph().add(kLinearOp, operands, {{"in_out", layout == WeightLayout::kInOut}});
}

LinearAxes LinearAxes::of(const Attributes& attributes) {
  return attributes.get<bool>("in_out") ? LinearAxes{.in = 0, .out = 1} : LinearAxes{.in = 1, .out = 0};
}

}  // namespace easydel
