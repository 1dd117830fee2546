#include "engine/pjrt/emit/emit.h"

#include <algorithm>
#include <vector>

#include "base/format.h"
#include "base/log.h"
#include "easydel/error.h"
#include "engine/pjrt/emit/emission.h"
#include "engine/pjrt/emit/graph_writer.h"
#include "engine/pjrt/emit/layer_loops.h"
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
      : graph_(graph),
        options_(options),
        signature_(graph, options.stacks),
        is_sharded_(options.mesh.device_count() > 1) {}

  std::string emit() {
    const std::vector<LayerLoop> loops = find_layer_loops(graph_, signature_);
    for (const LayerLoop& loop : loops)
      log(LogLevel::kInfo, fmt::format("{} layers from {} on are a loop of {} trips",
                                       loop.trips * loop.period, loop.first_layer, loop.trips));
    if (loops.empty() && !options_.stacks.empty())
      log(LogLevel::kInfo, "no layers repeat: they stand one behind the other");
    GraphWriter writer(graph_, signature_, loops, {options_.mesh, options_.precision, options_.host_kernels});
    writer.write();
    std::string text = "module @easydel {\n";
    if (is_sharded_) text += fmt::format("  {}\n", mesh_text(options_.mesh));
    text += fmt::format("  func.func public @main({}\n  ) -> ({}\n  ) {{\n", arguments(), results());
    text += writer.text();
    return text + return_line(writer.results()) + "  }\n}\n";
  }

 private:
  std::string arguments() const {
    const std::vector<Argument>& all = signature_.arguments();
    std::vector<std::string> attributes;
    attributes.reserve(all.size());
    for (const Argument& argument : all)
      attributes.push_back(sharding_attribute(argument_spec(argument), argument.name, argument.shape));
    for (size_t index = 0; index < signature_.results().size(); ++index) {
      const int argument = signature_.results()[index].argument;
      if (argument < 0) continue;
      std::string& list = attributes[static_cast<size_t>(argument)];
      list += fmt::format("{}tf.aliasing_output = {} : i32", list.empty() ? "" : ", ", index);
    }
    std::vector<std::string> declarations, names;
    for (size_t index = 0; index < all.size(); ++index) {
      declarations.push_back(
          with_attributes(fmt::format("%arg{}: {}", index, type_text(all[index].shape)), attributes[index]));
      names.push_back(all[index].is_stack()
                          ? fmt::format("{}, {} stacked", all[index].name, all[index].members.size())
                          : all[index].name);
    }
    return lines(declarations, names);
  }

  std::string results() const {
    std::vector<std::string> declarations, names;
    for (const Result& result : signature_.results()) {
      declarations.push_back(with_attributes(
          type_text(result.shape), sharding_attribute(result_spec(result), result.name, result.shape)));
      names.push_back(result.name);
    }
    return lines(declarations, names);
  }

  /// One declaration per line, its name as a comment behind it.
  static std::string lines(const std::vector<std::string>& declarations,
                           const std::vector<std::string>& names) {
    std::string text;
    for (size_t index = 0; index < declarations.size(); ++index)
      text += fmt::format("\n      {}{}  // {}", declarations[index],
                          index + 1 < declarations.size() ? "," : "", comment_text(names[index]));
    return text;
  }

  static std::string with_attributes(std::string declaration, std::string_view attributes) {
    return attributes.empty() ? std::move(declaration) : fmt::format("{} {{{}}}", declaration, attributes);
  }

  /// A stack's rows lie as its members do, each of them on the devices that hold a part of it.
  PartitionSpec argument_spec(const Argument& argument) const {
    const auto spec = options_.parameter_specs.find(argument.members.front());
    const PartitionSpec one = spec == options_.parameter_specs.end() ? PartitionSpec() : spec->second;
    return argument.is_stack() ? stacked_spec(one) : one;
  }

  PartitionSpec result_spec(const Result& result) const {
    const auto spec = options_.output_specs.find(result.name);
    if (spec != options_.output_specs.end()) return spec->second;
    return result.argument < 0 ? PartitionSpec()
                               : argument_spec(signature_.arguments()[static_cast<size_t>(result.argument)]);
  }

  std::string sharding_attribute(const PartitionSpec& spec, std::string_view name, const Shape& shape) const {
    if (!is_sharded_) return "";
    try {
      (void)NamedSharding(options_.mesh, spec).shard_shape(shape);
    } catch (const Error& error) {
      throw Error(error.code(), error.operation(), fmt::format("\"{}\": {}", name, error.detail()));
    }
    return fmt::format("sdy.sharding = #sdy.sharding{}", sharding_text(spec, shape.rank()));
  }

  static std::string return_line(const Operands& results) {
    if (results.empty()) return "    func.return\n";
    std::vector<std::string> types;
    for (const Operand& result : results) types.push_back(type_text(result.shape));
    return fmt::format("    func.return {} : {}\n", names_text(results), fmt::join(types, ", "));
  }

  const Graph& graph_;
  const EmitOptions& options_;
  Signature signature_;
  bool is_sharded_;
};

}  // namespace

std::string emit_stablehlo(const Graph& graph, const EmitOptions& options) {
  const auto is_written = [&](const Node& node) {
    return emission_table().find(*node.op) != nullptr ||
           (options.host_kernels != nullptr && options.host_kernels->has(node));
  };
  // Layers that were decomposed one by one share masks and constants.
  const Graph plain = merge_common_subexpressions(decompose(graph, is_written));
  return ModuleEmitter(plain, options).emit();
}

}  // namespace easydel::pjrt
