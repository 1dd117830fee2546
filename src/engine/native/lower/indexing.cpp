#include "graph/ops/indexing.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "engine/native/lower/combine.h"
#include "engine/native/lower/dispatch.h"
#include "engine/native/lower/lowering.h"
#include "engine/native/lower/strided.h"

namespace easydel::native {
namespace {

using Dims = std::vector<int64_t>;

int64_t read_index(const Tensor& tensor, int64_t at) {
  return tensor.shape->dtype() == DType::kI32 ? tensor.as<int32_t>()[at] : tensor.as<int64_t>()[at];
}

bool has(const Dims& dims, int64_t axis) {
  return std::find(dims.begin(), dims.end(), axis) != dims.end();
}

int64_t product(const Dims& dims) {
  int64_t result = 1;
  for (const int64_t dim : dims) result *= dim;
  return result;
}

/// Where the windows of a gather or scatter lie: `windows` (the gathered result or the updates) against
/// `operand`.
struct WindowPlan {
  Dims batch_dims, batch_strides;      // of the windows' axes that stand for index vectors
  StridedView window, operand_window;  // one window within the windows, and within the operand
  Dims index_batch_strides;            // of the same axes within the indices
  int64_t index_step = 1;              // between the entries of an index vector
  Dims index_map;                      // which operand axis an entry positions
  Dims operand_strides, last_start;    // of the operand's axes; the last position at which a window is inside

  int64_t batch_count() const { return product(batch_dims); }

  /// Offsets of window number `batch`: in the windows and in the indices.
  std::pair<int64_t, int64_t> batch_offsets(int64_t batch) const {
    int64_t window_offset = 0, index_offset = 0;
    for (size_t axis = batch_dims.size(); axis-- > 0;) {
      const int64_t coordinate = batch % batch_dims[axis];
      batch /= batch_dims[axis];
      window_offset += coordinate * batch_strides[axis];
      index_offset += coordinate * index_batch_strides[axis];
    }
    return {window_offset, index_offset};
  }
};

/// `window_axes`: the axes of `windows` that run over the window; `dropped`: operand axes that the window
/// lacks; `sizes`: the window's size along every operand axis.
WindowPlan plan_windows(const Shape& operand, const Shape& indices, const Shape& windows,
                        const Dims& window_axes, const Dims& dropped, const Dims& sizes,
                        const Dims& index_map, int64_t index_vector_dim) {
  WindowPlan plan;
  plan.index_map = index_map;
  plan.operand_strides = row_major_strides(operand.dims());
  const Dims window_strides = row_major_strides(windows.dims());
  for (int64_t axis = 0; axis < windows.rank(); ++axis) {
    if (has(window_axes, axis)) continue;
    plan.batch_dims.push_back(windows.dims()[static_cast<size_t>(axis)]);
    plan.batch_strides.push_back(window_strides[static_cast<size_t>(axis)]);
  }
  const Dims index_strides = row_major_strides(indices.dims());
  for (int64_t axis = 0; axis < indices.rank(); ++axis) {
    if (axis == index_vector_dim) {
      plan.index_step = index_strides[static_cast<size_t>(axis)];
    } else {
      plan.index_batch_strides.push_back(index_strides[static_cast<size_t>(axis)]);
    }
  }
  size_t next = 0;
  for (int64_t axis = 0; axis < operand.rank(); ++axis) {
    const auto a = static_cast<size_t>(axis);
    plan.last_start.push_back(operand.dims()[a] - sizes[a]);
    if (has(dropped, axis)) continue;
    plan.window.dims.push_back(sizes[a]);
    plan.window.strides.push_back(window_strides[static_cast<size_t>(window_axes[next++])]);
    plan.operand_window.dims.push_back(sizes[a]);
    plan.operand_window.strides.push_back(plan.operand_strides[a]);
  }
  return plan;
}

Step lower_gather(const LowerCall& call) {
  const Attributes& attributes = call.attributes();
  const auto plan = std::make_shared<WindowPlan>(
      plan_windows(call.inputs[0], call.inputs[1], call.output(), attributes.get<Dims>("offset_dims"),
                   attributes.get<Dims>("collapsed_slice_dims"), attributes.get<Dims>("slice_sizes"),
                   attributes.get<Dims>("start_index_map"), attributes.get<int64_t>("index_vector_dim")));
  const auto copy =
      std::make_shared<StridedCopy>(plan->operand_window, plan->window, item_size(call.output().dtype()));
  return {[plan, copy](const StepContext& context) {
    context.pool.parallel_for(plan->batch_count(), 64, [&](int64_t begin, int64_t end) {
      for (int64_t batch = begin; batch < end; ++batch) {
        const auto [window_offset, index_offset] = plan->batch_offsets(batch);
        int64_t start = 0;
        for (size_t entry = 0; entry < plan->index_map.size(); ++entry) {
          const auto axis = static_cast<size_t>(plan->index_map[entry]);
          const int64_t index =
              read_index(context.inputs[1], index_offset + static_cast<int64_t>(entry) * plan->index_step);
          start += std::clamp<int64_t>(index, 0, plan->last_start[axis]) * plan->operand_strides[axis];
        }
        copy->run(context.inputs[0].data, context.outputs[0].data, context.pool, start, window_offset);
      }
    });
  }};
}

/// Calls f(operand offset, windows offset) for each element of one window.
template <typename F>
void for_each_in_window(const WindowPlan& plan, int64_t operand_start, int64_t window_start, F&& f) {
  const int64_t count = product(plan.window.dims);
  for (int64_t element = 0; element < count; ++element) {
    int64_t rest = element, operand_at = operand_start, window_at = window_start;
    for (size_t axis = plan.window.dims.size(); axis-- > 0;) {
      const int64_t coordinate = rest % plan.window.dims[axis];
      rest /= plan.window.dims[axis];
      operand_at += coordinate * plan.operand_window.strides[axis];
      window_at += coordinate * plan.window.strides[axis];
    }
    f(operand_at, window_at);
  }
}

// Windows are applied in order on one thread: several may meet at one element.
Step lower_scatter(const LowerCall& call) {
  const Attributes& attributes = call.attributes();
  const Shape& operand = call.inputs[0];
  const Dims& window_axes = attributes.get<Dims>("update_window_dims");
  const Dims& inserted = attributes.get<Dims>("inserted_window_dims");
  Dims sizes;
  for (int64_t axis = 0, next = 0; axis < operand.rank(); ++axis)
    sizes.push_back(has(inserted, axis)
                        ? 1
                        : call.inputs[2].dim(static_cast<int>(window_axes[static_cast<size_t>(next++)])));
  const auto plan = std::make_shared<WindowPlan>(plan_windows(
      operand, call.inputs[1], call.inputs[2], window_axes, inserted, sizes,
      attributes.get<Dims>("scatter_dims_to_operand_dims"), attributes.get<int64_t>("index_vector_dim")));
  const ReduceKind kind = parse_reduce_kind(attributes.get<std::string>("kind"));
  return with_any(call.node.op->name, operand.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    return with_combiner<T>(kind, [&](auto combine) {
      return Step{[plan, combine](const StepContext& context) {
        T* y = context.outputs[0].as<T>();
        const T* updates = context.inputs[2].as<T>();
        for (int64_t batch = 0; batch < plan->batch_count(); ++batch) {
          const auto [window_offset, index_offset] = plan->batch_offsets(batch);
          int64_t start = 0;
          bool inside = true;
          for (size_t entry = 0; entry < plan->index_map.size(); ++entry) {
            const auto axis = static_cast<size_t>(plan->index_map[entry]);
            const int64_t index =
                read_index(context.inputs[1], index_offset + static_cast<int64_t>(entry) * plan->index_step);
            inside = inside && index >= 0 && index <= plan->last_start[axis];
            if (inside) start += index * plan->operand_strides[axis];
          }
          if (!inside) continue;
          for_each_in_window(*plan, start, window_offset, [&](int64_t at, int64_t from) {
            y[at] = T(combine(widen(y[at]), widen(updates[from])));
          });
        }
      }};
    });
  });
}

/// The start that clamps a window of `sizes` into `operand`, as an offset in elements; start scalars begin at
/// `first`.
int64_t clamped_start(const StepContext& context, size_t first, const Shape& operand,
                      std::span<const int64_t> sizes) {
  const Dims strides = row_major_strides(operand.dims());
  int64_t offset = 0;
  for (size_t axis = 0; axis < sizes.size(); ++axis) {
    const int64_t start = read_index(context.inputs[first + axis], 0);
    offset += std::clamp<int64_t>(start, 0, operand.dims()[axis] - sizes[axis]) * strides[axis];
  }
  return offset;
}

Step lower_dynamic_slice(const LowerCall& call) {
  const StridedView target = contiguous_view(call.output().dims());
  const StridedView source{target.dims, row_major_strides(call.inputs[0].dims())};
  const auto copy = std::make_shared<StridedCopy>(source, target, item_size(call.output().dtype()));
  return {[copy](const StepContext& context) {
    const int64_t start =
        clamped_start(context, 1, *context.inputs[0].shape, context.outputs[0].shape->dims());
    copy->run(context.inputs[0].data, context.outputs[0].data, context.pool, start);
  }};
}

// The output already holds operand 0.
Step lower_dynamic_update_slice(const LowerCall& call) {
  const StridedView source = contiguous_view(call.inputs[1].dims());
  const StridedView target{source.dims, row_major_strides(call.output().dims())};
  const auto copy = std::make_shared<StridedCopy>(source, target, item_size(call.output().dtype()));
  return {[copy](const StepContext& context) {
    const int64_t start =
        clamped_start(context, 2, *context.outputs[0].shape, context.inputs[1].shape->dims());
    copy->run(context.inputs[1].data, context.outputs[0].data, context.pool, 0, start);
  }};
}

Step lower_embedding(const LowerCall& call) {
  const int64_t rows = call.inputs[0].dim(0);
  const int64_t width = call.inputs[0].dim(1);
  return with_float(call.node.op->name, call.inputs[0].dtype(), [&](auto from) {
    return with_float(call.node.op->name, call.output().dtype(), [&](auto to) {
      using From = typename decltype(from)::type;
      using To = typename decltype(to)::type;
      return Step{[rows, width](const StepContext& context) {
        const From* table = context.inputs[0].as<From>();
        To* y = context.outputs[0].as<To>();
        context.pool.parallel_for(context.inputs[1].shape->elements(), 64, [&](int64_t begin, int64_t end) {
          for (int64_t row = begin; row < end; ++row) {
            const From* source =
                table + std::clamp<int64_t>(read_index(context.inputs[1], row), 0, rows - 1) * width;
            if constexpr (std::is_same_v<From, To>) {
              std::memcpy(y + row * width, source, static_cast<size_t>(width) * sizeof(From));
            } else {
              for (int64_t i = 0; i < width; ++i)
                y[row * width + i] = To(static_cast<Wide<To>>(widen(source[i])));
            }
          }
        });
      }};
    });
  });
}

}  // namespace

void register_indexing(LoweringTable& table) {
  table.add(kGatherOp, {.lower = lower_gather});
  table.add(kScatterOp, {.lower = lower_scatter, .storage = OutputStorage::kFirstOperand});
  table.add(kDynamicSliceOp, {.lower = lower_dynamic_slice});
  table.add(kDynamicUpdateSliceOp,
            {.lower = lower_dynamic_update_slice, .storage = OutputStorage::kFirstOperand});
  table.add(kEmbeddingOp, {.lower = lower_embedding});
}

}  // namespace easydel::native
