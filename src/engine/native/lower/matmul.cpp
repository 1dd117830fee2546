// Linear layers.
#include "graph/ops/matmul.h"

#include "engine/native/lower/linear_group.h"

namespace easydel::native {

void register_matmul(LoweringTable& table) {
  table.add(kLinearOp, {.lower = [](const LowerCall& call) { return lower_linears({&call, 1}); }});
}

}  // namespace easydel::native
