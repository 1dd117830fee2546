#include "graph/ops/movement.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "engine/native/lower/dispatch.h"
#include "engine/native/lower/lowering.h"
#include "engine/native/lower/strided.h"

namespace easydel::native {
namespace {

using Dims = std::vector<int64_t>;

/// A step that copies operand 0, seen through `view`, to the whole output.
Step read_through(const LowerCall& call, const StridedView& view) {
  const auto copy =
      std::make_shared<StridedCopy>(view, contiguous_view(view.dims), item_size(call.output().dtype()));
  return {[copy](const StepContext& context) {
    copy->run(context.inputs[0].data, context.outputs[0].data, context.pool);
  }};
}

Step lower_iota(const LowerCall& call) {
  const auto axis = static_cast<size_t>(call.attributes().get<int64_t>("axis"));
  const int64_t period = call.output().dims()[axis];
  const int64_t stride = row_major_strides(call.output().dims())[axis];
  return with_number(call.node.op->name, call.output().dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    return Step{[=](const StepContext& context) {
      T* y = context.outputs[0].as<T>();
      const int64_t count = context.outputs[0].shape->elements();
      for (int64_t i = 0; i < count; ++i) y[i] = T(static_cast<Wide<T>>(i / stride % period));
    }};
  });
}

Step lower_broadcast_in_dim(const LowerCall& call) {
  const Dims& map = call.attributes().get<Dims>("dims_map");
  const Shape& x = call.inputs[0];
  StridedView view = contiguous_view(call.output().dims());
  std::fill(view.strides.begin(), view.strides.end(), int64_t{0});
  const Dims strides = row_major_strides(x.dims());
  for (size_t axis = 0; axis < map.size(); ++axis)
    if (x.dims()[axis] != 1) view.strides[static_cast<size_t>(map[axis])] = strides[axis];
  return read_through(call, view);
}

Step lower_transpose(const LowerCall& call) {
  const Dims strides = row_major_strides(call.inputs[0].dims());
  StridedView view = contiguous_view(call.output().dims());
  const Dims& permutation = call.attributes().get<Dims>("permutation");
  for (size_t axis = 0; axis < permutation.size(); ++axis)
    view.strides[axis] = strides[static_cast<size_t>(permutation[axis])];
  return read_through(call, view);
}

Step lower_slice(const LowerCall& call) {
  const Dims& start = call.attributes().get<Dims>("start");
  const Dims& steps = call.attributes().get<Dims>("strides");
  StridedView view{{call.output().dims().begin(), call.output().dims().end()},
                   row_major_strides(call.inputs[0].dims())};
  for (size_t axis = 0; axis < start.size(); ++axis) {
    view.offset += start[axis] * view.strides[axis];
    view.strides[axis] *= steps[axis];
  }
  return read_through(call, view);
}

Step lower_reverse(const LowerCall& call) {
  StridedView view = contiguous_view(call.output().dims());
  for (const int64_t reversed : call.attributes().get<Dims>("axes")) {
    const auto axis = static_cast<size_t>(reversed);
    view.offset += std::max<int64_t>(view.dims[axis] - 1, 0) * view.strides[axis];
    view.strides[axis] = -view.strides[axis];
  }
  return read_through(call, view);
}

Step lower_concatenate(const LowerCall& call) {
  const auto axis = static_cast<size_t>(call.attributes().get<int64_t>("axis"));
  const Dims strides = row_major_strides(call.output().dims());
  std::vector<StridedCopy> copies;
  int64_t offset = 0;
  for (const Shape& part : call.inputs) {
    const StridedView source = contiguous_view(part.dims());
    copies.emplace_back(source, StridedView{source.dims, strides, offset}, item_size(part.dtype()));
    offset += part.dims()[axis] * strides[axis];
  }
  return {[copies = std::move(copies)](const StepContext& context) {
    for (size_t part = 0; part < copies.size(); ++part)
      copies[part].run(context.inputs[part].data, context.outputs[0].data, context.pool);
  }};
}

void fill_elements(const Tensor& output, const std::byte* element) {
  with_bytes(item_size(output.shape->dtype()), [&](auto tag) {
    using T = typename decltype(tag)::type;
    T value;
    std::memcpy(&value, element, sizeof(T));
    std::fill_n(output.as<T>(), output.shape->elements(), value);
  });
}

// Elements that negative padding cuts off are left out of the copied grid.
Step lower_pad(const LowerCall& call) {
  const Dims& low = call.attributes().get<Dims>("low");
  const Dims& interior = call.attributes().get<Dims>("interior");
  const Shape& x = call.inputs[0];
  StridedView source = contiguous_view(x.dims());
  StridedView target = contiguous_view(call.output().dims());
  for (size_t axis = 0; axis < low.size(); ++axis) {
    const int64_t spacing = interior[axis] + 1;
    const int64_t size = call.output().dims()[axis];
    const int64_t first = low[axis] >= 0 ? 0 : (-low[axis] + spacing - 1) / spacing;
    const int64_t room = size - low[axis];  // elements i with i * spacing < room are inside
    const int64_t last = std::min(x.dims()[axis], room <= 0 ? 0 : (room + spacing - 1) / spacing);
    source.dims[axis] = std::max<int64_t>(last - first, 0);
    source.offset += first * source.strides[axis];
    target.offset += (low[axis] + first * spacing) * target.strides[axis];
    target.strides[axis] *= spacing;
  }
  target.dims = source.dims;
  const auto copy = std::make_shared<StridedCopy>(source, target, item_size(x.dtype()));
  return {[copy](const StepContext& context) {
    fill_elements(context.outputs[0], context.inputs[1].data);
    copy->run(context.inputs[0].data, context.outputs[0].data, context.pool);
  }};
}

}  // namespace

void register_movement(LoweringTable& table) {
  table.add(kIotaOp, {.lower = lower_iota});
  table.add(kBroadcastInDimOp, {.lower = lower_broadcast_in_dim});
  table.add(kReshapeOp, {.storage = OutputStorage::kAlias});
  table.add(kTransposeOp, {.lower = lower_transpose});
  table.add(kSliceOp, {.lower = lower_slice});
  table.add(kPadOp, {.lower = lower_pad});
  table.add(kConcatenateOp, {.lower = lower_concatenate});
  table.add(kReverseOp, {.lower = lower_reverse});
}

}  // namespace easydel::native
