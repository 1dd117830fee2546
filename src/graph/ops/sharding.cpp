#include "graph/ops/sharding.h"

#include <algorithm>

#include "base/format.h"

namespace easydel {
namespace {

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const size_t end = std::min(text.find(separator), text.size());
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::vector<Shape> infer_sharding_constraint(const OpCall& call) {
  call.expect_inputs(1);
  const PartitionSpec spec = constraint_spec(call.attributes);
  if (spec.groups().size() > static_cast<size_t>(call.inputs[0].rank()))
    call.fail(fmt::format("{} has more entries than the operand has axes", spec.to_string()));
  return {call.inputs[0]};
}

std::vector<Value> decompose_sharding_constraint(Graph& /*graph*/, std::span<const Value> inputs,
                                                 const Attributes& /*attributes*/) {
  return {inputs[0]};
}

}  // namespace

constinit const OpInfo kShardingConstraintOp{.name = "sharding_constraint",
                                             .infer = infer_sharding_constraint,
                                             .decompose = decompose_sharding_constraint};

std::span<const OpInfo* const> sharding_ops() {
  static constexpr const OpInfo* kOps[] = {&kShardingConstraintOp};
  return kOps;
}

// The attribute reads "dp,fsdp;sp;": a semicolon ends each axis, commas part the mesh axes of one.
Value sharding_constraint(Value x, const PartitionSpec& spec) {
  std::string text;
  for (const PartitionSpec::AxisGroup& group : spec.groups())
    text += fmt::format("{};", fmt::join(group, ","));
  return x.graph().add(kShardingConstraintOp, {x}, {{"spec", text}});
}

PartitionSpec constraint_spec(const Attributes& attributes) {
  std::vector<PartitionSpec::AxisGroup> groups;
  for (const std::string& group : split(attributes.get<std::string>("spec"), ';'))
    groups.push_back(split(group, ','));
  return PartitionSpec(std::move(groups));
}

}  // namespace easydel
