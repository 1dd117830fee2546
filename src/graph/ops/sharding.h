// How a value lies on the mesh. Engines with one device skip it.
//
//   x = sharding_constraint(x, {{"dp", "fsdp"}, {"sp"}, {}});   // x [batch, seq, hidden]
#pragma once

#include "easydel/sharding.h"
#include "graph/graph.h"

namespace easydel {

extern const OpInfo kShardingConstraintOp;

/// Composite. `x` itself; an engine over a mesh lays it out as `spec` says. Axes that the mesh lacks or that do not
/// divide their dimension are left out (as fit_spec() does). An empty spec asks for replication.
Value sharding_constraint(Value x, const PartitionSpec& spec);

/// The spec that a sharding_constraint node asks for.
PartitionSpec constraint_spec(const Attributes& attributes);

}  // namespace easydel
