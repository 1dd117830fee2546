#include "graph/ops/elementwise.h"

#include <algorithm>
#include <array>

#include "base/format.h"
#include "easydel/error.h"
#include "graph/ops/movement.h"

namespace easydel {
namespace {

constexpr std::array<std::string_view, 6> kDirections = {"EQ", "NE", "GE", "GT", "LE", "LT"};

bool is_number(DType dtype) {
  return is_float(dtype) || is_integer(dtype);
}
bool is_bits(DType dtype) {
  return is_integer(dtype) || dtype == DType::kBool;
}
bool is_any(DType) {
  return true;
}

template <bool (*kAllowed)(DType)>
std::vector<Shape> infer_unary(const OpCall& call) {
  call.expect_inputs(1);
  if (!kAllowed(call.inputs[0].dtype())) call.fail("is not defined for this dtype");
  return {call.inputs[0]};
}

template <bool (*kAllowed)(DType)>
std::vector<Shape> infer_binary(const OpCall& call) {
  call.expect_inputs(2);
  if (call.inputs[0] != call.inputs[1]) call.fail("operands must have one shape and dtype");
  if (!kAllowed(call.inputs[0].dtype())) call.fail("is not defined for this dtype");
  return {call.inputs[0]};
}

std::vector<Shape> infer_is_finite(const OpCall& call) {
  return {infer_unary<is_float>(call)[0].with_dtype(DType::kBool)};
}

std::vector<Shape> infer_compare(const OpCall& call) {
  return {infer_binary<is_any>(call)[0].with_dtype(DType::kBool)};
}

std::vector<Shape> infer_select(const OpCall& call) {
  call.expect_inputs(3);
  const Shape& predicate = call.inputs[0];
  if (predicate.dtype() != DType::kBool) call.fail("the predicate must be bool");
  if (call.inputs[1] != call.inputs[2]) call.fail("both branches must have one shape and dtype");
  if (predicate.rank() != 0 && !std::ranges::equal(predicate.dims(), call.inputs[1].dims()))
    call.fail("the predicate must be a scalar or have the branches' dims");
  return {call.inputs[1]};
}

std::vector<Shape> infer_clamp(const OpCall& call) {
  call.expect_inputs(3);
  for (const size_t bound : {size_t{0}, size_t{2}}) {
    if (call.inputs[bound].dtype() != call.inputs[1].dtype() ||
        (call.inputs[bound].rank() != 0 && call.inputs[bound] != call.inputs[1]))
      call.fail("bounds must be scalars or of the operand's shape, with its dtype");
  }
  return {call.inputs[1]};
}

std::vector<Shape> infer_convert(const OpCall& call) {
  call.expect_inputs(1);
  return {call.inputs[0].with_dtype(call.attributes.get<DType>("dtype"))};
}

std::vector<Shape> infer_bitcast_convert(const OpCall& call) {
  const Shape result = infer_convert(call)[0];
  if (item_size(result.dtype()) != item_size(call.inputs[0].dtype()))
    call.fail(fmt::format("{} has another width", result.dtype()));
  return {result};
}

/// The NumPy broadcast of two shapes' dims.
std::vector<int64_t> broadcast_dims(std::string_view op, const Shape& x, const Shape& y) {
  const int rank = std::max(x.rank(), y.rank());
  std::vector<int64_t> dims(static_cast<size_t>(rank));
  for (int back = 1; back <= rank; ++back) {
    const int64_t dx = back <= x.rank() ? x.dim(-back) : 1;
    const int64_t dy = back <= y.rank() ? y.dim(-back) : 1;
    if (dx != dy && dx != 1 && dy != 1)
      throw Error(
          ErrorCode::kShapeMismatch, std::string(op),
          fmt::format("{} and {} do not broadcast: axis {} from the end is {} and {}", x, y, back, dx, dy));
    dims[static_cast<size_t>(rank - back)] = dx == 1 ? dy : dx;
  }
  return dims;
}

Value binary(const OpInfo& op, Value x, Value y, Attributes attributes = {}) {
  const std::vector<int64_t> dims = broadcast_dims(op.name, x.shape(), y.shape());
  return x.graph().add(op, {broadcast_to(x, dims), broadcast_to(y, dims)}, std::move(attributes));
}

constexpr OpInfo unary_float(std::string_view name) {
  return {.name = name, .infer = infer_unary<is_float>};
}
constexpr OpInfo binary_number(std::string_view name) {
  return {.name = name, .infer = infer_binary<is_number>};
}
constexpr OpInfo binary_bits(std::string_view name) {
  return {.name = name, .infer = infer_binary<is_bits>};
}

}  // namespace

constinit const OpInfo kAbsOp{.name = "abs", .infer = infer_unary<is_number>};
constinit const OpInfo kNegateOp{.name = "negate", .infer = infer_unary<is_number>};
constinit const OpInfo kSignOp{.name = "sign", .infer = infer_unary<is_number>};
constinit const OpInfo kExponentialOp = unary_float("exponential");
constinit const OpInfo kExponentialMinusOneOp = unary_float("exponential_minus_one");
constinit const OpInfo kLogOp = unary_float("log");
constinit const OpInfo kLogPlusOneOp = unary_float("log_plus_one");
constinit const OpInfo kLogisticOp = unary_float("logistic");
constinit const OpInfo kTanhOp = unary_float("tanh");
constinit const OpInfo kSineOp = unary_float("sine");
constinit const OpInfo kCosineOp = unary_float("cosine");
constinit const OpInfo kSqrtOp = unary_float("sqrt");
constinit const OpInfo kRsqrtOp = unary_float("rsqrt");
constinit const OpInfo kFloorOp = unary_float("floor");
constinit const OpInfo kCeilOp = unary_float("ceil");
constinit const OpInfo kRoundNearestEvenOp = unary_float("round_nearest_even");
constinit const OpInfo kErfOp = unary_float("erf");
constinit const OpInfo kIsFiniteOp{.name = "is_finite", .infer = infer_is_finite};
constinit const OpInfo kNotOp{.name = "not", .infer = infer_unary<is_bits>};
constinit const OpInfo kAddOp = binary_number("add");
constinit const OpInfo kSubtractOp = binary_number("subtract");
constinit const OpInfo kMultiplyOp = binary_number("multiply");
constinit const OpInfo kDivideOp = binary_number("divide");
constinit const OpInfo kMaximumOp = binary_number("maximum");
constinit const OpInfo kMinimumOp = binary_number("minimum");
constinit const OpInfo kPowerOp = binary_number("power");
constinit const OpInfo kRemainderOp = binary_number("remainder");
constinit const OpInfo kAndOp = binary_bits("and");
constinit const OpInfo kOrOp = binary_bits("or");
constinit const OpInfo kXorOp = binary_bits("xor");
constinit const OpInfo kShiftLeftOp{.name = "shift_left", .infer = infer_binary<is_integer>};
constinit const OpInfo kShiftRightLogicalOp{.name = "shift_right_logical", .infer = infer_binary<is_integer>};
constinit const OpInfo kCompareOp{.name = "compare", .infer = infer_compare};
constinit const OpInfo kSelectOp{.name = "select", .infer = infer_select};
constinit const OpInfo kClampOp{.name = "clamp", .infer = infer_clamp};
constinit const OpInfo kConvertOp{.name = "convert", .infer = infer_convert};
constinit const OpInfo kBitcastConvertOp{.name = "bitcast_convert", .infer = infer_bitcast_convert};

std::span<const OpInfo* const> elementwise_ops() {
  static constexpr const OpInfo* kOps[] = {&kAbsOp,
                                           &kNegateOp,
                                           &kSignOp,
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
                                           &kErfOp,
                                           &kIsFiniteOp,
                                           &kNotOp,
                                           &kAddOp,
                                           &kSubtractOp,
                                           &kMultiplyOp,
                                           &kDivideOp,
                                           &kMaximumOp,
                                           &kMinimumOp,
                                           &kPowerOp,
                                           &kRemainderOp,
                                           &kAndOp,
                                           &kOrOp,
                                           &kXorOp,
                                           &kShiftLeftOp,
                                           &kShiftRightLogicalOp,
                                           &kCompareOp,
                                           &kSelectOp,
                                           &kClampOp,
                                           &kConvertOp,
                                           &kBitcastConvertOp};
  return kOps;
}

Value abs(Value x) {
  return x.graph().add(kAbsOp, {x});
}
Value negate(Value x) {
  return x.graph().add(kNegateOp, {x});
}
Value sign(Value x) {
  return x.graph().add(kSignOp, {x});
}
Value exponential(Value x) {
  return x.graph().add(kExponentialOp, {x});
}
Value exponential_minus_one(Value x) {
  return x.graph().add(kExponentialMinusOneOp, {x});
}
Value log(Value x) {
  return x.graph().add(kLogOp, {x});
}
Value log_plus_one(Value x) {
  return x.graph().add(kLogPlusOneOp, {x});
}
Value logistic(Value x) {
  return x.graph().add(kLogisticOp, {x});
}
Value tanh(Value x) {
  return x.graph().add(kTanhOp, {x});
}
Value sine(Value x) {
  return x.graph().add(kSineOp, {x});
}
Value cosine(Value x) {
  return x.graph().add(kCosineOp, {x});
}
Value sqrt(Value x) {
  return x.graph().add(kSqrtOp, {x});
}
Value rsqrt(Value x) {
  return x.graph().add(kRsqrtOp, {x});
}
Value floor(Value x) {
  return x.graph().add(kFloorOp, {x});
}
Value ceil(Value x) {
  return x.graph().add(kCeilOp, {x});
}
Value round_nearest_even(Value x) {
  return x.graph().add(kRoundNearestEvenOp, {x});
}
Value erf(Value x) {
  return x.graph().add(kErfOp, {x});
}
Value is_finite(Value x) {
  return x.graph().add(kIsFiniteOp, {x});
}
Value logical_not(Value x) {
  return x.graph().add(kNotOp, {x});
}

Value add(Value x, Value y) {
  return binary(kAddOp, x, y);
}
Value subtract(Value x, Value y) {
  return binary(kSubtractOp, x, y);
}
Value multiply(Value x, Value y) {
  return binary(kMultiplyOp, x, y);
}
Value divide(Value x, Value y) {
  return binary(kDivideOp, x, y);
}
Value maximum(Value x, Value y) {
  return binary(kMaximumOp, x, y);
}
Value minimum(Value x, Value y) {
  return binary(kMinimumOp, x, y);
}
Value power(Value x, Value y) {
  return binary(kPowerOp, x, y);
}
Value remainder(Value x, Value y) {
  return binary(kRemainderOp, x, y);
}
Value logical_and(Value x, Value y) {
  return binary(kAndOp, x, y);
}
Value logical_or(Value x, Value y) {
  return binary(kOrOp, x, y);
}
Value logical_xor(Value x, Value y) {
  return binary(kXorOp, x, y);
}
Value shift_left(Value x, Value y) {
  return binary(kShiftLeftOp, x, y);
}
Value shift_right_logical(Value x, Value y) {
  return binary(kShiftRightLogicalOp, x, y);
}

Value compare(Value x, Value y, CompareDirection direction) {
  return binary(kCompareOp, x, y, {{"direction", std::string(kDirections[static_cast<size_t>(direction)])}});
}

Value select(Value predicate, Value on_true, Value on_false) {
  const std::vector<int64_t> branches = broadcast_dims(kSelectOp.name, on_true.shape(), on_false.shape());
  const Shape branch_shape = on_true.shape().with_dims(branches);
  const std::vector<int64_t> dims = broadcast_dims(kSelectOp.name, predicate.shape(), branch_shape);
  return predicate.graph().add(
      kSelectOp, {broadcast_to(predicate, dims), broadcast_to(on_true, dims), broadcast_to(on_false, dims)});
}

Value clamp(Value low, Value x, Value high) {
  return x.graph().add(kClampOp, {low, x, high});
}

Value convert(Value x, DType dtype) {
  return x.dtype() == dtype ? x : x.graph().add(kConvertOp, {x}, {{"dtype", dtype}});
}

Value bitcast_convert(Value x, DType dtype) {
  return x.graph().add(kBitcastConvertOp, {x}, {{"dtype", dtype}});
}

Value scalar(Graph& graph, double value, DType dtype) {
  return graph.constant(HostTensor::from<double>({}, {value}).to(dtype));
}

Value full_like(Value x, double value) {
  return broadcast_to(scalar(x.graph(), value, x.dtype()), x.shape().dims());
}

Value operator+(Value x, double y) {
  return add(x, scalar(x.graph(), y, x.dtype()));
}
Value operator-(Value x, double y) {
  return subtract(x, scalar(x.graph(), y, x.dtype()));
}
Value operator*(Value x, double y) {
  return multiply(x, scalar(x.graph(), y, x.dtype()));
}
Value operator/(Value x, double y) {
  return divide(x, scalar(x.graph(), y, x.dtype()));
}
Value operator-(double x, Value y) {
  return subtract(scalar(y.graph(), x, y.dtype()), y);
}
Value operator/(double x, Value y) {
  return divide(scalar(y.graph(), x, y.dtype()), y);
}

}  // namespace easydel
