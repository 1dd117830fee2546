// From a dtype known at run time to a C++ type, for lowerings that are templates.
#pragma once

#include <cstdint>
#include <type_traits>

#include "base/format.h"
#include "easydel/error.h"

namespace easydel::native {

/// The type in which elements are computed: float for the 16-bit floats, else T itself.
template <typename T>
using Wide = std::conditional_t<std::is_same_v<T, BFloat16> || std::is_same_v<T, Float16>, float, T>;

template <typename T>
constexpr bool kIsHalf = !std::is_same_v<Wide<T>, T>;

template <typename T>
Wide<T> widen(T value) {
  return static_cast<Wide<T>>(value);
}

template <typename T>
T narrow(Wide<T> value) {
  return T(value);
}

[[noreturn]] inline void fail_dtype(std::string_view op, DType dtype) {
  throw Error(ErrorCode::kUnsupported, std::string(op), fmt::format("is not defined for {}", dtype));
}

/// A type, as a value that can be passed to a generic lambda.
template <typename T>
struct TypeTag {
  using type = T;
};

template <typename F>
decltype(auto) with_float(std::string_view op, DType dtype, F&& f) {
  switch (dtype) {
    case DType::kF16:
      return f(TypeTag<Float16>{});
    case DType::kBF16:
      return f(TypeTag<BFloat16>{});
    case DType::kF32:
      return f(TypeTag<float>{});
    case DType::kF64:
      return f(TypeTag<double>{});
    default:
      fail_dtype(op, dtype);
  }
}

template <typename F>
decltype(auto) with_integer(std::string_view op, DType dtype, F&& f) {
  switch (dtype) {
    case DType::kI8:
      return f(TypeTag<int8_t>{});
    case DType::kU8:
      return f(TypeTag<uint8_t>{});
    case DType::kI32:
      return f(TypeTag<int32_t>{});
    case DType::kU32:
      return f(TypeTag<uint32_t>{});
    case DType::kI64:
      return f(TypeTag<int64_t>{});
    default:
      fail_dtype(op, dtype);
  }
}

template <typename F>
decltype(auto) with_number(std::string_view op, DType dtype, F&& f) {
  return is_float(dtype) ? with_float(op, dtype, f) : with_integer(op, dtype, f);
}

template <typename F>
decltype(auto) with_any(std::string_view op, DType dtype, F&& f) {
  return dtype == DType::kBool ? f(TypeTag<bool>{}) : with_number(op, dtype, f);
}

/// An unsigned integer of the element's size: for ops that only move bytes.
template <typename F>
decltype(auto) with_bytes(size_t item_bytes, F&& f) {
  switch (item_bytes) {
    case 1:
      return f(TypeTag<uint8_t>{});
    case 2:
      return f(TypeTag<uint16_t>{});
    case 4:
      return f(TypeTag<uint32_t>{});
    default:
      return f(TypeTag<uint64_t>{});
  }
}

}  // namespace easydel::native
