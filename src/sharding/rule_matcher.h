// RuleMatcher: partition rules with their patterns compiled once, for a model's many parameters.
//
//   const RuleMatcher matcher(rules);
//   PartitionSpec spec = matcher.match("model/layers/0/mlp/up_proj/kernel", shape);
#pragma once

#include <regex>
#include <string_view>
#include <utility>
#include <vector>

#include "easydel/sharding.h"

namespace easydel {

class RuleMatcher {
 public:
  /// Throws Error(kInvalidArgument) for a pattern that is not a regular expression.
  explicit RuleMatcher(const PartitionRules& rules);
  /// As match_partition_rule().
  PartitionSpec match(std::string_view path, const Shape& shape) const;

 private:
  std::vector<std::pair<std::regex, PartitionSpec>> rules_;
};

}  // namespace easydel
