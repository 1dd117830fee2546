// The rows of the op tests: one op on given operands. Every engine runs the same rows.
//
//   for (const OpRow& row : plain_op_rows()) run_op(*engine, row.build, row.inputs);
#pragma once

#include <set>

#include "unit/ops/op_testing.h"

namespace easydel {

struct OpRow {
  std::string name;
  OpBuilder build;
  std::vector<HostTensor> inputs;
  std::vector<HostTensor> expected;  ///< from JAX; empty for composites, whose decomposition is the reference
  double tolerance = 0;              ///< of composites; plain ops have that of their dtype
};

/// One row per case of tests/golden/ops/ops.safetensors.
std::vector<OpRow> plain_op_rows();
std::vector<OpRow> composite_op_rows();
/// Some of composite_op_rows().
std::vector<OpRow> quantized_op_rows();

/// The names of the ops that the rows trace.
std::set<std::string_view> ops_of(const std::vector<OpRow>& rows);

}  // namespace easydel
