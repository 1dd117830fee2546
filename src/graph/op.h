// OpInfo: what the graph knows about one operation. Lowerings live beside their engines, under the same
// family name.
//
//   const OpInfo kTanh{.name = "tanh", .infer = infer_same_shape};
//   Value y = x.graph().add(kTanh, {x});
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "easydel/shape.h"
#include "graph/attributes.h"

namespace easydel {

class Graph;
struct Value;
struct OpInfo;

/// The arguments of a shape rule.
struct OpCall {
  const OpInfo& op;
  std::span<const Shape> inputs;
  const Attributes& attributes;

  /// Throws Error(kShapeMismatch) naming the op, with the operand shapes appended to `detail`.
  [[noreturn]] void fail(std::string_view detail) const;
  /// fail()s unless there are exactly `count` operands.
  void expect_inputs(size_t count) const;
  void expect_inputs(size_t least, size_t most) const;
};

/// One operation. Ops are pure: state (caches, random keys) goes in and comes out as values, and shapes are
/// static.
struct OpInfo {
  std::string_view name;  ///< StableHLO's name for plain ops
  /// Output shapes; throws Error(kShapeMismatch) with the operand shapes.
  std::vector<Shape> (*infer)(const OpCall& call) = nullptr;
  /// For composites: the same computation in simpler ops. It is the test oracle, and the lowering of an
  /// engine without a direct form. Null for plain ops.
  std::vector<Value> (*decompose)(Graph& graph, std::span<const Value> inputs,
                                  const Attributes& attributes) = nullptr;

  bool is_composite() const { return decompose != nullptr; }
};

/// Every op, in a fixed order: the registry that engines' tables and tests walk.
std::span<const OpInfo* const> all_ops();

/// The op of that name; null when there is none.
const OpInfo* find_op(std::string_view name);

}  // namespace easydel
