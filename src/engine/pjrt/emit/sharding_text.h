// Shardy's textual forms of a mesh and of how a tensor lies on it.
//
//   mesh_text(mesh);                         // sdy.mesh @mesh = <["dp"=2, "tp"=4]>
//   sharding_text({{"dp"}, {}}, /*rank=*/3); // <@mesh, [{"dp"}, {}, {}]>
#pragma once

#include <string>

#include "easydel/sharding.h"

namespace easydel::pjrt {

std::string mesh_text(const Mesh& mesh);
/// Dimensions past the spec's end are whole on every device, and stay so: all are closed to propagation.
std::string sharding_text(const PartitionSpec& spec, int rank);

}  // namespace easydel::pjrt
