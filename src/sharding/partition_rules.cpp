#include <algorithm>
#include <array>

#include "base/format.h"
#include "easydel/error.h"
#include "sharding/rule_matcher.h"

namespace easydel {
namespace {

/// Axes that EasyDeL's rules may name on any mesh; one that the mesh lacks counts as of size 1.
bool is_known_axis(std::string_view axis) {
  constexpr std::array<std::string_view, 5> kAxes = {"dp", "fsdp", "ep", "tp", "sp"};
  return std::find(kAxes.begin(), kAxes.end(), axis) != kAxes.end();
}

}  // namespace

RuleMatcher::RuleMatcher(const PartitionRules& rules) {
  for (size_t index = 0; index < rules.size(); ++index) {
    const PartitionRule& rule = rules[index];
    try {
      rules_.emplace_back(std::regex(rule.pattern), rule.spec);
    } catch (const std::regex_error& error) {
      throw Error(ErrorCode::kInvalidArgument, "partition rules",
                  fmt::format("rule {} of {}: \"{}\" is not a regular expression: {}", index + 1,
                              rules.size(), rule.pattern, error.what()));
    }
  }
}

PartitionSpec RuleMatcher::match(std::string_view path, const Shape& shape) const {
  if (shape.rank() == 0 || shape.elements() == 1) return {};
  for (const auto& [pattern, spec] : rules_)
    if (std::regex_search(path.begin(), path.end(), pattern)) return spec;
  throw Error(ErrorCode::kNotFound, "partition rules",
              fmt::format("partition rule not found for param \"{}\"; end the rules with \".*\"", path));
}

PartitionSpec match_partition_rule(const PartitionRules& rules, std::string_view path, const Shape& shape) {
  return RuleMatcher(rules).match(path, shape);
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
    PartitionSpec::AxisGroup kept;
    int64_t parts = 1;
    for (const std::string& axis : spec.groups()[dimension]) {
      const std::optional<int64_t> size = mesh.axis_size(axis);
      if (!size && !is_known_axis(axis))
        throw Error(ErrorCode::kInvalidArgument, "sharding",
                    fmt::format("the spec {} of parameter \"{}\" names axis \"{}\", the mesh has {}",
                                spec.to_string(), path, axis, mesh.to_string()));
      if (!size) continue;
      if (dimension >= static_cast<size_t>(shape.rank())) {
        if (*size > 1)
          drop(fmt::format("{} has more entries than the tensor dimensions (axis \"{}\")", spec.to_string(),
                           axis));
      } else if (shape.dim(static_cast<int>(dimension)) % (parts * *size) != 0) {
        drop(
            fmt::format("dimension {} is not divisible by {} (axis \"{}\")", dimension, parts * *size, axis));
      } else {
        parts *= *size;
        kept.push_back(axis);
      }
    }
    if (dimension < static_cast<size_t>(shape.rank())) groups.push_back(std::move(kept));
  }
  result.spec = PartitionSpec(std::move(groups));
  return result;
}

}  // namespace easydel
