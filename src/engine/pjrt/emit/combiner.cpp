#include "engine/pjrt/emit/combiner.h"

#include <limits>

#include "base/format.h"
#include "engine/pjrt/emit/literal.h"

namespace easydel::pjrt {
namespace {

std::string_view op_of(ReduceKind kind) {
  switch (kind) {
    case ReduceKind::kSum:
      return "add";
    case ReduceKind::kProduct:
      return "multiply";
    case ReduceKind::kMax:
      return "maximum";
    case ReduceKind::kMin:
      return "minimum";
    case ReduceKind::kAnd:
      return "and";
    case ReduceKind::kOr:
      return "or";
    case ReduceKind::kReplace:
      break;
  }
  return "";
}

template <typename T>
HostTensor integer_limit(bool greatest) {
  using Limits = std::numeric_limits<T>;
  return HostTensor::from<T>({}, std::vector<T>{greatest ? Limits::max() : Limits::min()});
}

HostTensor integer_limit(DType dtype, bool greatest) {
  switch (dtype) {
    case DType::kI8:
      return integer_limit<int8_t>(greatest);
    case DType::kU8:
      return integer_limit<uint8_t>(greatest);
    case DType::kI32:
      return integer_limit<int32_t>(greatest);
    case DType::kU32:
      return integer_limit<uint32_t>(greatest);
    default:
      return integer_limit<int64_t>(greatest);
  }
}

}  // namespace

std::string combiner_text(ReduceKind kind, DType dtype) {
  const std::string type = type_text(Shape(dtype, {}));
  std::string text = fmt::format("      ^bb0(%a: {}, %b: {}):\n", type, type);
  if (kind == ReduceKind::kReplace) return text + fmt::format("        stablehlo.return %b : {}\n", type);
  text += fmt::format("        %c = stablehlo.{} %a, %b : {}\n", op_of(kind), type);
  return text + fmt::format("        stablehlo.return %c : {}\n", type);
}

Operand neutral_element(FunctionWriter& writer, ReduceKind kind, DType dtype) {
  const Shape scalar(dtype, {});
  switch (kind) {
    case ReduceKind::kProduct:
      return writer.full(1.0, scalar);
    case ReduceKind::kMax:
    case ReduceKind::kMin: {
      const bool greatest = kind == ReduceKind::kMin;
      const double infinity = std::numeric_limits<double>::infinity();
      return is_float(dtype) ? writer.full(greatest ? infinity : -infinity, scalar)
                             : writer.constant(integer_limit(dtype, greatest));
    }
    case ReduceKind::kAnd: {
      const bool is_signed = is_signed_integer(dtype);
      if (dtype == DType::kBool || is_signed) return writer.full(is_signed ? -1.0 : 1.0, scalar);
      return writer.constant(integer_limit(dtype, true));
    }
    default:
      return writer.full(0.0, scalar);
  }
}

}  // namespace easydel::pjrt
