// Element types of tensors.
//
//   DType dtype = parse_dtype("bfloat16");   // also "bf16", "BF16"
//   to_string(dtype);                        // "bf16"
//   item_size(dtype);                        // 2
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace easydel {

/// Element types, named as StableHLO names them (`kI8` is si8, `kBool` is i1 stored as one byte).
enum class DType : uint8_t { kAuto, kBool, kI8, kU8, kI32, kU32, kI64, kF16, kBF16, kF32, kF64 };

/// "f32", "bf16", "i64", ...; "auto" for kAuto.
std::string_view to_string(DType dtype);

/// Accepts this library's names ("bf16"), NumPy's and torch's ("bfloat16", "torch.bfloat16") and safetensors'
/// ("BF16"). Throws Error(kInvalidArgument) that lists the known names.
DType parse_dtype(std::string_view name);

/// "float32", "bfloat16", ...: the name in NumPy, torch and config.json.
std::string_view numpy_name(DType dtype);

/// Bytes per element. Throws Error(kInvalidArgument) for kAuto.
size_t item_size(DType dtype);

constexpr bool is_float(DType dtype) {
  return dtype == DType::kF16 || dtype == DType::kBF16 || dtype == DType::kF32 || dtype == DType::kF64;
}
constexpr bool is_signed_integer(DType dtype) {
  return dtype == DType::kI8 || dtype == DType::kI32 || dtype == DType::kI64;
}
constexpr bool is_unsigned_integer(DType dtype) {
  return dtype == DType::kU8 || dtype == DType::kU32;
}
constexpr bool is_integer(DType dtype) {
  return is_signed_integer(dtype) || is_unsigned_integer(dtype);
}

/// A bfloat16 number: the upper half of a float's bits. Conversion from float rounds to nearest, ties to
/// even.
struct BFloat16 {
  uint16_t bits = 0;
  BFloat16() = default;
  explicit BFloat16(float value) {
    const auto word = std::bit_cast<uint32_t>(value);
    const bool is_nan = (word & 0x7fffffffu) > 0x7f800000u;
    bits =
        static_cast<uint16_t>(is_nan ? (word >> 16) | 0x40u : (word + 0x7fffu + ((word >> 16) & 1u)) >> 16);
  }
  explicit operator float() const { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }
  static BFloat16 from_bits(uint16_t bits);
};

/// An IEEE 754 half-precision number. Conversion from float rounds to nearest, ties to even.
struct Float16 {
  uint16_t bits = 0;
  Float16() = default;
  explicit Float16(float value);
  explicit operator float() const;
  static Float16 from_bits(uint16_t bits);
};

/// The DType of a C++ type: dtype_of<float>() is kF32.
template <typename T>
constexpr DType dtype_of();
template <>
constexpr DType dtype_of<bool>() {
  return DType::kBool;
}
template <>
constexpr DType dtype_of<int8_t>() {
  return DType::kI8;
}
template <>
constexpr DType dtype_of<uint8_t>() {
  return DType::kU8;
}
template <>
constexpr DType dtype_of<int32_t>() {
  return DType::kI32;
}
template <>
constexpr DType dtype_of<uint32_t>() {
  return DType::kU32;
}
template <>
constexpr DType dtype_of<int64_t>() {
  return DType::kI64;
}
template <>
constexpr DType dtype_of<Float16>() {
  return DType::kF16;
}
template <>
constexpr DType dtype_of<BFloat16>() {
  return DType::kBF16;
}
template <>
constexpr DType dtype_of<float>() {
  return DType::kF32;
}
template <>
constexpr DType dtype_of<double>() {
  return DType::kF64;
}

}  // namespace easydel
