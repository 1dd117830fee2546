// Sorting.
#pragma once

#include <utility>

#include "graph/graph.h"

namespace easydel {

extern const OpInfo kSortOp, kTopKOp;

/// Stable sort of `keys` along `axis`; `payload`, of the same dims, is permuted alongside. NaNs sort last.
std::pair<Value, Value> sort(Value keys, Value payload, int axis, bool descending = false);
/// The `k` greatest elements along the last axis, descending, and their i32 positions (chlo.top_k).
std::pair<Value, Value> top_k(Value x, int64_t k);

}  // namespace easydel
