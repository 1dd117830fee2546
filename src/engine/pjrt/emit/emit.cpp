#include "engine/pjrt/emit/emit.h"

#include <algorithm>
#include <vector>

#include "base/format.h"
#include "easydel/error.h"
#include "engine/pjrt/emit/emission.h"
#include "engine/pjrt/emit/literal.h"
#include "engine/pjrt/emit/sharding_text.h"
#include "graph/passes.h"

namespace easydel::pjrt {
namespace {

/// A name as a comment holds it: on one line.
std::string comment_text(std::string_view name) {
  std::string text(name);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, '?');
  return text;
}

class ModuleEmitter {
 public:
  ModuleEmitter(const Graph& graph, const EmitOptions& options)
      : graph_(graph), options_(options), is_sharded_(options.mesh.device_count() > 1) {
    values_.resize(static_cast<size_t>(graph.node_count()));
  }

  std::string emit() {
    name_parameters();
    for (int32_t index = 0; index < graph_.node_count(); ++index)
      if (graph_.node(index).op != &kParameterOp) values_[static_cast<size_t>(index)] = emit_node(index);
    std::string text = "module @easydel {\n";
    if (is_sharded_) text += fmt::format("  {}\n", mesh_text(options_.mesh));
    text += fmt::format("  func.func public @main({}\n  ) -> ({}\n  ) {{\n", arguments(), results());
    text += writer_.text();
    return text + return_line() + "  }\n}\n";
  }

 private:
  void name_parameters() {
    for (size_t index = 0; index < graph_.parameters().size(); ++index) {
      const ValueId id = graph_.parameters()[index].value;
      values_[static_cast<size_t>(id.node)] = {{fmt::format("%arg{}", index), graph_.shape(id)}};
    }
  }

  const Operand& at(ValueId id) const {
    return values_[static_cast<size_t>(id.node)][static_cast<size_t>(id.output)];
  }

  Operands emit_node(int32_t index) {
    const Node& node = graph_.node(index);
    if (node.op == &kConstantOp) return {writer_.constant(node.literal)};
    const Emission emission = emission_table().find(*node.op);
    if (emission == nullptr)
      throw Error(ErrorCode::kUnsupported, std::string(node.op->name),
                  "the pjrt engine has no StableHLO form of this op; run on the native engine, or add one to "
                  "src/engine/pjrt/emit/ops");
    Operands operands;
    for (const ValueId input : node.inputs) operands.push_back(at(input));
    return emission({node, operands, writer_, options_.mesh});
  }

  std::string arguments() const {
    std::vector<std::string> attributes(graph_.parameters().size());
    for (size_t index = 0; index < attributes.size(); ++index)
      attributes[index] = sharding_attribute(parameter_spec(index), graph_.parameters()[index].name,
                                             graph_.parameters()[index].value);
    for (size_t index = 0; index < graph_.outputs().size(); ++index) {
      const int parameter = graph_.outputs()[index].aliased_parameter;
      if (parameter < 0) continue;
      std::string& list = attributes[static_cast<size_t>(parameter)];
      list += fmt::format("{}tf.aliasing_output = {} : i32", list.empty() ? "" : ", ", index);
    }
    std::vector<std::string> declarations;
    std::vector<std::string_view> names;
    for (size_t index = 0; index < attributes.size(); ++index) {
      const Parameter& parameter = graph_.parameters()[index];
      declarations.push_back(with_attributes(
          fmt::format("%arg{}: {}", index, type_text(graph_.shape(parameter.value))), attributes[index]));
      names.push_back(parameter.name);
    }
    return lines(declarations, names);
  }

  std::string results() const {
    std::vector<std::string> declarations;
    std::vector<std::string_view> names;
    for (const Output& output : graph_.outputs()) {
      declarations.push_back(
          with_attributes(type_text(graph_.shape(output.value)),
                          sharding_attribute(output_spec(output), output.name, output.value)));
      names.push_back(output.name);
    }
    return lines(declarations, names);
  }

  /// One declaration per line, its name as a comment behind it.
  static std::string lines(const std::vector<std::string>& declarations,
                           const std::vector<std::string_view>& names) {
    std::string text;
    for (size_t index = 0; index < declarations.size(); ++index)
      text += fmt::format("\n      {}{}  // {}", declarations[index],
                          index + 1 < declarations.size() ? "," : "", comment_text(names[index]));
    return text;
  }

  static std::string with_attributes(std::string declaration, std::string_view attributes) {
    return attributes.empty() ? std::move(declaration) : fmt::format("{} {{{}}}", declaration, attributes);
  }

  PartitionSpec parameter_spec(size_t index) const {
    const auto spec = options_.parameter_specs.find(graph_.parameters()[index].name);
    return spec == options_.parameter_specs.end() ? PartitionSpec() : spec->second;
  }

  PartitionSpec output_spec(const Output& output) const {
    const auto spec = options_.output_specs.find(output.name);
    if (spec != options_.output_specs.end()) return spec->second;
    return output.aliased_parameter < 0 ? PartitionSpec()
                                        : parameter_spec(static_cast<size_t>(output.aliased_parameter));
  }

  std::string sharding_attribute(const PartitionSpec& spec, std::string_view name, ValueId value) const {
    if (!is_sharded_) return "";
    const Shape& shape = graph_.shape(value);
    try {
      (void)NamedSharding(options_.mesh, spec).shard_shape(shape);
    } catch (const Error& error) {
      throw Error(error.code(), error.operation(), fmt::format("\"{}\": {}", name, error.detail()));
    }
    return fmt::format("sdy.sharding = #sdy.sharding{}", sharding_text(spec, shape.rank()));
  }

  std::string return_line() const {
    std::vector<std::string> names, types;
    for (const Output& output : graph_.outputs()) {
      names.push_back(at(output.value).name);
      types.push_back(type_text(graph_.shape(output.value)));
    }
    if (names.empty()) return "    func.return\n";
    return fmt::format("    func.return {} : {}\n", fmt::join(names, ", "), fmt::join(types, ", "));
  }

  const Graph& graph_;
  const EmitOptions& options_;
  bool is_sharded_;
  FunctionWriter writer_;
  std::vector<Operands> values_;
};

}  // namespace

std::string emit_stablehlo(const Graph& graph, const EmitOptions& options) {
  const auto has_emission = [](const OpInfo& op) { return emission_table().find(op) != nullptr; };
  // Layers that were decomposed one by one share masks and constants.
  const Graph plain = merge_common_subexpressions(decompose(graph, has_emission));
  return ModuleEmitter(plain, options).emit();
}

}  // namespace easydel::pjrt
