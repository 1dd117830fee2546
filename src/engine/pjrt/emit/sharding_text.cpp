#include "engine/pjrt/emit/sharding_text.h"

#include <vector>

#include "base/format.h"

namespace easydel::pjrt {
namespace {

/// An axis name as a string of MLIR; bytes past letters, digits and _ become %XX, because XLA ends the process over
/// escapes that it does not know.
std::string quoted_axis(std::string_view name) {
  std::string text = "\"";
  for (const char c : name) {
    const bool is_plain =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    text += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return text + '"';
}

}  // namespace

std::string mesh_text(const Mesh& mesh) {
  std::vector<std::string> axes;
  for (size_t axis = 0; axis < mesh.axis_names().size(); ++axis)
    axes.push_back(fmt::format("{}={}", quoted_axis(mesh.axis_names()[axis]), mesh.axis_dims()[axis]));
  return fmt::format("sdy.mesh @mesh = <[{}]>", fmt::join(axes, ", "));
}

std::string sharding_text(const PartitionSpec& spec, int rank) {
  std::vector<std::string> dimensions;
  for (int dimension = 0; dimension < rank; ++dimension) {
    std::vector<std::string> axes;
    for (const std::string& axis : spec.group(dimension)) axes.push_back(quoted_axis(axis));
    dimensions.push_back(fmt::format("{{{}}}", fmt::join(axes, ", ")));
  }
  return fmt::format("<@mesh, [{}]>", fmt::join(dimensions, ", "));
}

}  // namespace easydel::pjrt
