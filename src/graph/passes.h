// Passes: rewrites of a graph that keep its meaning. Each returns a new graph with the same parameters,
// outputs and aliases (unused kInput and kState parameters stay: they are the program's signature; unused
// weights go).
//
//   graph = eliminate_dead_code(graph);
//   graph = merge_common_subexpressions(graph);
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "graph/graph.h"

namespace easydel {

/// Copies a graph node by node through `replace`, which may return replacement values for a node (given its
/// already rewritten operands in the new graph), or an empty vector to copy the node as it is.
using NodeRewriter =
    std::function<std::vector<Value>(Graph& target, const Node& node, std::span<const Value> operands)>;
Graph rewrite(const Graph& source, const NodeRewriter& replace);

/// Drops nodes that no output depends on.
Graph eliminate_dead_code(const Graph& source);

/// Merges nodes with the same op, operands and attributes (and equal constants).
Graph merge_common_subexpressions(const Graph& source);

/// Computes one node on constant operands; an engine provides it.
using Evaluator =
    std::function<std::vector<HostTensor>(const Node& node, std::span<const HostTensor> operands)>;
/// Replaces nodes whose operands are all constant, where the result has at most `max_bytes`.
Graph fold_constants(const Graph& source, const Evaluator& evaluate, size_t max_bytes = 1 << 20);

/// Replaces composites for which `keep` is false by their decomposition, recursively.
Graph decompose(const Graph& source, const std::function<bool(const Node&)>& keep);

}  // namespace easydel
