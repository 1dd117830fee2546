#include "graph/ops/reduce.h"

#include <algorithm>
#include <limits>
#include <memory>

#include "engine/native/lower/combine.h"
#include "engine/native/lower/dispatch.h"
#include "engine/native/lower/lowering.h"
#include "engine/native/lower/strided.h"

namespace easydel::native {
namespace {

using Dims = std::vector<int64_t>;

/// Floats accumulate in double: exact enough for any length, and the loads are what takes time.
template <typename T>
using Accumulator = std::conditional_t<std::is_floating_point_v<Wide<T>>, double, T>;

template <typename A>
A initial_value(ReduceKind kind) {
  using Limits = std::numeric_limits<A>;
  switch (kind) {
    case ReduceKind::kProduct:
      return A{1};
    case ReduceKind::kMax:
      return Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
    case ReduceKind::kMin:
      return Limits::has_infinity ? Limits::infinity() : Limits::max();
    case ReduceKind::kAnd:
      if constexpr (std::is_integral_v<A> && !std::is_same_v<A, bool>)
        return static_cast<A>(~A{0});
      else
        return A{1};
    default:
      return A{0};
  }
}

/// The axes of `shape` as kept and reduced parts, with their strides.
struct ReducePlan {
  Dims kept, kept_strides, reduced, reduced_strides;
  int64_t kept_count = 1, reduced_count = 1;
  bool rows = true;  ///< the reduced axes are the last ones: each result reads one contiguous run
};

ReducePlan plan_reduce(const Shape& shape, const Dims& axes) {
  ReducePlan plan;
  const Dims strides = row_major_strides(shape.dims());
  for (int64_t axis = 0; axis < shape.rank(); ++axis) {
    const auto a = static_cast<size_t>(axis);
    const bool reduced = std::find(axes.begin(), axes.end(), axis) != axes.end();
    (reduced ? plan.reduced : plan.kept).push_back(shape.dims()[a]);
    (reduced ? plan.reduced_strides : plan.kept_strides).push_back(strides[a]);
    (reduced ? plan.reduced_count : plan.kept_count) *= shape.dims()[a];
    if (!reduced && !plan.reduced.empty()) plan.rows = false;
  }
  return plan;
}

int64_t offset_of(int64_t index, const Dims& dims, const Dims& strides) {
  int64_t offset = 0;
  for (size_t axis = dims.size(); axis-- > 0;) {
    offset += index % dims[axis] * strides[axis];
    index /= dims[axis];
  }
  return offset;
}

Step lower_reduce(const LowerCall& call) {
  const ReduceKind kind = parse_reduce_kind(call.attributes().get<std::string>("kind"));
  const auto plan =
      std::make_shared<ReducePlan>(plan_reduce(call.inputs[0], call.attributes().get<Dims>("axes")));
  return with_any(call.node.op->name, call.output().dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    using A = Accumulator<T>;
    const A initial = initial_value<A>(kind);
    return with_combiner<T>(kind, [&](auto combine) {
      return Step{[plan, combine, initial](const StepContext& context) {
        const T* x = context.inputs[0].as<T>();
        T* y = context.outputs[0].as<T>();
        const int64_t grain = std::max<int64_t>(1, (1 << 14) / std::max<int64_t>(1, plan->reduced_count));
        context.pool.parallel_for(plan->kept_count, grain, [&](int64_t begin, int64_t end) {
          for (int64_t result = begin; result < end; ++result) {
            const T* from = x + offset_of(result, plan->kept, plan->kept_strides);
            A sum = initial;
            for (int64_t i = 0; i < plan->reduced_count; ++i) {
              const int64_t at = plan->rows ? i : offset_of(i, plan->reduced, plan->reduced_strides);
              sum = combine(sum, static_cast<A>(widen(from[at])));
            }
            y[result] = T(static_cast<Wide<T>>(sum));
          }
        });
      }};
    });
  });
}

/// Calls body(row offset, result index) for every row along `axis`; elements of a row are `stride` apart.
struct AxisRows {
  AxisRows(const Shape& shape, int64_t axis)
      : size(shape.dims()[static_cast<size_t>(axis)]),
        stride(row_major_strides(shape.dims())[static_cast<size_t>(axis)]),
        count(size == 0 ? 0 : shape.elements() / size) {}
  int64_t start(int64_t row) const { return row / stride * stride * size + row % stride; }
  int64_t grain() const { return std::max<int64_t>(1, (1 << 14) / std::max<int64_t>(1, size)); }

  int64_t size, stride, count;
};

Step lower_argmax(const LowerCall& call) {
  const AxisRows rows(call.inputs[0], call.attributes().get<int64_t>("axis"));
  return with_number(call.node.op->name, call.inputs[0].dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    return Step{[rows](const StepContext& context) {
      const T* x = context.inputs[0].as<T>();
      int32_t* y = context.outputs[0].as<int32_t>();
      context.pool.parallel_for(rows.count, rows.grain(), [&](int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; ++row) {
          const T* from = x + rows.start(row);
          int64_t best = 0;
          for (int64_t i = 1; i < rows.size; ++i) {
            const auto candidate = widen(from[i * rows.stride]), greatest = widen(from[best * rows.stride]);
            if (candidate > greatest || (candidate != candidate && greatest == greatest)) best = i;
          }
          y[row] = static_cast<int32_t>(best);
        }
      });
    }};
  });
}

Step lower_cumulative_sum(const LowerCall& call) {
  const AxisRows rows(call.inputs[0], call.attributes().get<int64_t>("axis"));
  return with_number(call.node.op->name, call.inputs[0].dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    return with_combiner<T>(ReduceKind::kSum, [&](auto combine) {
      return Step{[rows, combine](const StepContext& context) {
        const T* x = context.inputs[0].as<T>();
        T* y = context.outputs[0].as<T>();
        context.pool.parallel_for(rows.count, rows.grain(), [&](int64_t begin, int64_t end) {
          for (int64_t row = begin; row < end; ++row) {
            Accumulator<T> sum{};
            for (int64_t i = 0; i < rows.size; ++i) {
              const int64_t at = rows.start(row) + i * rows.stride;
              sum = combine(sum, static_cast<Accumulator<T>>(widen(x[at])));
              y[at] = T(static_cast<Wide<T>>(sum));
            }
          }
        });
      }};
    });
  });
}

}  // namespace

void register_reduce(LoweringTable& table) {
  table.add(kReduceOp, {.lower = lower_reduce});
  table.add(kArgmaxOp, {.lower = lower_argmax});
  table.add(kCumulativeSumOp, {.lower = lower_cumulative_sum, .storage = OutputStorage::kAnyOperand});
}

}  // namespace easydel::native
