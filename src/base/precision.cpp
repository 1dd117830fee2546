#include "easydel/precision.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/format.h"
#include "easydel/error.h"

namespace easydel {

Precision parse_precision(std::string_view name) {
  constexpr std::pair<std::string_view, Precision> kNames[] = {
      {"highest", Precision::kHighest},  {"float32", Precision::kHighest},
      {"high", Precision::kHigh},        {"tensorfloat32", Precision::kHigh},
      {"bfloat16_3x", Precision::kHigh}, {"default", Precision::kDefault},
      {"fastest", Precision::kDefault},  {"bfloat16", Precision::kDefault}};
  const auto* const found = std::ranges::find(kNames, name, &std::pair<std::string_view, Precision>::first);
  if (found == std::end(kNames))
    throw Error(ErrorCode::kInvalidArgument, "precision",
                fmt::format("\"{}\" is no precision of products; use highest (float32), high (tensorfloat32) "
                            "or default (fastest, bfloat16)",
                            name));
  return found->second;
}

std::string_view to_string(Precision precision) {
  switch (precision) {
    case Precision::kHighest:
      return "highest";
    case Precision::kHigh:
      return "high";
    case Precision::kDefault:
      return "default";
  }
  return "";
}

}  // namespace easydel
