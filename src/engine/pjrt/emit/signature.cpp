#include "engine/pjrt/emit/signature.h"

#include <algorithm>
#include <optional>

#include "base/layer_name.h"

namespace easydel::pjrt {
namespace {

/// What members of one stack have in common.
struct Family {
  std::string name;
  ParameterKind kind;
  Shape shape;
  PartitionSpec spec;
  std::map<int64_t, std::string> members;  // by layer

  bool holds(const Family& other) const {
    return name == other.name && kind == other.kind && shape == other.shape && spec == other.spec;
  }
};

std::vector<int> counts_of_outputs(const Graph& graph) {
  std::vector<int> counts(graph.parameters().size());
  for (const Output& output : graph.outputs())
    if (output.aliased_parameter >= 0) ++counts[static_cast<size_t>(output.aliased_parameter)];
  return counts;
}

}  // namespace

std::vector<LayerStack> find_layer_stacks(const Graph& graph,
                                          const std::map<std::string, PartitionSpec, std::less<>>& specs,
                                          const std::map<std::string, Shape, std::less<>>& weights) {
  std::vector<Family> families;
  const auto add = [&](const std::string& name, ParameterKind kind, const Shape& shape, bool may_begin) {
    const std::optional<LayerName> split = split_layer_name(name);
    if (!split || shape.rank() == Shape::kMaxRank) return;
    const auto spec = specs.find(name);
    Family family{split->any, kind, shape, spec == specs.end() ? PartitionSpec() : spec->second, {}};
    auto found = std::ranges::find_if(families, [&](const Family& known) { return known.holds(family); });
    if (found == families.end()) {
      if (!may_begin) return;
      found = families.insert(families.end(), std::move(family));
    }
    found->members.emplace(split->layer, name);
  };
  const std::vector<int> updates = counts_of_outputs(graph);
  for (size_t index = 0; index < graph.parameters().size(); ++index) {
    const Parameter& parameter = graph.parameters()[index];
    const bool is_updated_state = parameter.kind == ParameterKind::kState && updates[index] == 1;
    if (parameter.kind == ParameterKind::kWeight || is_updated_state)
      add(parameter.name, parameter.kind, graph.shape(parameter.value), true);
  }
  for (const auto& [name, shape] : weights) add(name, ParameterKind::kWeight, shape, false);

  std::vector<LayerStack> stacks;
  for (Family& family : families) {
    if (family.members.size() < 2) continue;
    LayerStack& stack = stacks.emplace_back(LayerStack{family.name, {}});
    for (auto& [layer, name] : family.members) stack.members.push_back(std::move(name));
  }
  return stacks;
}

Shape stacked_shape(const Shape& one, int64_t rows) {
  std::vector<int64_t> dims = {rows};
  dims.insert(dims.end(), one.dims().begin(), one.dims().end());
  return one.with_dims(dims);
}

Shape row_shape(const Shape& stack) {
  return stack.with_dims(stack.dims().subspan(1));
}

PartitionSpec stacked_spec(const PartitionSpec& member) {
  std::vector<PartitionSpec::AxisGroup> groups = {{}};
  groups.insert(groups.end(), member.groups().begin(), member.groups().end());
  return PartitionSpec(std::move(groups));
}

Signature::Signature(const Graph& graph, std::span<const LayerStack> stacks) {
  add_arguments(graph, stacks);
  add_results(graph);
}

void Signature::add_arguments(const Graph& graph, std::span<const LayerStack> stacks) {
  std::map<std::string_view, const LayerStack*> stack_of;
  for (const LayerStack& stack : stacks)
    for (const std::string& member : stack.members) stack_of.emplace(member, &stack);
  std::map<const LayerStack*, size_t> places;
  for (const Parameter& parameter : graph.parameters()) {
    const Shape& shape = graph.shape(parameter.value);
    const auto found = stack_of.find(parameter.name);
    if (found == stack_of.end()) {
      arguments_.push_back({parameter.name, shape, parameter.kind, {parameter.name}});
      continue;
    }
    const LayerStack& stack = *found->second;
    const auto [place, is_new] = places.try_emplace(&stack, arguments_.size());
    if (is_new)
      arguments_.push_back(
          {stack.name, stacked_shape(shape, std::ssize(stack.members)), parameter.kind, stack.members});
    const auto row = std::ranges::find(stack.members, parameter.name) - stack.members.begin();
    rows_[parameter.value] = {place->second, row, split_layer_name(parameter.name)->layer};
  }
}

void Signature::add_results(const Graph& graph) {
  std::map<std::string_view, std::pair<size_t, size_t>> places;  // argument and member by parameter
  for (size_t index = 0; index < arguments_.size(); ++index)
    for (size_t member = 0; member < arguments_[index].members.size(); ++member)
      places[arguments_[index].members[member]] = {index, member};
  std::map<size_t, size_t> result_of;  // by argument
  for (size_t index = 0; index < graph.outputs().size(); ++index) {
    const Output& output = graph.outputs()[index];
    if (output.aliased_parameter < 0) {
      results_.push_back({output.name, graph.shape(output.value), {index}, -1});
      continue;
    }
    const auto [argument, member] =
        places.at(graph.parameters()[static_cast<size_t>(output.aliased_parameter)].name);
    const Argument& taken = arguments_[argument];
    if (!taken.is_stack()) {
      results_.push_back({output.name, taken.shape, {index}, static_cast<int>(argument)});
      continue;
    }
    const auto [place, is_new] = result_of.try_emplace(argument, results_.size());
    if (is_new)
      results_.push_back(
          {taken.name, taken.shape, std::vector<size_t>(taken.members.size()), static_cast<int>(argument)});
    results_[place->second].outputs[member] = index;
  }
}

}  // namespace easydel::pjrt
