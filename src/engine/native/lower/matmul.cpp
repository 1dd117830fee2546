// Linear layers. x is brought into the form that the kernels want, weights are read where they are.
#include <cstring>

#include "engine/native/lower/tasks.h"
#include "graph/ops/matmul.h"

namespace easydel::native {
namespace {

/// Rows of x from which rearranging the weights pays (measured on Zen 4: docs/performance.md).
constexpr int64_t kManyRows = 32;
/// Rows of x per task that share a rearranged panel: at least this many, so that rearranging stays cheap.
constexpr int64_t kLeastRowsPerTask = 96;
/// Weight bytes per task of few rows: enough to outweigh taking a task, few enough that no worker waits long for
/// the last one.
constexpr int64_t kLeastBytes = 32 * 1024, kMostBytes = 256 * 1024;
/// Columns per task of few rows where the weight is [in, out]: pieces of its rows that prefetchers can follow.
constexpr int64_t kLeastColumns = 128;

struct LinearPlan {
  const Kernels* kernels;
  FloatType x_type, weight_type, bias_type;
  bool weight_is_in_out;
  bool has_bias;
  bool rounds_x;
  int64_t m, n, k;
  int64_t x_stride;  // of the prepared rows
  int64_t rows_per_task, columns_per_task;
  size_t x_offset, bias_offset;  // in scratch
  WorkerFloats panel, tile;

  bool prepares_x() const { return rounds_x || x_type != FloatType::kF32; }
  bool prepares_bias() const { return has_bias && bias_type != FloatType::kF32; }
  bool many() const { return m >= kManyRows; }
};

int64_t round_up(int64_t value, int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

/// The least number of row blocks with which the tasks come out even on `threads` workers.
int64_t row_blocks(int64_t m, int64_t panels, int threads) {
  const int64_t most = std::max<int64_t>(1, m / kLeastRowsPerTask);
  for (int64_t blocks = 1; blocks < most; ++blocks) {
    const int64_t tasks = panels * blocks;
    const int64_t rounds = (tasks + threads - 1) / threads;
    if (static_cast<double>(tasks) >= 0.94 * static_cast<double>(rounds * threads)) return blocks;
  }
  return most;
}

void split(LinearPlan& plan, int threads) {
  const int64_t even = (plan.n + threads * 4 - 1) / (threads * 4);
  if (plan.many()) {
    plan.columns_per_task = plan.kernels->panel_columns;
    const int64_t panels = (plan.n + plan.columns_per_task - 1) / plan.columns_per_task;
    const int64_t blocks = row_blocks(plan.m, panels, threads);
    plan.rows_per_task = round_up((plan.m + blocks - 1) / blocks, 12);
  } else if (plan.weight_is_in_out) {
    plan.columns_per_task = threads == 1 ? plan.n : round_up(std::max(even, kLeastColumns), kLeastColumns);
    plan.rows_per_task = std::max<int64_t>(plan.m, 1);
  } else {
    constexpr int64_t kRowsTogether = 4;
    const int64_t row_bytes = std::max<int64_t>(1, plan.k * float_bytes(plan.weight_type));
    plan.columns_per_task =
        round_up(std::clamp(even, kLeastBytes / row_bytes, 1 + kMostBytes / row_bytes), kRowsTogether);
    if (threads == 1) plan.columns_per_task = round_up(plan.n, kRowsTogether);
    plan.rows_per_task = std::max<int64_t>(plan.m, 1);
  }
}

/// Rows of x as the kernels read them.
void prepare_x(const LinearPlan& plan, const StepContext& context, int64_t begin, int64_t end) {
  const std::byte* from = context.inputs[0].data;
  std::byte* to = context.scratch + plan.x_offset;
  const int64_t from_bytes = plan.k * float_bytes(plan.x_type);
  const int64_t to_bytes = plan.x_stride * (plan.rounds_x ? 2 : 4);
  for (int64_t row = begin; row < end; ++row) {
    const std::byte* x = from + row * from_bytes;
    std::byte* out = to + row * to_bytes;
    if (!plan.rounds_x) {
      plan.kernels->to_f32(plan.x_type, x, reinterpret_cast<float*>(out), plan.k);
      continue;
    }
    switch (plan.x_type) {
      case FloatType::kBF16:
        std::memcpy(out, x, static_cast<size_t>(from_bytes));
        break;
      case FloatType::kF32:
        plan.kernels->from_f32(FloatType::kBF16, reinterpret_cast<const float*>(x), out, plan.k);
        break;
      case FloatType::kF16: {
        constexpr int64_t kPiece = 256;
        float piece[kPiece];
        for (int64_t i = 0; i < plan.k; i += kPiece) {
          const int64_t count = std::min(kPiece, plan.k - i);
          plan.kernels->to_f32(FloatType::kF16, x + 2 * i, piece, count);
          plan.kernels->from_f32(FloatType::kBF16, piece, out + 2 * i, count);
        }
        break;
      }
    }
    if (plan.k % 2 != 0) std::memset(out + 2 * plan.k, 0, 2);
  }
}

void run_task(const LinearPlan& plan, const StepContext& context, int worker, int64_t task) {
  const int64_t column_tasks = (plan.n + plan.columns_per_task - 1) / plan.columns_per_task;
  const int64_t n = task % column_tasks * plan.columns_per_task;
  const int64_t m = task / column_tasks * plan.rows_per_task;
  MatmulBlock block{.x_is_bf16 = plan.rounds_x,
                    .x_stride = plan.x_stride,
                    .weight = context.inputs[1].data +
                              n * (plan.weight_is_in_out ? 1 : plan.k) * float_bytes(plan.weight_type),
                    .weight_type = plan.weight_type,
                    .weight_stride = plan.weight_is_in_out ? plan.n : plan.k,
                    .weight_is_in_out = plan.weight_is_in_out,
                    .m = std::min(plan.rows_per_task, plan.m - m),
                    .n = std::min(plan.columns_per_task, plan.n - n),
                    .k = plan.k};
  const std::byte* x = plan.prepares_x() ? context.scratch + plan.x_offset : context.inputs[0].data;
  block.x = x + m * plan.x_stride * (plan.rounds_x ? 2 : 4);
  if (plan.has_bias)
    block.bias =
        (plan.prepares_bias() ? scratch_floats(context, plan.bias_offset) : context.inputs[2].as<float>()) +
        n;

  const bool converts = plan.x_type != FloatType::kF32;  // the result has x's type
  block.out = converts ? plan.tile.of(context, worker) : context.outputs[0].as<float>() + m * plan.n + n;
  block.out_stride = converts ? block.n : plan.n;
  if (plan.many()) {
    plan.kernels->matmul_many(block, plan.panel.of(context, worker));
  } else {
    plan.kernels->matmul_few(block);
  }
  if (!converts) return;
  for (int64_t row = 0; row < block.m; ++row)
    plan.kernels->from_f32(plan.x_type, block.out + row * block.out_stride,
                           context.outputs[0].data + ((m + row) * plan.n + n) * float_bytes(plan.x_type),
                           block.n);
}

void run_linear(const LinearPlan& plan, const StepContext& context) {
  if (plan.m == 0 || plan.n == 0) return;
  if (plan.prepares_bias())
    plan.kernels->to_f32(plan.bias_type, context.inputs[2].data, scratch_floats(context, plan.bias_offset),
                         plan.n);
  if (plan.prepares_x())
    for_each_range(context.pool, plan.m, 1 + 4 * kElementsPerTask / std::max<int64_t>(plan.k, 1),
                   [&](int, int64_t begin, int64_t end) { prepare_x(plan, context, begin, end); });
  const int64_t column_tasks = (plan.n + plan.columns_per_task - 1) / plan.columns_per_task;
  const int64_t row_tasks = (plan.m + plan.rows_per_task - 1) / plan.rows_per_task;
  for_each_task(context.pool, column_tasks * row_tasks,
                [&](int worker, int64_t task) { run_task(plan, context, worker, task); });
}

Step lower_linear(const LowerCall& call) {
  const LinearAxes axes = LinearAxes::of(call.attributes());
  LinearPlan plan{.kernels = &kernels_for(call.isa),
                  .x_type = float_type(call.inputs[0].dtype(), "linear"),
                  .weight_type = float_type(call.inputs[1].dtype(), "linear"),
                  .weight_is_in_out = axes.in == 0,
                  .has_bias = call.inputs.size() == 3,
                  .n = call.inputs[1].dim(axes.out),
                  .k = call.inputs[1].dim(axes.in)};
  plan.m = call.inputs[0].elements() / std::max<int64_t>(plan.k, 1);
  if (plan.k == 0) plan.m = call.output().elements() / std::max<int64_t>(plan.n, 1);
  plan.rounds_x = plan.kernels->rounds_x(plan.weight_type);
  plan.x_stride = plan.rounds_x ? round_up(plan.k, 2) : plan.k;
  if (plan.has_bias) plan.bias_type = float_type(call.inputs[2].dtype(), "linear");
  split(plan, call.threads);

  ScratchPlan scratch;
  if (plan.prepares_x()) plan.x_offset = scratch.add(plan.m * plan.x_stride * (plan.rounds_x ? 2 : 4));
  if (plan.prepares_bias()) plan.bias_offset = scratch.add_floats(plan.n);
  if (plan.many()) plan.panel = WorkerFloats::reserve(scratch, call.threads, plan.kernels->panel_floats);
  if (plan.x_type != FloatType::kF32)
    plan.tile =
        WorkerFloats::reserve(scratch, call.threads,
                              std::min(plan.rows_per_task, plan.m) * std::min(plan.columns_per_task, plan.n));
  return {[plan](const StepContext& context) { run_linear(plan, context); }, scratch.bytes()};
}

}  // namespace

void register_matmul(LoweringTable& table) {
  table.add(kLinearOp, {.lower = lower_linear});
}

}  // namespace easydel::native
