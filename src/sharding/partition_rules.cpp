#include <regex>

#include "base/format.h"
#include "easydel/error.h"
#include "easydel/sharding.h"

namespace easydel {

PartitionSpec match_partition_rule(const PartitionRules& rules, std::string_view path, const Shape& shape) {
  if (shape.rank() == 0 || shape.elements() == 1) return {};
  for (const PartitionRule& rule : rules) {
    try {
      if (std::regex_search(path.begin(), path.end(), std::regex(rule.pattern))) return rule.spec;
    } catch (const std::regex_error& error) {
      throw Error(ErrorCode::kInvalidArgument, "partition rules",
                  fmt::format("\"{}\" is not a regular expression: {}", rule.pattern, error.what()));
    }
  }
  throw Error(ErrorCode::kNotFound, "partition rules",
              fmt::format("no rule matches parameter \"{}\"; end the rules with \".*\"", path));
}

SpecAdjustment fit_spec(const PartitionSpec& spec, const Shape& shape, const Mesh& mesh,
                        std::string_view path, bool strict) {
  SpecAdjustment result;
  std::vector<PartitionSpec::AxisGroup> groups;
  const auto drop = [&](std::string reason) {
    if (strict)
      throw Error(ErrorCode::kShapeMismatch, "sharding",
                  fmt::format("parameter \"{}\" {}: {}", path, shape, reason));
    result.warnings.push_back(
        fmt::format("parameter \"{}\" {}: {}; the axis is dropped", path, shape, reason));
  };
  for (size_t dimension = 0; dimension < spec.groups().size(); ++dimension) {
    if (dimension >= static_cast<size_t>(shape.rank())) {
      if (!spec.groups()[dimension].empty())
        drop(fmt::format("{} has more entries than the tensor dimensions", spec.to_string()));
      continue;
    }
    PartitionSpec::AxisGroup kept;
    int64_t parts = 1;
    for (const std::string& axis : spec.groups()[dimension]) {
      const std::optional<int64_t> size = mesh.axis_size(axis);
      if (!size) {
        drop(fmt::format("the mesh {} has no axis \"{}\"", mesh.to_string(), axis));
      } else if (shape.dim(static_cast<int>(dimension)) % (parts * *size) != 0) {
        drop(
            fmt::format("dimension {} is not divisible by {} (axis \"{}\")", dimension, parts * *size, axis));
      } else {
        parts *= *size;
        kept.push_back(axis);
      }
    }
    groups.push_back(std::move(kept));
  }
  result.spec = PartitionSpec(std::move(groups));
  return result;
}

}  // namespace easydel
