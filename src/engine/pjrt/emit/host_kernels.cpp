#include "engine/pjrt/emit/host_kernels.h"

#include <numeric>
#include <vector>

#include "base/format.h"

namespace easydel::pjrt {
namespace {

/// Row-major, which is what the kernels read; XLA may choose others for itself.
std::string layout_text(const Shape& shape) {
  std::vector<int64_t> order(static_cast<size_t>(shape.rank()));
  std::iota(order.rbegin(), order.rend(), 0);
  return order.empty() ? "dense<> : tensor<0xindex>"
                       : fmt::format("dense<{}> : tensor<{}xindex>", list_text(order), order.size());
}

std::string layouts_text(std::span<const Shape> shapes) {
  std::vector<std::string> layouts;
  for (const Shape& shape : shapes) layouts.push_back(layout_text(shape));
  return fmt::format("[{}]", fmt::join(layouts, ", "));
}

/// As a string attribute of MLIR holds it.
std::string in_quotes(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

}  // namespace

Operands write_host_call(FunctionWriter& writer, HostKernels& kernels, const Node& node,
                         const Operands& operands) {
  constexpr int kTypedFfi = 4;
  std::vector<Shape> shapes;
  for (const Operand& operand : operands) shapes.push_back(operand.shape);
  const std::string properties = fmt::format(
      "api_version = {} : i32, backend_config = {{{} = {}}}, call_target_name = \"{}\", "
      "operand_layouts = {}, result_layouts = {}",
      kTypedFfi, kHostKernelKey, in_quotes(kernels.prepare(node, shapes)), kHostKernelTarget,
      layouts_text(shapes), layouts_text(node.outputs));
  return writer.generic("stablehlo.custom_call", operands, properties, "", node.outputs);
}

}  // namespace easydel::pjrt
