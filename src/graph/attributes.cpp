#include "graph/attributes.h"

#include "base/format.h"
#include "easydel/error.h"

namespace easydel {

std::string to_string(const Attribute& attribute) {
  return std::visit(
      [](const auto& value) -> std::string {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, std::string>)
          return fmt::format("\"{}\"", value);
        else if constexpr (std::is_same_v<T, std::vector<int64_t>>)
          return fmt::format("[{}]", fmt::join(value, ","));
        else
          return fmt::format("{}", value);
      },
      attribute);
}

std::string Attributes::to_string() const {
  if (entries_.empty()) return "";
  std::vector<std::string> parts;
  for (const auto& [name, value] : entries_)
    parts.push_back(fmt::format("{} = {}", name, easydel::to_string(value)));
  return fmt::format("{{{}}}", fmt::join(parts, ", "));
}

const Attribute& Attributes::find(std::string_view name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end())
    throw Error(ErrorCode::kInternal, "attributes",
                fmt::format("\"{}\" is missing from {}", name, to_string()));
  return found->second;
}

void Attributes::fail_type(std::string_view name) {
  throw Error(ErrorCode::kInternal, "attributes",
              fmt::format("\"{}\" has another type than its op reads", name));
}

}  // namespace easydel
