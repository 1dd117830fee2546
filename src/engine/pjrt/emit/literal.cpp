#include "engine/pjrt/emit/literal.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "base/format.h"
#include "easydel/error.h"

namespace easydel::pjrt {
namespace {

/// MLIR wants a dot in every decimal float.
std::string with_dot(std::string digits) {
  if (digits.find('.') != std::string::npos) return digits;
  const size_t exponent = std::min(digits.find('e'), digits.size());
  digits.insert(exponent, ".0");
  return digits;
}

std::string bits_text(double value, DType dtype) {
  switch (dtype) {
    case DType::kF64:
      return fmt::format("0x{:016X}", std::bit_cast<uint64_t>(value));
    case DType::kF32:
      return fmt::format("0x{:08X}", std::bit_cast<uint32_t>(static_cast<float>(value)));
    case DType::kBF16:
      return fmt::format("0x{:04X}", BFloat16(static_cast<float>(value)).bits);
    default:
      return fmt::format("0x{:04X}", Float16(static_cast<float>(value)).bits);
  }
}

std::string element_text(const HostTensor& one) {
  if (one.dtype() == DType::kI64) return fmt::format("{}", one.data<int64_t>()[0]);
  if (one.dtype() == DType::kBool) return one.data<bool>()[0] ? "true" : "false";
  return number_text(one.to(DType::kF64).data<double>()[0], one.dtype());
}

bool has_equal_elements(const HostTensor& literal) {
  const auto bytes = literal.bytes();
  const size_t size = item_size(literal.dtype());
  return std::memcmp(bytes.data(), bytes.data() + size, bytes.size() - size) == 0;
}

}  // namespace

std::string_view element_type_text(DType dtype) {
  switch (dtype) {
    case DType::kBool:
      return "i1";
    case DType::kU8:
      return "ui8";
    case DType::kU32:
      return "ui32";
    case DType::kAuto:
      throw Error(ErrorCode::kInternal, "emit", "a value has no dtype");
    default:
      return to_string(dtype);
  }
}

std::string type_text(const Shape& shape) {
  std::string text = "tensor<";
  for (const int64_t dim : shape.dims()) text += fmt::format("{}x", dim);
  return fmt::format("{}{}>", text, element_type_text(shape.dtype()));
}

std::string number_text(double value, DType dtype) {
  if (dtype == DType::kBool) return value != 0 ? "true" : "false";
  if (!is_float(dtype)) return fmt::format("{}", static_cast<int64_t>(value));
  if (!std::isfinite(value)) return bits_text(value, dtype);
  return with_dot(dtype == DType::kF64 ? fmt::format("{}", value)
                                       : fmt::format("{}", static_cast<float>(value)));
}

std::optional<std::string> literal_text(const HostTensor& literal) {
  if (literal.shape().elements() == 0) return "dense<>";
  if (has_equal_elements(literal)) {
    const Shape one(literal.dtype(), {});
    return fmt::format("dense<{}>", element_text(HostTensor::copy_of(
                                        one, literal.bytes().first(item_size(literal.dtype())))));
  }
  if (literal.dtype() == DType::kBool) return std::nullopt;
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text = "dense<\"0x";
  text.reserve(text.size() + 2 * literal.bytes().size() + 2);
  for (const std::byte byte : literal.bytes()) {
    text += kDigits[static_cast<size_t>(byte) >> 4];
    text += kDigits[static_cast<size_t>(byte) & 15];
  }
  return text + "\">";
}

}  // namespace easydel::pjrt
