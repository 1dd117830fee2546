// dot_general in its general form: any batch and contracted axes, any numeric type. Both sides are brought to
// [batch, rows, contracted] in scratch, then multiplied. Floats accumulate in f32, integers in 64 bits,
// wrapped.
#include <algorithm>
#include <cstring>
#include <vector>

#include "engine/native/lower/tasks.h"
#include "graph/ops/matmul.h"

namespace easydel::native {
namespace {

using Dims = std::vector<int64_t>;

/// One operand: how its axes become [batch, rows, contracted].
struct Side {
  DType dtype;
  Dims sizes, strides;  // in the order batch, free, contracted
  int64_t batch = 1, rows = 1, inner = 1;
  bool in_place = true;  // the order is the operand's own

  int64_t elements() const { return batch * rows * inner; }
};

Side make_side(const Shape& shape, const Dims& batch, const Dims& contract) {
  Side side{.dtype = shape.dtype()};
  Dims strides(static_cast<size_t>(shape.rank()), 1);
  for (int axis = shape.rank() - 2; axis >= 0; --axis)
    strides[static_cast<size_t>(axis)] = strides[static_cast<size_t>(axis) + 1] * shape.dim(axis + 1);
  int64_t last = -1;
  const auto take = [&](int64_t axis, int64_t& product) {
    side.sizes.push_back(shape.dim(static_cast<int>(axis)));
    side.strides.push_back(strides[static_cast<size_t>(axis)]);
    side.in_place = side.in_place && axis > last;
    last = axis;
    product *= side.sizes.back();
  };
  const auto contains = [](const Dims& axes, int64_t axis) {
    return std::find(axes.begin(), axes.end(), axis) != axes.end();
  };
  for (const int64_t axis : batch) take(axis, side.batch);
  for (int64_t axis = 0; axis < shape.rank(); ++axis)
    if (!contains(batch, axis) && !contains(contract, axis)) take(axis, side.rows);
  for (const int64_t axis : contract) take(axis, side.inner);
  return side;
}

template <typename T>
struct ProductSum {
  using Type = int64_t;
};
template <>
struct ProductSum<float> {
  using Type = float;
};
template <>
struct ProductSum<double> {
  using Type = double;
};
template <>
struct ProductSum<BFloat16> {
  using Type = float;
};
template <>
struct ProductSum<Float16> {
  using Type = float;
};

/// Copies the elements in the order of `side`, as the type that products accumulate in.
template <typename T>
void gather(const Side& side, const std::byte* data, std::byte* out) {
  using Wide = typename ProductSum<T>::Type;
  const auto* from = reinterpret_cast<const T*>(data);
  auto* to = reinterpret_cast<Wide*>(out);
  const size_t rank = side.sizes.size();
  const int64_t inner = rank == 0 ? 1 : side.sizes[rank - 1];
  const int64_t step = rank == 0 ? 1 : side.strides[rank - 1];
  Dims index(rank, 0);
  for (int64_t done = 0; done < side.elements(); done += inner) {
    int64_t offset = 0;
    for (size_t axis = 0; axis + 1 < rank; ++axis) offset += index[axis] * side.strides[axis];
    for (int64_t i = 0; i < inner; ++i) to[done + i] = static_cast<Wide>(from[offset + i * step]);
    for (size_t axis = rank; axis-- > 1;) {
      if (++index[axis - 1] < side.sizes[axis - 1]) break;
      index[axis - 1] = 0;
    }
  }
}

template <typename Body>
void with_dtype(DType dtype, const Body& body) {
  switch (dtype) {
    case DType::kF32:
      return body(float{});
    case DType::kF64:
      return body(double{});
    case DType::kBF16:
      return body(BFloat16{});
    case DType::kF16:
      return body(Float16{});
    case DType::kI8:
      return body(int8_t{});
    case DType::kU8:
    case DType::kBool:
      return body(uint8_t{});
    case DType::kI32:
      return body(int32_t{});
    case DType::kU32:
      return body(uint32_t{});
    case DType::kI64:
      return body(int64_t{});
    case DType::kAuto:
      break;
  }
  throw Error(ErrorCode::kInternal, "dot_general", "an operand has no dtype");
}

struct DotPlan {
  const Kernels* kernels;
  Side lhs, rhs;
  DType result;
  bool f32;  // products in f32, by the kernels
  int64_t task_columns;
  size_t lhs_offset = 0, rhs_offset = 0, result_offset = 0;
  WorkerFloats panel;

  bool gathers(const Side& side) const { return !(f32 && side.in_place && side.dtype == DType::kF32); }
};

void multiply_f32(const DotPlan& plan, const StepContext& context, const float* lhs, const float* rhs) {
  const int64_t m = plan.lhs.rows, n = plan.rhs.rows, k = plan.lhs.inner;
  float* out = plan.result == DType::kF32 ? context.outputs[0].as<float>()
                                          : scratch_floats(context, plan.result_offset);
  const int64_t tasks = (n + plan.task_columns - 1) / plan.task_columns;
  for_each_task(context.pool, plan.lhs.batch * tasks, [&](int worker, int64_t task) {
    const int64_t batch = task / tasks;
    const int64_t column = task % tasks * plan.task_columns;
    const MatmulBlock block{.x = lhs + batch * m * k,
                            .x_stride = k,
                            .weight = rhs + (batch * n + column) * k,
                            .weight_stride = k,
                            .out = out + batch * m * n + column,
                            .out_stride = n,
                            .m = m,
                            .n = std::min(plan.task_columns, n - column),
                            .k = k};
    if (m >= kManyRows) {
      plan.kernels->matmul_many(block, plan.panel.of(context, worker));
    } else {
      plan.kernels->matmul_few(block);
    }
  });
  if (plan.result == DType::kF32) return;
  const FloatType type = float_type(plan.result, "dot_general");
  for_each_range(context.pool, plan.lhs.batch * m * n, kElementsPerTask,
                 [&](int, int64_t begin, int64_t end) {
                   plan.kernels->from_f32(type, out + begin,
                                          context.outputs[0].data + begin * float_bytes(type), end - begin);
                 });
}

/// Integers and f64: the plain form.
template <typename Wide>
void multiply_wide(const DotPlan& plan, const StepContext& context, const Wide* lhs, const Wide* rhs) {
  const int64_t m = plan.lhs.rows, n = plan.rhs.rows, k = plan.lhs.inner;
  with_dtype(plan.result, [&](auto element) {
    using Result = decltype(element);
    auto* out = context.outputs[0].as<Result>();
    const int64_t grain = 1 + kElementsPerTask / std::max<int64_t>(1, n * k);
    context.pool.parallel_for(plan.lhs.batch * m, grain, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        const Wide* x = lhs + row * k;
        const Wide* weights = rhs + row / m * n * k;
        for (int64_t column = 0; column < n; ++column) {
          // Unsigned sums wrap without undefined behaviour.
          using Sum = std::conditional_t<std::is_integral_v<Wide>, uint64_t, Wide>;
          Sum sum = 0;
          for (int64_t i = 0; i < k; ++i)
            sum += static_cast<Sum>(x[i]) * static_cast<Sum>(weights[column * k + i]);
          if constexpr (std::is_same_v<Result, BFloat16> || std::is_same_v<Result, Float16>) {
            out[row * n + column] = Result(static_cast<float>(static_cast<Wide>(sum)));
          } else {
            out[row * n + column] = static_cast<Result>(static_cast<Wide>(sum));
          }
        }
      }
    });
  });
}

const std::byte* prepare(const DotPlan& plan, const StepContext& context, size_t operand) {
  const Side& side = operand == 0 ? plan.lhs : plan.rhs;
  const std::byte* data = context.inputs[operand].data;
  if (!plan.gathers(side)) return data;
  std::byte* out = context.scratch + (operand == 0 ? plan.lhs_offset : plan.rhs_offset);
  if (plan.f32 && side.in_place) {
    plan.kernels->to_f32(float_type(side.dtype, "dot_general"), data, reinterpret_cast<float*>(out),
                         side.elements());
  } else {
    with_dtype(side.dtype, [&](auto element) { gather<decltype(element)>(side, data, out); });
  }
  return out;
}

void run_dot_general(const DotPlan& plan, const StepContext& context) {
  if (context.outputs[0].shape->elements() == 0) return;
  const std::byte* lhs = prepare(plan, context, 0);
  const std::byte* rhs = prepare(plan, context, 1);
  if (plan.f32) {
    multiply_f32(plan, context, reinterpret_cast<const float*>(lhs), reinterpret_cast<const float*>(rhs));
  } else if (plan.lhs.dtype == DType::kF64) {
    multiply_wide(plan, context, reinterpret_cast<const double*>(lhs), reinterpret_cast<const double*>(rhs));
  } else {
    multiply_wide(plan, context, reinterpret_cast<const int64_t*>(lhs),
                  reinterpret_cast<const int64_t*>(rhs));
  }
}

/// Brings both sides to [batch, rows, contracted] in scratch, then multiplies. Floats accumulate in f32,
/// integers in 64 bits (wrapped to the result type).
Step lower_dot_general(const LowerCall& call) {
  const Attributes& attributes = call.attributes();
  DotPlan plan{.kernels = &kernels_for(call.isa),
               .lhs = make_side(call.inputs[0], attributes.get<Dims>("lhs_batch"),
                                attributes.get<Dims>("lhs_contract")),
               .rhs = make_side(call.inputs[1], attributes.get<Dims>("rhs_batch"),
                                attributes.get<Dims>("rhs_contract")),
               .result = call.output().dtype()};
  const auto kernel_type = [](DType dtype) { return is_float(dtype) && dtype != DType::kF64; };
  plan.f32 = kernel_type(plan.lhs.dtype);
  if (plan.f32 && !kernel_type(plan.result))
    throw Error(ErrorCode::kUnsupported, "dot_general",
                fmt::format("the native engine gives products of {} in f32, bf16 or f16, not in {}",
                            plan.lhs.dtype, plan.result));

  ScratchPlan scratch;
  const int64_t wide_bytes = plan.f32 ? 4 : 8;
  if (plan.gathers(plan.lhs)) plan.lhs_offset = scratch.add(plan.lhs.elements() * wide_bytes);
  if (plan.gathers(plan.rhs)) plan.rhs_offset = scratch.add(plan.rhs.elements() * wide_bytes);
  if (plan.f32) {
    if (plan.result != DType::kF32) plan.result_offset = scratch.add_floats(call.output().elements());
    plan.task_columns = plan.kernels->panel_columns;
    if (plan.lhs.rows >= kManyRows)
      plan.panel = WorkerFloats::reserve(scratch, call.threads, plan.kernels->panel_floats);
  }
  return {[plan](const StepContext& context) { run_dot_general(plan, context); }, scratch.bytes()};
}

}  // namespace

void register_dot_general(LoweringTable& table) {
  table.add(kDotGeneralOp, {.lower = lower_dot_general});
}

}  // namespace easydel::native
