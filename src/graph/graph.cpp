#include "graph/graph.h"

#include <algorithm>

#include "base/format.h"
#include "easydel/error.h"

namespace easydel {
namespace {

std::vector<Shape> infer_leaf(const OpCall& call) {
  call.fail("parameters and constants are made by Graph itself");
}

std::string literal_text(const HostTensor& literal) {
  constexpr int64_t kShown = 8;
  if (literal.shape().elements() > kShown) return "...";
  const HostTensor wide = literal.to(DType::kF64);
  return fmt::format("{}", fmt::join(wide.data<double>(), ", "));
}

}  // namespace

const OpInfo kParameterOp{.name = "parameter", .infer = infer_leaf};
const OpInfo kConstantOp{.name = "constant", .infer = infer_leaf};

const Shape& Value::shape() const {
  return owner->shape(id);
}

int32_t Graph::append(Node node) {
  nodes_.push_back(std::move(node));
  return static_cast<int32_t>(nodes_.size()) - 1;
}

Value Graph::parameter(std::string_view name, const Shape& shape, ParameterKind kind) {
  if (const auto found = parameter_index_.find(name); found != parameter_index_.end()) {
    const Parameter& existing = parameters_[found->second];
    if (this->shape(existing.value) != shape || existing.kind != kind)
      throw Error(ErrorCode::kShapeMismatch, "parameter",
                  fmt::format("\"{}\" is used as {} and as {}; one name stands for one tensor", name,
                              this->shape(existing.value), shape));
    return {this, existing.value};
  }
  const ValueId id{append({.op = &kParameterOp, .outputs = {shape}, .name = std::string(name)}), 0};
  parameter_index_.emplace(name, parameters_.size());
  parameters_.push_back({std::string(name), kind, id});
  return {this, id};
}

Value Graph::constant(HostTensor literal) {
  const Shape shape = literal.shape();
  return {this, {append({.op = &kConstantOp, .outputs = {shape}, .literal = std::move(literal)}), 0}};
}

std::vector<Value> Graph::add_multi(const OpInfo& op, std::span<const Value> inputs, Attributes attributes) {
  Node node{.op = &op};
  std::vector<Shape> shapes;
  shapes.reserve(inputs.size());
  node.inputs.reserve(inputs.size());
  for (const Value& input : inputs) {
    if (input.owner != this)
      throw Error(ErrorCode::kInvalidArgument, std::string(op.name),
                  "an operand belongs to another graph, or is absent");
    shapes.push_back(input.shape());
    node.inputs.push_back(input.id);
  }
  node.outputs = op.infer({op, shapes, attributes});
  node.attributes = std::move(attributes);
  const size_t count = node.outputs.size();
  const int32_t index = append(std::move(node));
  std::vector<Value> results;
  for (size_t output = 0; output < count; ++output)
    results.push_back({this, {index, static_cast<int32_t>(output)}});
  return results;
}

Value Graph::add(const OpInfo& op, std::initializer_list<Value> inputs, Attributes attributes) {
  return add(op, std::span<const Value>(inputs.begin(), inputs.size()), std::move(attributes));
}

Value Graph::add(const OpInfo& op, std::span<const Value> inputs, Attributes attributes) {
  return add_multi(op, inputs, std::move(attributes)).front();
}

void Graph::set_output(std::string_view name, Value value) {
  const bool taken =
      std::any_of(outputs_.begin(), outputs_.end(), [&](const Output& o) { return o.name == name; });
  if (taken || value.owner != this)
    throw Error(ErrorCode::kInvalidArgument, "set_output",
                fmt::format("\"{}\" {}", name, taken ? "is already an output" : "belongs to another graph"));
  outputs_.push_back({std::string(name), value.id, -1});
}

void Graph::set_output_alias(std::string_view name, Value value, std::string_view state) {
  const std::optional<size_t> index = find_parameter(state);
  if (!index || parameters_[*index].kind != ParameterKind::kState)
    throw Error(ErrorCode::kInvalidArgument, "set_output_alias",
                fmt::format("\"{}\" is not a state parameter", state));
  if (shape(parameters_[*index].value) != value.shape())
    throw Error(ErrorCode::kShapeMismatch, "set_output_alias",
                fmt::format("state \"{}\" is {}, its new value {}", state, shape(parameters_[*index].value),
                            value.shape()));
  set_output(name, value);
  outputs_.back().aliased_parameter = static_cast<int>(*index);
}

std::optional<size_t> Graph::find_parameter(std::string_view name) const {
  const auto found = parameter_index_.find(name);
  if (found == parameter_index_.end()) return std::nullopt;
  return found->second;
}

std::string Graph::to_string() const {
  std::string text;
  const auto reference = [this](ValueId id) {
    return node(id).outputs.size() == 1 ? fmt::format("%{}", id.node)
                                        : fmt::format("%{}#{}", id.node, id.output);
  };
  for (int32_t index = 0; index < node_count(); ++index) {
    const Node& current = node(index);
    std::vector<std::string> operands;
    for (ValueId input : current.inputs) operands.push_back(reference(input));
    if (current.op == &kParameterOp) operands.push_back(fmt::format("\"{}\"", current.name));
    if (current.op == &kConstantOp) operands.push_back(literal_text(current.literal));
    text += fmt::format("%{} = {} {}", index, current.op->name, fmt::join(operands, ", "));
    if (!current.attributes.empty()) text += " " + current.attributes.to_string();
    text += fmt::format(" : {}\n", fmt::join(current.outputs, ", "));
  }
  for (const Output& output : outputs_) {
    text += fmt::format("return {} as \"{}\"", reference(output.value), output.name);
    if (output.aliased_parameter >= 0)
      text +=
          fmt::format(" in place of \"{}\"", parameters_[static_cast<size_t>(output.aliased_parameter)].name);
    text += "\n";
  }
  return text;
}

}  // namespace easydel
