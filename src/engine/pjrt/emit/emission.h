// Emission of one op as StableHLO. One file per op family in ops/, with the same stem as in graph/ops.
//
//   void register_elementwise(EmissionTable& table) {
//     table.add(kTanhOp, [](const EmitCall& call) { return Operands{call.writer.same_type("tanh", call.inputs)}; });
//   }
#pragma once

#include <unordered_map>

#include "easydel/precision.h"
#include "easydel/sharding.h"
#include "engine/pjrt/emit/function_writer.h"
#include "graph/graph.h"

namespace easydel::pjrt {

/// A float of two bytes: what is computed wider and rounded.
inline bool is_half(DType dtype) {
  return dtype == DType::kF16 || dtype == DType::kBF16;
}

/// One node that is to be written.
struct EmitCall {
  const Node& node;
  const Operands& inputs;
  FunctionWriter& writer;
  const Mesh& mesh;
  Precision precision;  ///< of products of f32

  const Shape& output(size_t index = 0) const { return node.outputs[index]; }
  const Attributes& attributes() const { return node.attributes; }
};

/// Writes the node's operations and returns its results.
using Emission = Operands (*)(const EmitCall& call);

class EmissionTable {
 public:
  void add(const OpInfo& op, Emission emission) { rows_.emplace(&op, emission); }
  /// Null when the op has no direct emission (a composite is then decomposed).
  Emission find(const OpInfo& op) const {
    const auto row = rows_.find(&op);
    return row == rows_.end() ? nullptr : row->second;
  }

 private:
  std::unordered_map<const OpInfo*, Emission> rows_;
};

/// The table of every family, made once.
const EmissionTable& emission_table();

}  // namespace easydel::pjrt
