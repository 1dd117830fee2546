// Products accumulate in f32: the dot's result is f32 and is rounded afterwards. XLA's CPU backend is also faster
// so: with a bf16 result it widens the whole weight in memory.
#include "graph/ops/matmul.h"

#include "base/format.h"
#include "engine/pjrt/emit/emission.h"

namespace easydel::pjrt {
namespace {

using Dims = std::vector<int64_t>;

// Without "HIGHEST", accelerators multiply f32 in fewer bits than f32 has.
std::string_view precision_text(DType dtype, Precision precision) {
  const bool is_wide = dtype == DType::kF32 || dtype == DType::kF64;
  if (!is_wide || precision == Precision::kDefault) return "";
  return precision == Precision::kHigh ? ", precision = [HIGH, HIGH]" : ", precision = [HIGHEST, HIGHEST]";
}

std::string dims_text(const DotDims& dims) {
  std::string text;
  if (!dims.lhs_batch.empty())
    text = fmt::format(", batching_dims = {} x {}", list_text(dims.lhs_batch), list_text(dims.rhs_batch));
  return text + fmt::format(", contracting_dims = {} x {}", list_text(dims.lhs_contract),
                            list_text(dims.rhs_contract));
}

Operand dot(const EmitCall& call, const Operand& lhs, const Operand& rhs, const DotDims& dims,
            const Shape& result) {
  return call.writer.call("stablehlo.dot_general", {lhs, rhs},
                          dims_text(dims) + std::string(precision_text(lhs.dtype(), call.precision)), result);
}

/// The dtype that the dot of two operands of `dtype` is computed in.
DType accumulator(DType dtype) {
  if (is_half(dtype)) return DType::kF32;
  return is_float(dtype) ? dtype : DType::kI64;
}

Operands emit_dot_general(const EmitCall& call) {
  const DotDims dims{.lhs_batch = call.attributes().get<Dims>("lhs_batch"),
                     .rhs_batch = call.attributes().get<Dims>("rhs_batch"),
                     .lhs_contract = call.attributes().get<Dims>("lhs_contract"),
                     .rhs_contract = call.attributes().get<Dims>("rhs_contract")};
  FunctionWriter& writer = call.writer;
  Operand lhs = call.inputs[0], rhs = call.inputs[1];
  const DType in = lhs.dtype(), out = call.output().dtype();
  // Wrapped integers of one signedness come out the same in any width at least as wide.
  const bool direct_integers = is_signed_integer(in) &&
                               (out == in || out == DType::kI32 || out == DType::kI64) &&
                               item_size(out) >= item_size(in);
  if (direct_integers) return {dot(call, lhs, rhs, dims, call.output())};
  const DType wide = accumulator(in);
  if (!is_float(in)) {
    lhs = writer.convert(lhs, wide);
    rhs = writer.convert(rhs, wide);
  }
  const Operand product = dot(call, lhs, rhs, dims, call.output().with_dtype(wide));
  return {writer.convert(product, out)};
}

/// [out] added along the last axis.
Operand add_bias(FunctionWriter& writer, const Operand& y, const Operand& bias) {
  const Operand wide = writer.convert(bias, y.dtype());
  const std::string dims = fmt::format(", dims = [{}]", y.shape.rank() - 1);
  return writer.same_type("add", {y, writer.call("stablehlo.broadcast_in_dim", {wide}, dims, y.shape)});
}

// A bf16 weight meets x in bf16, as hardware multiplies them, and is never widened; other mixtures meet in f32.
Operands emit_linear(const EmitCall& call) {
  FunctionWriter& writer = call.writer;
  Operand x = call.inputs[0], weight = call.inputs[1];
  const DType dtype = x.dtype();
  const bool rounds_x = weight.dtype() == DType::kBF16 && dtype == DType::kF32;
  const bool agrees = weight.dtype() == dtype && is_half(dtype);
  const DType meet = rounds_x || agrees ? weight.dtype() : DType::kF32;
  x = writer.convert(x, meet);
  weight = writer.convert(weight, meet);
  const DotDims dims{.lhs_contract = {x.shape.rank() - 1},
                     .rhs_contract = {LinearAxes::of(call.attributes()).in}};
  Operand y = dot(call, x, weight, dims, call.output().with_dtype(DType::kF32));
  if (call.inputs.size() == 3) y = add_bias(writer, y, call.inputs[2]);
  return {writer.convert(y, dtype)};
}

}  // namespace

void register_matmul(EmissionTable& table) {
  table.add(kDotGeneralOp, emit_dot_general);
  table.add(kLinearOp, emit_linear);
}

}  // namespace easydel::pjrt
