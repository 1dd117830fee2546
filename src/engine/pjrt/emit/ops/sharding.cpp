#include "graph/ops/sharding.h"

#include "base/format.h"
#include "engine/pjrt/emit/emission.h"
#include "engine/pjrt/emit/literal.h"
#include "engine/pjrt/emit/sharding_text.h"

namespace easydel::pjrt {
namespace {

Operands emit_sharding_constraint(const EmitCall& call) {
  if (call.mesh.device_count() == 1) return call.inputs;
  const Operand& x = call.inputs[0];
  const PartitionSpec spec =
      fit_spec(constraint_spec(call.attributes()), x.shape, call.mesh, "activation").spec;
  return {call.writer.define(fmt::format("sdy.sharding_constraint {} {} : {}", x.name,
                                         sharding_text(spec, x.shape.rank()), type_text(x.shape)),
                             x.shape)};
}

}  // namespace

void register_sharding(EmissionTable& table) {
  table.add(kShardingConstraintOp, emit_sharding_constraint);
}

}  // namespace easydel::pjrt
