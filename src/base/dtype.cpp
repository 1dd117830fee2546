#include "easydel/dtype.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "easydel/error.h"

namespace easydel {
namespace {

struct DTypeRow {
  DType dtype;
  std::string_view name;
  std::string_view numpy_name;
  std::string_view safetensors_name;
  size_t bytes;
};

constexpr std::array<DTypeRow, 11> kRows = {{
    {DType::kAuto, "auto", "auto", "", 0},
    {DType::kBool, "bool", "bool", "BOOL", 1},
    {DType::kI8, "i8", "int8", "I8", 1},
    {DType::kU8, "u8", "uint8", "U8", 1},
    {DType::kI32, "i32", "int32", "I32", 4},
    {DType::kU32, "u32", "uint32", "U32", 4},
    {DType::kI64, "i64", "int64", "I64", 8},
    {DType::kF16, "f16", "float16", "F16", 2},
    {DType::kBF16, "bf16", "bfloat16", "BF16", 2},
    {DType::kF32, "f32", "float32", "F32", 4},
    {DType::kF64, "f64", "float64", "F64", 8},
}};

}  // namespace

std::string_view to_string(DType dtype) {
  return kRows[static_cast<size_t>(dtype)].name;
}

DType parse_dtype(std::string_view name) {
  constexpr std::string_view kTorchPrefix = "torch.";
  if (name.starts_with(kTorchPrefix)) name.remove_prefix(kTorchPrefix.size());
  for (const DTypeRow& row : kRows) {
    if (!name.empty() && (name == row.name || name == row.numpy_name || name == row.safetensors_name)) {
      return row.dtype;
    }
  }
  throw Error(
      ErrorCode::kInvalidArgument, "dtype",
      fmt::format("\"{}\" is not a known dtype; known: bool i8 u8 i32 u32 i64 f16 bf16 f32 f64", name));
}

std::string_view numpy_name(DType dtype) {
  return kRows[static_cast<size_t>(dtype)].numpy_name;
}

size_t item_size(DType dtype) {
  const size_t bytes = kRows[static_cast<size_t>(dtype)].bytes;
  if (bytes == 0)
    throw Error(ErrorCode::kInvalidArgument, "dtype", "\"auto\" has no size; choose a dtype first");
  return bytes;
}

BFloat16 BFloat16::from_bits(uint16_t bits) {
  BFloat16 result;
  result.bits = bits;
  return result;
}

Float16::Float16(float value) {
  const uint32_t word = std::bit_cast<uint32_t>(value);
  const auto sign = static_cast<uint16_t>((word >> 16) & 0x8000u);
  const uint32_t magnitude = word & 0x7fffffffu;
  if (magnitude >= 0x7f800000u) {  // infinity or NaN
    bits = static_cast<uint16_t>(sign | 0x7c00u | (magnitude > 0x7f800000u ? 0x200u : 0u));
  } else if (magnitude >= 0x477ff000u) {  // rounds past the largest half
    bits = static_cast<uint16_t>(sign | 0x7c00u);
  } else if (magnitude < 0x38800000u) {  // subnormal: let the FPU round, by adding a power of two
    const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
    bits = static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(shifted) - std::bit_cast<uint32_t>(0.5f)));
  } else {
    const uint32_t odd = (magnitude >> 13) & 1u;
    bits = static_cast<uint16_t>(sign | ((magnitude - 0x38000000u + 0xfffu + odd) >> 13));
  }
}

Float16::operator float() const {
  const uint32_t sign = static_cast<uint32_t>(bits & 0x8000u) << 16;
  const uint32_t exponent = (bits >> 10) & 0x1fu;
  const uint32_t mantissa = bits & 0x3ffu;
  if (exponent == 0) {
    const float value = std::ldexp(static_cast<float>(mantissa), -24);
    return sign != 0 ? -value : value;
  }
  const uint32_t word =
      exponent == 31 ? (0x7f800000u | (mantissa << 13)) : ((exponent + 112) << 23) | (mantissa << 13);
  return std::bit_cast<float>(sign | word);
}

Float16 Float16::from_bits(uint16_t bits) {
  Float16 result;
  result.bits = bits;
  return result;
}

}  // namespace easydel
