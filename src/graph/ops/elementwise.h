// Element-wise ops. Operands have equal shapes, as in StableHLO; the operators below first broadcast
// NumPy-style.
//
//   Value y = exponential(x - reduce_max) * 0.5f;
#pragma once

#include "graph/graph.h"

namespace easydel {

enum class CompareDirection : uint8_t { kEq, kNe, kGe, kGt, kLe, kLt };

// Unary, floating point (and integers for abs, negate, sign).
extern const OpInfo kAbsOp, kNegateOp, kSignOp, kExponentialOp, kExponentialMinusOneOp, kLogOp, kLogPlusOneOp,
    kLogisticOp, kTanhOp, kSineOp, kCosineOp, kSqrtOp, kRsqrtOp, kFloorOp, kCeilOp, kRoundNearestEvenOp,
    kErfOp, kIsFiniteOp, kNotOp;
// Binary.
extern const OpInfo kAddOp, kSubtractOp, kMultiplyOp, kDivideOp, kMaximumOp, kMinimumOp, kPowerOp,
    kRemainderOp, kAndOp, kOrOp, kXorOp, kShiftLeftOp, kShiftRightLogicalOp;
// The rest. compare has attribute direction (string "EQ".."LT"); convert and bitcast_convert have attribute
// dtype.
extern const OpInfo kCompareOp, kSelectOp, kClampOp, kConvertOp, kBitcastConvertOp;

Value abs(Value x);
Value negate(Value x);
Value sign(Value x);
Value exponential(Value x);
Value exponential_minus_one(Value x);
Value log(Value x);
Value log_plus_one(Value x);
Value logistic(Value x);
Value tanh(Value x);
Value sine(Value x);
Value cosine(Value x);
Value sqrt(Value x);
Value rsqrt(Value x);
Value floor(Value x);
Value ceil(Value x);
Value round_nearest_even(Value x);
/// The error function (chlo.erf).
Value erf(Value x);
/// bool: neither infinite nor NaN.
Value is_finite(Value x);
/// Logical on bool, bitwise on integers.
Value logical_not(Value x);

/// Binary ops with NumPy broadcasting of shapes; dtypes must agree.
Value add(Value x, Value y);
Value subtract(Value x, Value y);
Value multiply(Value x, Value y);
/// Integers truncate towards zero; division by zero gives -1 (all ones for unsigned), as XLA does.
Value divide(Value x, Value y);
Value maximum(Value x, Value y);  ///< NaN if either is NaN
Value minimum(Value x, Value y);  ///< NaN if either is NaN
Value power(Value x, Value y);
Value remainder(Value x, Value y);  ///< the sign of the dividend, as std::fmod
Value logical_and(Value x, Value y);
Value logical_or(Value x, Value y);
Value logical_xor(Value x, Value y);
Value shift_left(Value x, Value y);
Value shift_right_logical(Value x, Value y);

/// bool; broadcasts.
Value compare(Value x, Value y, CompareDirection direction);
/// `on_true` where `predicate` (bool) holds, else `on_false`; broadcasts.
Value select(Value predicate, Value on_true, Value on_false);
/// min(max(x, low), high); low and high are scalars or of x's shape.
Value clamp(Value low, Value x, Value high);
/// The nearest value of another dtype; float to integer truncates towards zero and saturates; NaN becomes 0.
Value convert(Value x, DType dtype);
/// The same bits under a dtype of the same width.
Value bitcast_convert(Value x, DType dtype);

/// A scalar constant of `dtype`.
Value scalar(Graph& graph, double value, DType dtype);
/// A scalar constant broadcast to the shape and dtype of `x`.
Value full_like(Value x, double value);

inline Value operator+(Value x, Value y) {
  return add(x, y);
}
inline Value operator-(Value x, Value y) {
  return subtract(x, y);
}
inline Value operator*(Value x, Value y) {
  return multiply(x, y);
}
inline Value operator/(Value x, Value y) {
  return divide(x, y);
}
inline Value operator-(Value x) {
  return negate(x);
}
Value operator+(Value x, double y);
Value operator-(Value x, double y);
Value operator*(Value x, double y);
Value operator/(Value x, double y);
inline Value operator+(double x, Value y) {
  return y + x;
}
inline Value operator*(double x, Value y) {
  return y * x;
}
Value operator-(double x, Value y);
Value operator/(double x, Value y);

}  // namespace easydel
