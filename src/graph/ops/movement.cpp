#include "graph/ops/movement.h"

#include <algorithm>
#include <numeric>

#include "base/format.h"
#include "easydel/error.h"

namespace easydel {
namespace {

using Dims = std::vector<int64_t>;

Dims to_dims(std::span<const int64_t> values) {
  return {values.begin(), values.end()};
}

int normalize_axis(std::string_view op, int axis, const Shape& shape) {
  const int index = axis < 0 ? axis + shape.rank() : axis;
  if (index < 0 || index >= shape.rank())
    throw Error(ErrorCode::kShapeMismatch, std::string(op),
                fmt::format("axis {} of {} does not exist", axis, shape));
  return index;
}

std::vector<Shape> infer_iota(const OpCall& call) {
  call.expect_inputs(0);
  const Shape shape(call.attributes.get<DType>("dtype"), call.attributes.get<Dims>("dims"));
  const int64_t axis = call.attributes.get<int64_t>("axis");
  if (axis < 0 || axis >= shape.rank()) call.fail(fmt::format("axis {} of {} does not exist", axis, shape));
  return {shape};
}

std::vector<Shape> infer_broadcast_in_dim(const OpCall& call) {
  call.expect_inputs(1);
  const Shape& x = call.inputs[0];
  const Dims& dims = call.attributes.get<Dims>("dims");
  const Dims& map = call.attributes.get<Dims>("dims_map");
  if (map.size() != static_cast<size_t>(x.rank())) call.fail("dims_map needs one entry per operand axis");
  for (int axis = 0; axis < x.rank(); ++axis) {
    const int64_t target = map[static_cast<size_t>(axis)];
    if (target < 0 || target >= static_cast<int64_t>(dims.size()))
      call.fail(
          fmt::format("axis {} maps to axis {}, the result is [{}]", axis, target, fmt::join(dims, ",")));
    if (x.dim(axis) != 1 && x.dim(axis) != dims[static_cast<size_t>(target)])
      call.fail(fmt::format("axis {} does not stretch to [{}]", axis, fmt::join(dims, ",")));
    if (std::count(map.begin(), map.end(), target) > 1) call.fail("two operand axes map to one result axis");
  }
  return {x.with_dims(dims)};
}

std::vector<Shape> infer_reshape(const OpCall& call) {
  call.expect_inputs(1);
  const Shape result = call.inputs[0].with_dims(call.attributes.get<Dims>("dims"));
  if (result.elements() != call.inputs[0].elements())
    call.fail(fmt::format("{} has another number of elements", result));
  return {result};
}

std::vector<Shape> infer_transpose(const OpCall& call) {
  call.expect_inputs(1);
  const Shape& x = call.inputs[0];
  const Dims& permutation = call.attributes.get<Dims>("permutation");
  Dims sorted = permutation, identity(static_cast<size_t>(x.rank()));
  std::sort(sorted.begin(), sorted.end());
  std::iota(identity.begin(), identity.end(), int64_t{0});
  if (sorted != identity)
    call.fail(fmt::format("[{}] is no permutation of the axes", fmt::join(permutation, ",")));
  Dims dims;
  for (const int64_t axis : permutation) dims.push_back(x.dim(static_cast<int>(axis)));
  return {x.with_dims(dims)};
}

std::vector<Shape> infer_slice(const OpCall& call) {
  call.expect_inputs(1);
  const Shape& x = call.inputs[0];
  const Dims& start = call.attributes.get<Dims>("start");
  const Dims& limit = call.attributes.get<Dims>("limit");
  const Dims& strides = call.attributes.get<Dims>("strides");
  const auto rank = static_cast<size_t>(x.rank());
  if (start.size() != rank || limit.size() != rank || strides.size() != rank)
    call.fail("start, limit and strides need one entry per axis");
  Dims dims;
  for (size_t axis = 0; axis < rank; ++axis) {
    if (start[axis] < 0 || limit[axis] < start[axis] || limit[axis] > x.dims()[axis] || strides[axis] < 1)
      call.fail(fmt::format("axis {}: [{}, {}) by {} is not inside", axis, start[axis], limit[axis],
                            strides[axis]));
    dims.push_back((limit[axis] - start[axis] + strides[axis] - 1) / strides[axis]);
  }
  return {x.with_dims(dims)};
}

std::vector<Shape> infer_pad(const OpCall& call) {
  call.expect_inputs(2);
  const Shape& x = call.inputs[0];
  if (call.inputs[1] != Shape(x.dtype(), {}))
    call.fail("the padding value must be a scalar of the operand's dtype");
  const Dims& low = call.attributes.get<Dims>("low");
  const Dims& high = call.attributes.get<Dims>("high");
  const Dims& interior = call.attributes.get<Dims>("interior");
  const auto rank = static_cast<size_t>(x.rank());
  if (low.size() != rank || high.size() != rank || interior.size() != rank)
    call.fail("low, high and interior need one entry per axis");
  Dims dims;
  for (size_t axis = 0; axis < rank; ++axis) {
    if (interior[axis] < 0) call.fail("interior padding may not be negative");
    const int64_t spread = x.dims()[axis] + std::max<int64_t>(x.dims()[axis] - 1, 0) * interior[axis];
    const int64_t dim = low[axis] + spread + high[axis];
    if (dim < 0) call.fail(fmt::format("axis {} would have the size {}", axis, dim));
    dims.push_back(dim);
  }
  return {x.with_dims(dims)};
}

std::vector<Shape> infer_concatenate(const OpCall& call) {
  if (call.inputs.empty()) call.fail("takes at least one operand");
  const auto axis = static_cast<size_t>(call.attributes.get<int64_t>("axis"));
  Dims dims = to_dims(call.inputs[0].dims());
  if (axis >= dims.size()) call.fail(fmt::format("axis {} does not exist", axis));
  dims[axis] = 0;
  for (const Shape& part : call.inputs) {
    if (part.dtype() != call.inputs[0].dtype() || part.rank() != call.inputs[0].rank())
      call.fail("parts must have one dtype and rank");
    for (size_t other = 0; other < dims.size(); ++other)
      if (other != axis && part.dims()[other] != dims[other])
        call.fail(fmt::format("parts may differ along axis {} only", axis));
    dims[axis] += part.dims()[axis];
  }
  return {call.inputs[0].with_dims(dims)};
}

std::vector<Shape> infer_reverse(const OpCall& call) {
  call.expect_inputs(1);
  for (const int64_t axis : call.attributes.get<Dims>("axes"))
    if (axis < 0 || axis >= call.inputs[0].rank()) call.fail(fmt::format("axis {} does not exist", axis));
  return {call.inputs[0]};
}

}  // namespace

constinit const OpInfo kIotaOp{.name = "iota", .infer = infer_iota};
constinit const OpInfo kBroadcastInDimOp{.name = "broadcast_in_dim", .infer = infer_broadcast_in_dim};
constinit const OpInfo kReshapeOp{.name = "reshape", .infer = infer_reshape};
constinit const OpInfo kTransposeOp{.name = "transpose", .infer = infer_transpose};
constinit const OpInfo kSliceOp{.name = "slice", .infer = infer_slice};
constinit const OpInfo kPadOp{.name = "pad", .infer = infer_pad};
constinit const OpInfo kConcatenateOp{.name = "concatenate", .infer = infer_concatenate};
constinit const OpInfo kReverseOp{.name = "reverse", .infer = infer_reverse};

std::span<const OpInfo* const> movement_ops() {
  static constexpr const OpInfo* kOps[] = {&kIotaOp,        &kBroadcastInDimOp, &kReshapeOp,
                                           &kTransposeOp,   &kSliceOp,          &kPadOp,
                                           &kConcatenateOp, &kReverseOp};
  return kOps;
}

Value iota(Graph& graph, const Shape& shape, int axis) {
  return graph.add(kIotaOp, std::span<const Value>(),
                   {{"dims", to_dims(shape.dims())},
                    {"dtype", shape.dtype()},
                    {"axis", int64_t{normalize_axis(kIotaOp.name, axis, shape)}}});
}

Value broadcast_in_dim(Value x, std::span<const int64_t> dims, std::span<const int64_t> dims_map) {
  return x.graph().add(kBroadcastInDimOp, {x}, {{"dims", to_dims(dims)}, {"dims_map", to_dims(dims_map)}});
}

Value broadcast_to(Value x, std::span<const int64_t> dims) {
  if (std::ranges::equal(x.shape().dims(), dims)) return x;
  if (static_cast<size_t>(x.rank()) > dims.size())
    throw Error(ErrorCode::kShapeMismatch, "broadcast_to",
                fmt::format("{} has more axes than [{}]", x.shape(), fmt::join(dims, ",")));
  Dims map(static_cast<size_t>(x.rank()));
  std::iota(map.begin(), map.end(), static_cast<int64_t>(dims.size()) - x.rank());
  return broadcast_in_dim(x, dims, map);
}

Value reshape(Value x, std::span<const int64_t> dims) {
  Dims resolved = to_dims(dims);
  const auto open = std::find(resolved.begin(), resolved.end(), -1);
  if (open != resolved.end()) {
    int64_t known = 1;
    for (const int64_t dim : resolved) known *= dim == -1 ? 1 : dim;
    if (std::count(resolved.begin(), resolved.end(), -1) > 1 || known == 0 ||
        x.shape().elements() % known != 0)
      throw Error(ErrorCode::kShapeMismatch, "reshape",
                  fmt::format("{} does not become [{}]", x.shape(), fmt::join(dims, ",")));
    *open = x.shape().elements() / known;
  }
  if (std::ranges::equal(x.shape().dims(), resolved)) return x;
  return x.graph().add(kReshapeOp, {x}, {{"dims", resolved}});
}

Value transpose(Value x, std::span<const int64_t> permutation) {
  return x.graph().add(kTransposeOp, {x}, {{"permutation", to_dims(permutation)}});
}

Value slice(Value x, std::span<const int64_t> start, std::span<const int64_t> limit,
            std::span<const int64_t> strides) {
  return x.graph().add(kSliceOp, {x},
                       {{"start", to_dims(start)}, {"limit", to_dims(limit)}, {"strides", to_dims(strides)}});
}

Value slice_axis(Value x, int axis, int64_t start, int64_t limit) {
  const auto index = static_cast<size_t>(normalize_axis(kSliceOp.name, axis, x.shape()));
  const auto rank = static_cast<size_t>(x.rank());
  Dims starts(rank, 0), limits = to_dims(x.shape().dims());
  starts[index] = start;
  limits[index] = limit;
  return slice(x, starts, limits, Dims(rank, 1));
}

Value pad(Value x, Value value, std::span<const int64_t> low, std::span<const int64_t> high,
          std::span<const int64_t> interior) {
  return x.graph().add(kPadOp, {x, value},
                       {{"low", to_dims(low)}, {"high", to_dims(high)}, {"interior", to_dims(interior)}});
}

Value concatenate(std::span<const Value> parts, int axis) {
  if (parts.empty()) throw Error(ErrorCode::kInvalidArgument, "concatenate", "takes at least one operand");
  return parts[0].graph().add(
      kConcatenateOp, parts,
      {{"axis", int64_t{normalize_axis(kConcatenateOp.name, axis, parts[0].shape())}}});
}

Value reverse(Value x, std::span<const int64_t> axes) {
  return x.graph().add(kReverseOp, {x}, {{"axes", to_dims(axes)}});
}

}  // namespace easydel
