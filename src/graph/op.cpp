#include "graph/op.h"

#include "base/format.h"
#include "easydel/error.h"

namespace easydel {

void OpCall::fail(std::string_view detail) const {
  throw Error(ErrorCode::kShapeMismatch, std::string(op.name),
              fmt::format("{}; operands: {}", detail, fmt::join(inputs, ", ")));
}

void OpCall::expect_inputs(size_t count) const {
  expect_inputs(count, count);
}

void OpCall::expect_inputs(size_t least, size_t most) const {
  if (inputs.size() >= least && inputs.size() <= most) return;
  fail(least == most ? fmt::format("takes {} operands", least)
                     : fmt::format("takes {} to {} operands", least, most));
}

}  // namespace easydel
