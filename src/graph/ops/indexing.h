// Ops that read or write at positions which are values: gather, scatter, dynamic slices, embedding lookup.
// Out-of-range positions are clamped (slices, gather) or dropped (scatter), as in StableHLO.
#pragma once

#include "graph/graph.h"

namespace easydel {

extern const OpInfo kGatherOp, kScatterOp, kDynamicSliceOp, kDynamicUpdateSliceOp, kEmbeddingOp;

/// StableHLO's gather dimension numbers (without batching dims).
struct GatherDims {
  std::vector<int64_t> offset_dims;
  std::vector<int64_t> collapsed_slice_dims;
  std::vector<int64_t> start_index_map;
  int64_t index_vector_dim = 0;
  std::vector<int64_t> slice_sizes;
};
Value gather(Value operand, Value start_indices, const GatherDims& dims);

/// StableHLO's scatter dimension numbers.
struct ScatterDims {
  std::vector<int64_t> update_window_dims;
  std::vector<int64_t> inserted_window_dims;
  std::vector<int64_t> scatter_dims_to_operand_dims;
  int64_t index_vector_dim = 0;
};
/// How scatter and reduce combine two elements.
enum class ReduceKind : uint8_t { kSum, kProduct, kMax, kMin, kAnd, kOr, kReplace };
std::string_view to_string(ReduceKind kind);
ReduceKind parse_reduce_kind(std::string_view name);
Value scatter(Value operand, Value scatter_indices, Value updates, const ScatterDims& dims, ReduceKind kind);

/// `sizes` elements from the scalar i32 positions `starts`, one per axis.
Value dynamic_slice(Value x, std::span<const Value> starts, std::span<const int64_t> sizes);
/// `x` with `update` written at `starts`. An engine updates in place when nothing else reads `x`.
Value dynamic_update_slice(Value x, Value update, std::span<const Value> starts);

/// Rows of a table along axis 0: take(x [n, ...], ids i32 [...]) is [ids..., ...].
Value take(Value x, Value ids);

/// Composite. Rows `ids` (i32 [...]) of `table` [vocab, hidden], converted to `dtype`: [..., hidden].
Value embedding(Value table, Value ids, DType dtype);

}  // namespace easydel
