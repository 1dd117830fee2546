// What the op tests share: building a one-op program, running it on every instruction set, comparing by dtype.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "graph/graph.h"

namespace easydel {

/// Traces an op on its operands.
using OpBuilder = std::function<std::vector<Value>(Graph& graph, const std::vector<Value>& operands)>;

/// The instruction sets that this machine has.
std::vector<Isa> available_isas();

/// Runs the op on `inputs`.
std::vector<HostTensor> run_op(Engine& engine, const OpBuilder& build, const std::vector<HostTensor>& inputs,
                               bool decomposed = false);
/// As above, on a native engine of its own.
std::vector<HostTensor> run_op(const OpBuilder& build, const std::vector<HostTensor>& inputs, Isa isa,
                               int threads, bool decomposed = false);

/// Fails the test where the tensors differ in shape or by more than `tolerance` of the greater of 1 and the expected
/// magnitude; NaN equals NaN. Integers and bools must be equal.
void expect_close(const HostTensor& actual, const HostTensor& expected, double tolerance,
                  const std::string& what);

/// The rounding of one step of the dtype, with a margin for libraries whose functions differ in the last places.
double tolerance_of(DType dtype);

}  // namespace easydel
