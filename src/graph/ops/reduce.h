// Reductions.
#pragma once

#include "graph/graph.h"
#include "graph/ops/indexing.h"

namespace easydel {

extern const OpInfo kReduceOp, kArgmaxOp, kCumulativeSumOp;

/// Combines all elements along `axes`, which are removed. Sums of f16 and bf16 accumulate in f32.
Value reduce(Value x, ReduceKind kind, std::span<const int64_t> axes);
/// reduce() along one axis, kept with size 1 if `keep`; negative axes count from the end.
Value reduce_axis(Value x, ReduceKind kind, int axis, bool keep = false);
Value reduce_mean(Value x, int axis, bool keep = false);

/// Composite. Index (i32) of the first greatest element along `axis`, which is removed; a NaN counts as greatest.
Value argmax(Value x, int axis);
/// Composite. Inclusive running sum along `axis`.
Value cumulative_sum(Value x, int axis);

}  // namespace easydel
