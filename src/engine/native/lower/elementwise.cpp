#include "graph/ops/elementwise.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/native/lower/dispatch.h"
#include "engine/native/lower/lowering.h"

namespace easydel::native {
namespace {

// Smaller pieces cost more to hand out than to compute.
constexpr int64_t kGrain = 1 << 14;

/// A step that computes f(begin, end) over the elements of output 0.
template <typename F>
Step over_elements(F body) {
  return {[body](const StepContext& context) {
    context.pool.parallel_for(context.outputs[0].shape->elements(), kGrain,
                              [&](int64_t begin, int64_t end) { body(context, begin, end); });
  }};
}

template <typename T, typename R, typename F>
Step map_unary(F f) {
  return over_elements([f](const StepContext& context, int64_t begin, int64_t end) {
    const T* x = context.inputs[0].as<T>();
    R* y = context.outputs[0].as<R>();
    for (int64_t i = begin; i < end; ++i) y[i] = R(f(widen(x[i])));
  });
}

template <typename T, typename R, typename F>
Step map_binary(F f) {
  return over_elements([f](const StepContext& context, int64_t begin, int64_t end) {
    const T* x = context.inputs[0].as<T>();
    const T* y = context.inputs[1].as<T>();
    R* z = context.outputs[0].as<R>();
    for (int64_t i = begin; i < end; ++i) z[i] = R(f(widen(x[i]), widen(y[i])));
  });
}

/// Unsigned arithmetic wraps where signed arithmetic would be undefined.
template <typename T>
auto wrapping(T value) {
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    return static_cast<std::conditional_t<sizeof(T) < 4, uint32_t, std::make_unsigned_t<T>>>(value);
  } else {
    return value;
  }
}

template <typename F>
Step lower_float_unary(const LowerCall& call, F f) {
  return with_float(call.node.op->name, call.output().dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    return map_unary<T, T>(f);
  });
}

template <typename F>
Step lower_number_unary(const LowerCall& call, F f) {
  return with_number(call.node.op->name, call.output().dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    return map_unary<T, T>(f);
  });
}

template <typename F>
Step lower_number_binary(const LowerCall& call, F f) {
  return with_number(call.node.op->name, call.output().dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    return map_binary<T, T>(f);
  });
}

template <typename F>
Step lower_integer_binary(const LowerCall& call, F f) {
  return with_integer(call.node.op->name, call.output().dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    return map_binary<T, T>(f);
  });
}

/// Logical on bool, bitwise on integers.
template <typename F>
Step lower_bits_binary(const LowerCall& call, F f) {
  if (call.output().dtype() == DType::kBool) return map_binary<bool, bool>(f);
  return lower_integer_binary(call, f);
}

template <typename T>
T divide_elements(T x, T y) {
  if constexpr (std::is_floating_point_v<T>) {
    return x / y;
  } else {
    if (y == 0) return static_cast<T>(-1);
    if constexpr (std::is_signed_v<T>)
      if (x == std::numeric_limits<T>::min() && y == -1) return x;
    return static_cast<T>(x / y);
  }
}

template <typename T>
T remainder_elements(T x, T y) {
  if constexpr (std::is_floating_point_v<T>) {
    return std::fmod(x, y);
  } else {
    if (y == 0) return x;
    if constexpr (std::is_signed_v<T>)
      if (y == -1) return 0;
    return static_cast<T>(x % y);
  }
}

template <typename T>
T power_elements(T x, T y) {
  if constexpr (std::is_floating_point_v<T>) {
    return std::pow(x, y);
  } else {
    if constexpr (std::is_signed_v<T>)
      if (y < 0) return x == 1 ? T{1} : x == -1 ? static_cast<T>(y % 2 == 0 ? 1 : -1) : T{0};
    auto base = wrapping(x);
    decltype(base) result = 1;
    for (auto exponent = static_cast<uint64_t>(y); exponent > 0; exponent >>= 1) {
      if (exponent & 1) result *= base;
      base *= base;
    }
    return static_cast<T>(result);
  }
}

template <bool kGreatest, typename T>
T extremum(T x, T y) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(x)) return x;
    if (std::isnan(y)) return y;
  }
  return (x < y) == kGreatest ? y : x;
}

template <typename T>
T sign_of(T x) {
  if constexpr (std::is_floating_point_v<T>) {
    return x > 0 ? T{1} : x < 0 ? T{-1} : x;  // keeps NaN and the zero's sign
  } else {
    return static_cast<T>((x > 0) - (x < 0));
  }
}

template <typename T>
T absolute(T x) {
  if constexpr (std::is_floating_point_v<T>) {
    return std::fabs(x);
  } else {
    return x < 0 ? static_cast<T>(0 - wrapping(x)) : x;
  }
}

/// Shifts by the width or more give 0, as in StableHLO.
template <typename T>
T shift_elements(T x, T y, bool left) {
  using Unsigned = std::make_unsigned_t<T>;
  const auto amount = static_cast<Unsigned>(y);
  if (amount >= sizeof(T) * 8) return 0;
  const uint64_t bits = static_cast<Unsigned>(x);
  return static_cast<T>(left ? bits << amount : bits >> amount);
}

Step lower_abs(const LowerCall& call) {
  return lower_number_unary(call, [](auto x) { return absolute(x); });
}
Step lower_negate(const LowerCall& call) {
  return lower_number_unary(call, [](auto x) {
    if constexpr (std::is_integral_v<decltype(x)>)
      return static_cast<decltype(x)>(0 - wrapping(x));
    else
      return -x;
  });
}
Step lower_sign(const LowerCall& call) {
  return lower_number_unary(call, [](auto x) { return sign_of(x); });
}
Step lower_is_finite(const LowerCall& call) {
  return with_float(call.node.op->name, call.inputs[0].dtype(), [](auto tag) {
    return map_unary<typename decltype(tag)::type, bool>([](auto x) { return std::isfinite(x); });
  });
}
Step lower_not(const LowerCall& call) {
  if (call.output().dtype() == DType::kBool) return map_unary<bool, bool>([](bool x) { return !x; });
  return with_integer(call.node.op->name, call.output().dtype(), [](auto tag) {
    using T = typename decltype(tag)::type;
    return map_unary<T, T>([](T x) { return static_cast<T>(~x); });
  });
}

/// A lowering of a float function given as a captureless lambda.
template <auto kFunction>
Step lower_function(const LowerCall& call) {
  return lower_float_unary(call, [](auto x) { return kFunction(x); });
}

template <auto kFunction>
Step lower_arithmetic(const LowerCall& call) {
  return lower_number_binary(call, [](auto x, auto y) { return static_cast<decltype(x)>(kFunction(x, y)); });
}

template <auto kFunction>
Step lower_bits(const LowerCall& call) {
  return lower_bits_binary(call, [](auto x, auto y) { return static_cast<decltype(x)>(kFunction(x, y)); });
}

template <auto kFunction>
Step lower_shift(const LowerCall& call) {
  return lower_integer_binary(call, [](auto x, auto y) { return kFunction(x, y); });
}

template <typename F>
Step compare_elements(const LowerCall& call, F f) {
  return with_any(call.node.op->name, call.inputs[0].dtype(),
                  [&](auto tag) { return map_binary<typename decltype(tag)::type, bool>(f); });
}

Step lower_compare(const LowerCall& call) {
  const std::string& direction = call.attributes().get<std::string>("direction");
  if (direction == "EQ") return compare_elements(call, [](auto x, auto y) { return x == y; });
  if (direction == "NE") return compare_elements(call, [](auto x, auto y) { return x != y; });
  if (direction == "GE") return compare_elements(call, [](auto x, auto y) { return x >= y; });
  if (direction == "GT") return compare_elements(call, [](auto x, auto y) { return x > y; });
  if (direction == "LE") return compare_elements(call, [](auto x, auto y) { return x <= y; });
  return compare_elements(call, [](auto x, auto y) { return x < y; });
}

Step lower_select(const LowerCall& call) {
  const int64_t step = call.inputs[0].rank() == 0 ? 0 : 1;
  return with_bytes(item_size(call.output().dtype()), [&](auto tag) {
    using T = typename decltype(tag)::type;
    return over_elements([step](const StepContext& context, int64_t begin, int64_t end) {
      const bool* predicate = context.inputs[0].as<bool>();
      const T* on_true = context.inputs[1].as<T>();
      const T* on_false = context.inputs[2].as<T>();
      T* y = context.outputs[0].as<T>();
      for (int64_t i = begin; i < end; ++i) y[i] = predicate[i * step] ? on_true[i] : on_false[i];
    });
  });
}

Step lower_clamp(const LowerCall& call) {
  const int64_t low_step = call.inputs[0].rank() == 0 ? 0 : 1;
  const int64_t high_step = call.inputs[2].rank() == 0 ? 0 : 1;
  return with_number(call.node.op->name, call.output().dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    return over_elements([=](const StepContext& context, int64_t begin, int64_t end) {
      const T* low = context.inputs[0].as<T>();
      const T* x = context.inputs[1].as<T>();
      const T* high = context.inputs[2].as<T>();
      T* y = context.outputs[0].as<T>();
      for (int64_t i = begin; i < end; ++i)
        y[i] = T(extremum<false>(extremum<true>(widen(x[i]), widen(low[i * low_step])),
                                 widen(high[i * high_step])));
    });
  });
}

template <typename To, typename From>
To convert_element(From value) {
  if constexpr (std::is_same_v<To, bool>) {
    return value != From{};
  } else if constexpr (std::is_integral_v<To> && std::is_floating_point_v<From>) {
    if (std::isnan(value)) return 0;
    // Both bounds are exact powers of two (or zero) in From, so that the comparison is too.
    if (value <= static_cast<From>(std::numeric_limits<To>::min())) return std::numeric_limits<To>::min();
    if (value >= static_cast<From>(std::numeric_limits<To>::max())) return std::numeric_limits<To>::max();
    return static_cast<To>(value);
  } else if constexpr (kIsHalf<To>) {
    return To(static_cast<float>(value));
  } else {
    return static_cast<To>(value);
  }
}

Step lower_convert(const LowerCall& call) {
  return with_any(call.node.op->name, call.inputs[0].dtype(), [&](auto from) {
    return with_any(call.node.op->name, call.output().dtype(), [&](auto to) {
      using From = typename decltype(from)::type;
      using To = typename decltype(to)::type;
      return map_unary<From, To>([](auto x) { return convert_element<To>(x); });
    });
  });
}

constexpr auto kLogistic = [](auto x) { return decltype(x){1} / (decltype(x){1} + std::exp(-x)); };
constexpr auto kRoundEven = [](auto x) { return std::nearbyint(x); };

}  // namespace

void register_elementwise(LoweringTable& table) {
  const auto add = [&](const OpInfo& op, Step (*lower)(const LowerCall&)) {
    table.add(op, {.lower = lower, .storage = OutputStorage::kAnyOperand});
  };
  add(kAbsOp, lower_abs);
  add(kNegateOp, lower_negate);
  add(kSignOp, lower_sign);
  add(kExponentialOp, lower_function<[](auto x) { return std::exp(x); }>);
  add(kExponentialMinusOneOp, lower_function<[](auto x) { return std::expm1(x); }>);
  add(kLogOp, lower_function<[](auto x) { return std::log(x); }>);
  add(kLogPlusOneOp, lower_function<[](auto x) { return std::log1p(x); }>);
  add(kLogisticOp, lower_function<kLogistic>);
  add(kTanhOp, lower_function<[](auto x) { return std::tanh(x); }>);
  add(kSineOp, lower_function<[](auto x) { return std::sin(x); }>);
  add(kCosineOp, lower_function<[](auto x) { return std::cos(x); }>);
  add(kSqrtOp, lower_function<[](auto x) { return std::sqrt(x); }>);
  add(kRsqrtOp, lower_function<[](auto x) { return decltype(x){1} / std::sqrt(x); }>);
  add(kFloorOp, lower_function<[](auto x) { return std::floor(x); }>);
  add(kCeilOp, lower_function<[](auto x) { return std::ceil(x); }>);
  add(kRoundNearestEvenOp, lower_function<kRoundEven>);
  add(kErfOp, lower_function<[](auto x) { return std::erf(x); }>);
  add(kNotOp, lower_not);
  add(kAddOp, lower_arithmetic<[](auto x, auto y) { return wrapping(x) + wrapping(y); }>);
  add(kSubtractOp, lower_arithmetic<[](auto x, auto y) { return wrapping(x) - wrapping(y); }>);
  add(kMultiplyOp, lower_arithmetic<[](auto x, auto y) { return wrapping(x) * wrapping(y); }>);
  add(kDivideOp, lower_arithmetic<[](auto x, auto y) { return divide_elements(x, y); }>);
  add(kMaximumOp, lower_arithmetic<[](auto x, auto y) { return extremum<true>(x, y); }>);
  add(kMinimumOp, lower_arithmetic<[](auto x, auto y) { return extremum<false>(x, y); }>);
  add(kPowerOp, lower_arithmetic<[](auto x, auto y) { return power_elements(x, y); }>);
  add(kRemainderOp, lower_arithmetic<[](auto x, auto y) { return remainder_elements(x, y); }>);
  add(kAndOp, lower_bits<[](auto x, auto y) { return x & y; }>);
  add(kOrOp, lower_bits<[](auto x, auto y) { return x | y; }>);
  add(kXorOp, lower_bits<[](auto x, auto y) { return x ^ y; }>);
  add(kShiftLeftOp, lower_shift<[](auto x, auto y) { return shift_elements(x, y, true); }>);
  add(kShiftRightLogicalOp, lower_shift<[](auto x, auto y) { return shift_elements(x, y, false); }>);
  add(kSelectOp, lower_select);
  add(kClampOp, lower_clamp);
  table.add(kIsFiniteOp, {.lower = lower_is_finite});
  table.add(kCompareOp, {.lower = lower_compare});
  table.add(kConvertOp, {.lower = lower_convert});
  table.add(kBitcastConvertOp, {.storage = OutputStorage::kAlias});
}

}  // namespace easydel::native
