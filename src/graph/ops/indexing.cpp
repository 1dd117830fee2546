#include "graph/ops/indexing.h"

#include <algorithm>
#include <array>

#include "base/format.h"
#include "easydel/error.h"
#include "graph/ops/elementwise.h"

namespace easydel {
namespace {

using Dims = std::vector<int64_t>;

constexpr std::array<std::string_view, 7> kReduceKinds = {"sum", "product", "max",    "min",
                                                          "and", "or",      "replace"};

bool has(const Dims& dims, int64_t axis) {
  return std::find(dims.begin(), dims.end(), axis) != dims.end();
}

bool is_index(DType dtype) {
  return dtype == DType::kI32 || dtype == DType::kI64;
}

/// The dims of `indices` without its index vector axis.
Dims batch_dims(const Shape& indices, int64_t index_vector_dim) {
  Dims dims;
  for (int64_t axis = 0; axis < indices.rank(); ++axis)
    if (axis != index_vector_dim) dims.push_back(indices.dim(static_cast<int>(axis)));
  return dims;
}

void check_indices(const OpCall& call, int64_t index_vector_dim, const Dims& index_map) {
  const Shape& indices = call.inputs[1];
  if (!is_index(indices.dtype())) call.fail("indices must be i32 or i64");
  if (index_vector_dim < 0 || index_vector_dim > indices.rank())
    call.fail("index_vector_dim is out of range");
  const int64_t width =
      index_vector_dim == indices.rank() ? 1 : indices.dim(static_cast<int>(index_vector_dim));
  if (width != static_cast<int64_t>(index_map.size()))
    call.fail(fmt::format("index vectors have {} entries, {} are mapped", width, index_map.size()));
  for (const int64_t axis : index_map)
    if (axis < 0 || axis >= call.inputs[0].rank())
      call.fail(fmt::format("indexed axis {} does not exist", axis));
}

std::vector<Shape> infer_gather(const OpCall& call) {
  call.expect_inputs(2);
  const Shape& operand = call.inputs[0];
  const Dims& offset_dims = call.attributes.get<Dims>("offset_dims");
  const Dims& collapsed = call.attributes.get<Dims>("collapsed_slice_dims");
  const Dims& sizes = call.attributes.get<Dims>("slice_sizes");
  const int64_t index_vector_dim = call.attributes.get<int64_t>("index_vector_dim");
  check_indices(call, index_vector_dim, call.attributes.get<Dims>("start_index_map"));
  if (sizes.size() != static_cast<size_t>(operand.rank()))
    call.fail("slice_sizes needs one entry per operand axis");
  Dims window;
  for (int64_t axis = 0; axis < operand.rank(); ++axis) {
    const int64_t size = sizes[static_cast<size_t>(axis)];
    if (size < 0 || size > operand.dim(static_cast<int>(axis)))
      call.fail(fmt::format("slice size {} of axis {} is out of range", size, axis));
    if (!has(collapsed, axis)) {
      window.push_back(size);
    } else if (size != 1) {
      call.fail(fmt::format("collapsed axis {} has slice size {}, not 1", axis, size));
    }
  }
  const Dims batch = batch_dims(call.inputs[1], index_vector_dim);
  if (window.size() != offset_dims.size()) call.fail("offset_dims needs one entry per uncollapsed axis");
  Dims dims(batch.size() + window.size());
  for (size_t axis = 0, next_batch = 0, next_window = 0; axis < dims.size(); ++axis) {
    const bool in_window = has(offset_dims, static_cast<int64_t>(axis));
    if ((in_window && next_window >= window.size()) || (!in_window && next_batch >= batch.size()))
      call.fail("offset_dims do not fit the result");
    dims[axis] = in_window ? window[next_window++] : batch[next_batch++];
  }
  return {operand.with_dims(dims)};
}

std::vector<Shape> infer_scatter(const OpCall& call) {
  call.expect_inputs(3);
  const Shape& operand = call.inputs[0];
  const Shape& updates = call.inputs[2];
  const Dims& window_dims = call.attributes.get<Dims>("update_window_dims");
  const Dims& inserted = call.attributes.get<Dims>("inserted_window_dims");
  const int64_t index_vector_dim = call.attributes.get<int64_t>("index_vector_dim");
  check_indices(call, index_vector_dim, call.attributes.get<Dims>("scatter_dims_to_operand_dims"));
  if (updates.dtype() != operand.dtype()) call.fail("updates must have the operand's dtype");
  if (window_dims.size() + inserted.size() != static_cast<size_t>(operand.rank()))
    call.fail("update_window_dims and inserted_window_dims must cover the operand's axes");
  const Dims batch = batch_dims(call.inputs[1], index_vector_dim);
  if (static_cast<size_t>(updates.rank()) != batch.size() + window_dims.size())
    call.fail("updates must have the axes of the indices and of the window");
  size_t next_batch = 0;
  for (int64_t axis = 0; axis < updates.rank(); ++axis) {
    if (has(window_dims, axis)) continue;
    if (updates.dim(static_cast<int>(axis)) != batch[next_batch++])
      call.fail(fmt::format("axis {} of the updates differs from the indices", axis));
  }
  size_t next_window = 0;
  for (int64_t axis = 0; axis < operand.rank(); ++axis) {
    if (has(inserted, axis)) continue;
    if (updates.dim(static_cast<int>(window_dims[next_window++])) > operand.dim(static_cast<int>(axis)))
      call.fail(fmt::format("the window is larger than the operand along axis {}", axis));
  }
  return {operand};
}

void check_starts(const OpCall& call, size_t first) {
  if (call.inputs.size() != first + static_cast<size_t>(call.inputs[0].rank()))
    call.fail("needs one scalar start per axis");
  for (size_t index = first; index < call.inputs.size(); ++index)
    if (call.inputs[index].rank() != 0 || !is_index(call.inputs[index].dtype()))
      call.fail("starts must be i32 or i64 scalars");
}

std::vector<Shape> infer_dynamic_slice(const OpCall& call) {
  if (call.inputs.empty()) call.fail("takes an operand");
  check_starts(call, 1);
  const Shape& x = call.inputs[0];
  const Dims& sizes = call.attributes.get<Dims>("sizes");
  if (sizes.size() != static_cast<size_t>(x.rank())) call.fail("sizes needs one entry per axis");
  for (size_t axis = 0; axis < sizes.size(); ++axis)
    if (sizes[axis] < 0 || sizes[axis] > x.dims()[axis])
      call.fail(fmt::format("size {} of axis {} is out of range", sizes[axis], axis));
  return {x.with_dims(sizes)};
}

std::vector<Shape> infer_dynamic_update_slice(const OpCall& call) {
  if (call.inputs.size() < 2) call.fail("takes an operand and an update");
  check_starts(call, 2);
  const Shape& x = call.inputs[0];
  const Shape& update = call.inputs[1];
  if (update.dtype() != x.dtype() || update.rank() != x.rank())
    call.fail("the update must have the operand's dtype and rank");
  for (int axis = 0; axis < x.rank(); ++axis)
    if (update.dim(axis) > x.dim(axis)) call.fail(fmt::format("the update is larger along axis {}", axis));
  return {x};
}

std::vector<Shape> infer_embedding(const OpCall& call) {
  call.expect_inputs(2);
  const Shape& table = call.inputs[0];
  const Shape& ids = call.inputs[1];
  if (table.rank() != 2 || !is_float(table.dtype())) call.fail("the table must be float [vocab, hidden]");
  if (!is_index(ids.dtype())) call.fail("ids must be i32 or i64");
  Dims dims(ids.dims().begin(), ids.dims().end());
  dims.push_back(table.dim(1));
  return {Shape(call.attributes.get<DType>("dtype"), dims)};
}

std::vector<Value> decompose_embedding(Graph&, std::span<const Value> inputs, const Attributes& attributes) {
  return {convert(take(inputs[0], inputs[1]), attributes.get<DType>("dtype"))};
}

}  // namespace

constinit const OpInfo kGatherOp{.name = "gather", .infer = infer_gather};
constinit const OpInfo kScatterOp{.name = "scatter", .infer = infer_scatter};
constinit const OpInfo kDynamicSliceOp{.name = "dynamic_slice", .infer = infer_dynamic_slice};
constinit const OpInfo kDynamicUpdateSliceOp{.name = "dynamic_update_slice",
                                             .infer = infer_dynamic_update_slice};
constinit const OpInfo kEmbeddingOp{
    .name = "embedding", .infer = infer_embedding, .decompose = decompose_embedding};

std::span<const OpInfo* const> indexing_ops() {
  static constexpr const OpInfo* kOps[] = {&kGatherOp, &kScatterOp, &kDynamicSliceOp, &kDynamicUpdateSliceOp,
                                           &kEmbeddingOp};
  return kOps;
}

std::string_view to_string(ReduceKind kind) {
  return kReduceKinds[static_cast<size_t>(kind)];
}

ReduceKind parse_reduce_kind(std::string_view name) {
  const auto found = std::find(kReduceKinds.begin(), kReduceKinds.end(), name);
  if (found == kReduceKinds.end())
    throw Error(ErrorCode::kInvalidArgument, "reduce",
                fmt::format("\"{}\" is not a kind; known: {}", name, fmt::join(kReduceKinds, " ")));
  return static_cast<ReduceKind>(found - kReduceKinds.begin());
}

Value gather(Value operand, Value start_indices, const GatherDims& dims) {
  return operand.graph().add(kGatherOp, {operand, start_indices},
                             {{"offset_dims", dims.offset_dims},
                              {"collapsed_slice_dims", dims.collapsed_slice_dims},
                              {"start_index_map", dims.start_index_map},
                              {"index_vector_dim", dims.index_vector_dim},
                              {"slice_sizes", dims.slice_sizes}});
}

Value scatter(Value operand, Value scatter_indices, Value updates, const ScatterDims& dims, ReduceKind kind) {
  return operand.graph().add(kScatterOp, {operand, scatter_indices, updates},
                             {{"update_window_dims", dims.update_window_dims},
                              {"inserted_window_dims", dims.inserted_window_dims},
                              {"scatter_dims_to_operand_dims", dims.scatter_dims_to_operand_dims},
                              {"index_vector_dim", dims.index_vector_dim},
                              {"kind", std::string(to_string(kind))}});
}

Value dynamic_slice(Value x, std::span<const Value> starts, std::span<const int64_t> sizes) {
  std::vector<Value> operands = {x};
  operands.insert(operands.end(), starts.begin(), starts.end());
  return x.graph().add(kDynamicSliceOp, operands, {{"sizes", Dims(sizes.begin(), sizes.end())}});
}

Value dynamic_update_slice(Value x, Value update, std::span<const Value> starts) {
  std::vector<Value> operands = {x, update};
  operands.insert(operands.end(), starts.begin(), starts.end());
  return x.graph().add(kDynamicUpdateSliceOp, operands);
}

Value take(Value x, Value ids) {
  GatherDims dims{.collapsed_slice_dims = {0}, .start_index_map = {0}, .index_vector_dim = ids.rank()};
  for (int axis = 1; axis < x.rank(); ++axis) dims.offset_dims.push_back(ids.rank() + axis - 1);
  dims.slice_sizes.assign(x.shape().dims().begin(), x.shape().dims().end());
  dims.slice_sizes[0] = 1;
  return gather(x, ids, dims);
}

Value embedding(Value table, Value ids, DType dtype) {
  return table.graph().add(kEmbeddingOp, {table, ids}, {{"dtype", dtype}});
}

}  // namespace easydel
