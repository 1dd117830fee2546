#include "engine/pjrt/emit/sharding_text.h"

#include <vector>

#include "base/format.h"

namespace easydel::pjrt {

std::string mesh_text(const Mesh& mesh) {
  std::vector<std::string> axes;
  for (size_t axis = 0; axis < mesh.axis_names().size(); ++axis)
    axes.push_back(fmt::format("\"{}\"={}", mesh.axis_names()[axis], mesh.axis_dims()[axis]));
  return fmt::format("sdy.mesh @mesh = <[{}]>", fmt::join(axes, ", "));
}

std::string sharding_text(const PartitionSpec& spec, int rank) {
  std::vector<std::string> dimensions;
  for (int dimension = 0; dimension < rank; ++dimension) {
    std::vector<std::string> axes;
    for (const std::string& axis : spec.group(dimension)) axes.push_back(fmt::format("\"{}\"", axis));
    dimensions.push_back(fmt::format("{{{}}}", fmt::join(axes, ", ")));
  }
  return fmt::format("<@mesh, [{}]>", fmt::join(dimensions, ", "));
}

}  // namespace easydel::pjrt
