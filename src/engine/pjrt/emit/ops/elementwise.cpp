#include "graph/ops/elementwise.h"

#include <cmath>
#include <limits>

#include "base/format.h"
#include "engine/pjrt/emit/emission.h"
#include "engine/pjrt/emit/literal.h"

namespace easydel::pjrt {
namespace {

/// Ops that are StableHLO's own under the same name, on operands of one type.
Operands emit_same(const EmitCall& call) {
  return {call.writer.same_type(call.node.op->name, call.inputs)};
}

Operand is_nonzero(FunctionWriter& writer, const Operand& x) {
  return writer.compare("NE", x, writer.full(0.0, x.shape));
}

// StableHLO defines abs and sign for signed numbers only.
Operands emit_abs(const EmitCall& call) {
  return is_unsigned_integer(call.inputs[0].dtype()) ? call.inputs : emit_same(call);
}

Operands emit_sign(const EmitCall& call) {
  const Operand& x = call.inputs[0];
  if (!is_unsigned_integer(x.dtype())) return emit_same(call);
  return {call.writer.convert(is_nonzero(call.writer, x), x.dtype())};
}

Operands emit_erf(const EmitCall& call) {
  const Operand& x = call.inputs[0];
  return {call.writer.define(
      fmt::format("chlo.erf {} : {} -> {}", x.name, type_text(x.shape), type_text(x.shape)), x.shape)};
}

Operands emit_is_finite(const EmitCall& call) {
  return {call.writer.call("stablehlo.is_finite", call.inputs, "", call.output())};
}

Operands emit_compare(const EmitCall& call) {
  return {
      call.writer.compare(call.attributes().get<std::string>("direction"), call.inputs[0], call.inputs[1])};
}

Operands emit_select(const EmitCall& call) {
  return {call.writer.select(call.inputs[0], call.inputs[1], call.inputs[2])};
}

Operands emit_clamp(const EmitCall& call) {
  return {call.writer.call("stablehlo.clamp", call.inputs, "", call.output())};
}

// XLA reads six bits of an integer exponent. Squaring over all of them gives the wrapped power; of negative exponents,
// which leave 1 and -1 their powers, it is right for these two.
Operands emit_power(const EmitCall& call) {
  const DType dtype = call.output().dtype();
  if (is_float(dtype)) return emit_same(call);
  FunctionWriter& writer = call.writer;
  const Operand& exponent = call.inputs[1];
  const Operand zero = writer.full(0.0, call.output()), one = writer.full(1.0, call.output());
  Operand base = call.inputs[0], result = one;
  for (size_t bit = 0; bit < item_size(dtype) * 8; ++bit) {
    const Operand amount = writer.full(static_cast<double>(bit), call.output());
    const Operand shifted = writer.same_type("shift_right_logical", {exponent, amount});
    const Operand is_set = writer.compare("NE", writer.same_type("and", {shifted, one}), zero);
    result = writer.select(is_set, writer.same_type("multiply", {result, base}), result);
    base = writer.same_type("multiply", {base, base});
  }
  if (is_unsigned_integer(dtype)) return {result};
  const Operand is_unit = writer.compare("EQ", writer.same_type("abs", {call.inputs[0]}), one);
  const Operand keeps = writer.same_type("or", {is_unit, writer.compare("GE", exponent, zero)});
  return {writer.select(keeps, result, zero)};
}

// What plugins do with NaN and with numbers past the integer's range differs; here as in the native engine: NaN
// becomes 0, the rest saturates. The bounds are exact or round up to a power of two past the range.
Operand float_to_integer(FunctionWriter& writer, const Operand& x, DType dtype) {
  const bool is_wide = dtype == DType::kI64;
  const double bits = static_cast<double>(item_size(dtype)) * 8 - (is_unsigned_integer(dtype) ? 0 : 1);
  const double past_end = std::exp2(bits);
  const double lowest = is_unsigned_integer(dtype) ? 0.0 : -past_end;
  const Shape result = x.shape.with_dtype(dtype);
  // f16 ends at 65504, below the bounds of wide integers.
  const Operand wide = x.dtype() == DType::kF64 ? x : writer.convert(x, DType::kF32);
  const auto limit = [&](bool greatest) {
    if (!is_wide) return writer.full(greatest ? past_end - 1 : lowest, result);
    using Limits = std::numeric_limits<int64_t>;  // the greatest is no double
    const std::vector<int64_t> value = {greatest ? Limits::max() : Limits::min()};
    return writer.broadcast(writer.constant(HostTensor::from<int64_t>({}, value)), result.dims());
  };
  Operand y = writer.convert(wide, dtype);
  y = writer.select(writer.compare("GE", wide, writer.full(past_end, wide.shape)), limit(true), y);
  y = writer.select(writer.compare("LE", wide, writer.full(lowest, wide.shape)), limit(false), y);
  return writer.select(writer.compare("NE", wide, wide), writer.full(0.0, result), y);
}

Operands emit_convert(const EmitCall& call) {
  FunctionWriter& writer = call.writer;
  const Operand& x = call.inputs[0];
  const DType to = call.output().dtype();
  if (x.dtype() == to) return {x};
  if (to == DType::kBool) return {is_nonzero(writer, x)};
  if (is_float(x.dtype()) && is_integer(to)) return {float_to_integer(writer, x, to)};
  // Half floats round from f32, as in the native engine.
  return {writer.convert(is_half(to) ? writer.convert(x, DType::kF32) : x, to)};
}

// A bool is a byte that is 0 or 1 to the graph, a bit to StableHLO.
Operands emit_bitcast_convert(const EmitCall& call) {
  const Operand& x = call.inputs[0];
  if (x.dtype() == call.output().dtype()) return {x};
  if (x.dtype() == DType::kBool) return {call.writer.convert(x, call.output().dtype())};
  if (call.output().dtype() == DType::kBool) return {is_nonzero(call.writer, x)};
  return {call.writer.call("stablehlo.bitcast_convert", call.inputs, "", call.output())};
}

}  // namespace

void register_elementwise(EmissionTable& table) {
  for (const OpInfo* op : {&kNegateOp,
                           &kExponentialOp,
                           &kExponentialMinusOneOp,
                           &kLogOp,
                           &kLogPlusOneOp,
                           &kLogisticOp,
                           &kTanhOp,
                           &kSineOp,
                           &kCosineOp,
                           &kSqrtOp,
                           &kRsqrtOp,
                           &kFloorOp,
                           &kCeilOp,
                           &kRoundNearestEvenOp,
                           &kNotOp,
                           &kAddOp,
                           &kSubtractOp,
                           &kMultiplyOp,
                           &kDivideOp,
                           &kMaximumOp,
                           &kMinimumOp,
                           &kRemainderOp,
                           &kAndOp,
                           &kOrOp,
                           &kXorOp,
                           &kShiftLeftOp,
                           &kShiftRightLogicalOp})
    table.add(*op, emit_same);
  table.add(kAbsOp, emit_abs);
  table.add(kSignOp, emit_sign);
  table.add(kErfOp, emit_erf);
  table.add(kIsFiniteOp, emit_is_finite);
  table.add(kCompareOp, emit_compare);
  table.add(kSelectOp, emit_select);
  table.add(kClampOp, emit_clamp);
  table.add(kPowerOp, emit_power);
  table.add(kConvertOp, emit_convert);
  table.add(kBitcastConvertOp, emit_bitcast_convert);
}

}  // namespace easydel::pjrt
