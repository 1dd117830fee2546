#include "graph/ops/quantization.h"

#include "base/format.h"
#include "graph/decode.h"
#include "graph/ops/elementwise.h"
#include "graph/ops/matmul.h"

namespace easydel {
namespace {

using Dims = std::vector<int64_t>;

/// Fails unless `parts` are those of a weight of these dims.
void check_parts(const OpCall& call, std::span<const Shape> parts, const Dims& dims) {
  const quantization::Format& format = format_of(call.attributes);
  for (size_t index = 0; index < parts.size(); ++index)
    if (const Shape wanted = format.parts[index].shape(dims); parts[index] != wanted)
      call.fail(fmt::format("part {} of {} must be {}", index, format.name, wanted));
}

/// The dims of a part but its last.
Dims row_dims(const OpCall& call, const Shape& part) {
  if (part.rank() < 1) call.fail("parts must have at least one axis");
  return {part.dims().begin(), part.dims().end() - 1};
}

std::vector<Shape> infer_dequantize(const OpCall& call) {
  call.expect_inputs(format_of(call.attributes).parts.size());
  Dims dims = row_dims(call, call.inputs[0]);
  dims.push_back(call.attributes.get<int64_t>("columns"));
  check_parts(call, call.inputs, dims);
  return {Shape(call.attributes.get<DType>("dtype"), dims)};
}

std::vector<Value> decompose_dequantize(Graph&, std::span<const Value> parts, const Attributes& attributes) {
  const Value weight = decode(format_of(attributes), parts, attributes.get<int64_t>("columns"));
  return {convert(weight, attributes.get<DType>("dtype"))};
}

std::vector<Shape> infer_quantized_linear(const OpCall& call) {
  const size_t parts = format_of(call.attributes).parts.size();
  call.expect_inputs(1 + parts, 2 + parts);
  const Shape& x = call.inputs[0];
  if (x.rank() < 1 || !is_float(x.dtype())) call.fail("x must be float [..., in]");
  if (call.inputs[1].rank() != 2) call.fail("the weight must be [out, in]");
  const int64_t out = call.inputs[1].dim(0);
  check_parts(call, call.inputs.subspan(1, parts), {out, x.dim(-1)});
  if (call.inputs.size() == 2 + parts && (call.inputs.back().rank() != 1 || call.inputs.back().dim(0) != out))
    call.fail("the bias must be [out]");
  Dims dims(x.dims().begin(), x.dims().end());
  dims.back() = out;
  return {x.with_dims(dims)};
}

std::vector<Value> decompose_quantized_linear(Graph&, std::span<const Value> inputs,
                                              const Attributes& attributes) {
  const quantization::Format& format = format_of(attributes);
  const Value x = inputs[0];
  const Value weight =
      dequantize(format, inputs.subspan(1, format.parts.size()), x.dim(-1), attributes.get<DType>("dtype"));
  return {linear(x, weight, inputs.size() == 2 + format.parts.size() ? inputs.back() : Value{})};
}

}  // namespace

constinit const OpInfo kDequantizeOp{
    .name = "dequantize", .infer = infer_dequantize, .decompose = decompose_dequantize};
constinit const OpInfo kQuantizedLinearOp{
    .name = "quantized_linear", .infer = infer_quantized_linear, .decompose = decompose_quantized_linear};

std::span<const OpInfo* const> quantization_ops() {
  static constexpr const OpInfo* kOps[] = {&kDequantizeOp, &kQuantizedLinearOp};
  return kOps;
}

Value dequantize(const quantization::Format& format, std::span<const Value> parts, int64_t columns,
                 DType dtype) {
  return parts[0].graph().add(kDequantizeOp, parts,
                              {{"format", std::string(format.name)}, {"columns", columns}, {"dtype", dtype}});
}

Value quantized_linear(Value x, const quantization::Format& format, std::span<const Value> parts, Value bias,
                       DType dtype) {
  std::vector<Value> operands = {x};
  operands.insert(operands.end(), parts.begin(), parts.end());
  if (bias) operands.push_back(bias);
  return x.graph().add(kQuantizedLinearOp, operands,
                       {{"format", std::string(format.name)}, {"dtype", dtype}});
}

const quantization::Format& format_of(const Attributes& attributes) {
  return quantization::format(attributes.get<std::string>("format"));
}

}  // namespace easydel
