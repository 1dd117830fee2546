// Ops that move elements without changing them.
#pragma once

#include "graph/graph.h"

namespace easydel {

extern const OpInfo kIotaOp, kBroadcastInDimOp, kReshapeOp, kTransposeOp, kSliceOp, kPadOp, kConcatenateOp,
    kReverseOp;

/// 0, 1, 2, ... along `axis`.
Value iota(Graph& graph, const Shape& shape, int axis);
/// Operand axis i becomes result axis `dims_map[i]`; axes of size 1 stretch.
Value broadcast_in_dim(Value x, std::span<const int64_t> dims, std::span<const int64_t> dims_map);
/// NumPy broadcasting to `dims` (aligned at the last axis).
Value broadcast_to(Value x, std::span<const int64_t> dims);
inline Value broadcast_to(Value x, std::initializer_list<int64_t> dims) {
  return broadcast_to(x, std::span<const int64_t>(dims.begin(), dims.size()));
}
/// The same elements in row-major order; one size may be -1.
Value reshape(Value x, std::span<const int64_t> dims);
inline Value reshape(Value x, std::initializer_list<int64_t> dims) {
  return reshape(x, std::span<const int64_t>(dims.begin(), dims.size()));
}
/// Result axis i is operand axis `permutation[i]`.
Value transpose(Value x, std::span<const int64_t> permutation);
inline Value transpose(Value x, std::initializer_list<int64_t> permutation) {
  return transpose(x, std::span<const int64_t>(permutation.begin(), permutation.size()));
}
/// Elements start, start + stride, ... below limit, per axis.
Value slice(Value x, std::span<const int64_t> start, std::span<const int64_t> limit,
            std::span<const int64_t> strides);
/// slice() of one axis: elements [start, limit); negative `axis` counts from the end.
Value slice_axis(Value x, int axis, int64_t start, int64_t limit);
/// Edge padding (may be negative) and interior padding with the scalar `value`.
Value pad(Value x, Value value, std::span<const int64_t> low, std::span<const int64_t> high,
          std::span<const int64_t> interior);
Value concatenate(std::span<const Value> parts, int axis);
inline Value concatenate(std::initializer_list<Value> parts, int axis) {
  return concatenate(std::span<const Value>(parts.begin(), parts.size()), axis);
}
Value reverse(Value x, std::span<const int64_t> axes);

}  // namespace easydel
