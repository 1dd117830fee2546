// Layer loops: the runs of layers that compute the same, each of which can be written as one while loop.
//
//   const Signature signature(graph, find_layer_stacks(graph, specs, weights));
//   for (const LayerLoop& loop : find_layer_loops(graph, signature)) ...   // 30 trips over a body of one layer
//
// A body may be several layers (`period`), where kinds alternate. What two trips do differently (other ops, shapes or
// constants, results that something outside reads) makes a run shorter, or no loop at all: that is never an error.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "engine/pjrt/emit/signature.h"
#include "graph/graph.h"

namespace easydel::pjrt {

/// Where a body takes an operand from.
struct LoopSource {
  enum class Kind : uint8_t {
    kBody,       ///< `value`, which the body computes
    kCarry,      ///< carries[index]
    kMember,     ///< members[index]: the trip's row of a stack
    kInvariant,  ///< `value`, the same on every trip
  };
  Kind kind = Kind::kInvariant;
  size_t index = 0;
  ValueId value;
};

/// A node of the first trip, for those of all trips.
struct LoopNode {
  int32_t node = 0;
  std::vector<LoopSource> operands;
};

/// A stack that a body reads a row of.
struct LoopMember {
  size_t argument = 0;
  int64_t first = 0, stride = 1;

  int64_t row(int64_t trip) const { return first + trip * stride; }
  friend auto operator<=>(const LoopMember&, const LoopMember&) = default;
};

/// What one trip hands to the next.
struct LoopCarry {
  ValueId initial;  ///< of the first trip
  ValueId next;     ///< of the body: the value of the trip after
  ValueId last;     ///< what the last trip hands on
};

/// A row of a state that a body replaces.
struct LoopUpdate {
  size_t member = 0;
  ValueId value;  ///< of the body
};

struct LayerLoop {
  int64_t first_layer = 0, period = 1, trips = 0;
  std::vector<LoopNode> body;  ///< in the graph's order
  std::vector<LoopMember> members;
  std::vector<LoopCarry> carries;
  std::vector<LoopUpdate> updates;
  std::set<int32_t> nodes;  ///< of all trips
};

/// Disjoint loops, those that save most first. The graph must be free of common subexpressions.
std::vector<LayerLoop> find_layer_loops(const Graph& graph, const Signature& signature);

}  // namespace easydel::pjrt
