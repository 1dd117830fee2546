// Linear layers of one x, such as the projections to queries, keys and values, as one step: x is brought into the form of
// the kernels once, and the workers are called once.
//
//   if (joins(graph, leader, node)) group.push_back(node);
//   Step step = lower_linears(calls);    // operands: x, then those of each call but its x; results: one of each call
#pragma once

#include <span>

#include "engine/native/lower/lowering.h"

namespace easydel::native {

/// Whether `node` can run together with `leader`, a linear layer or not, which stands before it: same x, weights of the same
/// kind, and nothing else but parameters of the graph.
bool joins(const Graph& graph, const Node& leader, const Node& node);

/// Of linear or quantized_linear nodes that join the first one, at most kMostLinears.
Step lower_linears(std::span<const LowerCall> calls);

}  // namespace easydel::native
