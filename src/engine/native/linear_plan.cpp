// x is brought into the form that the kernels want, weights are read where they are.
#include "engine/native/lower/linear_plan.h"

#include <array>
#include <cstring>

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

}  // namespace

const QuantizedKernels& quantized_kernels(const Kernels& kernels, const quantization::Format& format) {
  static constexpr std::pair<std::string_view, QuantizedKernels Kernels::*> kByName[] = {
      {"int8", &Kernels::int8},
      {"int4", &Kernels::int4},
      {"int4_g64", &Kernels::int4_g64},
      {"int4_g128", &Kernels::int4_g128},
      {"int4_zp", &Kernels::int4_zp},
      {"int4_zp_g64", &Kernels::int4_zp_g64},
      {"int4_zp_g128", &Kernels::int4_zp_g128},
      {"nf4", &Kernels::nf4},
      {"fp8_e4m3", &Kernels::fp8_e4m3},
      {"q8_0", &Kernels::q8_0},
      {"q4_0", &Kernels::q4_0},
      {"q4_1", &Kernels::q4_1},
      {"q5_0", &Kernels::q5_0},
      {"q5_1", &Kernels::q5_1},
      {"q4_k", &Kernels::q4_k},
      {"q5_k", &Kernels::q5_k},
      {"q6_k", &Kernels::q6_k}};
  for (const auto& [name, member] : kByName)
    if (name == format.name) return kernels.*member;
  throw Error(
      ErrorCode::kUnsupported, "linear",
      fmt::format("the native engine has no kernels for {}; load the weights without it", format.name));
}

LinearPlan::LinearPlan(const LinearOptions& options, int64_t most_rows, const LowerCall& call,
                       ScratchPlan& scratch)
    : kernels_(&kernels_for(call.isa)),
      x_type_(options.x_type),
      weight_type_(options.weight_type),
      bias_type_(options.bias_type),
      weight_is_in_out_(options.weight_is_in_out),
      rounds_x_(options.format == nullptr && kernels_->rounds_x(options.weight_type)),
      threads_(call.threads),
      n_(options.out),
      k_(options.in),
      x_stride_(rounds_x_ ? round_up(k_, 2) : k_),
      x_bytes_(x_stride_ * (rounds_x_ ? 2 : 4)) {
  if (options.format != nullptr) {
    quantized_ = &quantized_kernels(*kernels_, *options.format);
    const auto row_bytes = [&](const quantization::Part& part) {
      return static_cast<int64_t>(part.shape(std::array{int64_t{1}, k_}).bytes());
    };
    codes_stride_ = row_bytes(options.format->parts[0]);
    if (options.format->parts.size() > 1) scales_stride_ = row_bytes(options.format->parts[1]);
    if (quantizes_x()) x_bytes_ = quantized_->x_bytes(k_);
  }
  if (prepares_x()) x_offset_ = scratch.add(most_rows * x_bytes_);
  if (prepares_bias()) bias_offset_ = scratch.add_floats(n_);
  if (most_rows >= kManyRows) panel_ = WorkerFloats::reserve(scratch, threads_, kernels_->panel_floats);
  if (x_type_ == FloatType::kF32) return;
  const Split few = split(std::min(most_rows, kManyRows - 1));
  int64_t tile = few.rows_per_task * std::min(few.columns_per_task, n_);
  if (most_rows >= kManyRows) tile = std::max(tile, most_rows * std::min(kernels_->panel_columns, n_));
  tile_ = WorkerFloats::reserve(scratch, threads_, tile);
}

int64_t LinearPlan::weight_row_bytes() const {
  return quantized_ != nullptr ? codes_stride_ + scales_stride_ : k_ * float_bytes(weight_type_);
}

LinearPlan::Split LinearPlan::split(int64_t rows) const {
  const int64_t even = (n_ + threads_ * 4 - 1) / (threads_ * 4);
  Split split{.rows = rows, .many = rows >= kManyRows};
  if (split.many) {
    split.columns_per_task = kernels_->panel_columns;
    const int64_t panels = (n_ + split.columns_per_task - 1) / split.columns_per_task;
    const int64_t blocks = row_blocks(rows, panels, threads_);
    split.rows_per_task = round_up((rows + blocks - 1) / blocks, kernels_->panel_rows);
    return split;
  }
  split.rows_per_task = std::max<int64_t>(rows, 1);
  if (weight_is_in_out_) {
    split.columns_per_task = threads_ == 1 ? n_ : round_up(even, kLeastColumns);
  } else {
    constexpr int64_t kRowsTogether = 4;
    const int64_t row_bytes = std::max<int64_t>(1, weight_row_bytes());
    split.columns_per_task =
        round_up(std::clamp(even, kLeastBytes / row_bytes, 1 + kMostBytes / row_bytes), kRowsTogether);
    if (threads_ == 1) split.columns_per_task = round_up(n_, kRowsTogether);
  }
  return split;
}

/// Rows of x as the kernels read them.
void LinearPlan::prepare_x(const StepContext& context, const std::byte* from, int64_t begin,
                           int64_t end) const {
  std::byte* to = context.scratch + x_offset_;
  const int64_t from_bytes = k_ * float_bytes(x_type_);
  for (int64_t row = begin; row < end; ++row) {
    const std::byte* x = from + row * from_bytes;
    std::byte* out = to + row * x_bytes_;
    if (quantizes_x()) {
      quantized_->quantize_x(x_type_, x, out, k_);
      continue;
    }
    if (!rounds_x_) {
      kernels_->to_f32(x_type_, x, reinterpret_cast<float*>(out), k_);
      continue;
    }
    switch (x_type_) {
      case FloatType::kBF16:
        std::memcpy(out, x, static_cast<size_t>(from_bytes));
        break;
      case FloatType::kF32:
        kernels_->from_f32(FloatType::kBF16, reinterpret_cast<const float*>(x), out, k_);
        break;
      case FloatType::kF16: {
        constexpr int64_t kPiece = 256;
        float piece[kPiece];
        for (int64_t i = 0; i < k_; i += kPiece) {
          const int64_t count = std::min(kPiece, k_ - i);
          kernels_->to_f32(FloatType::kF16, x + 2 * i, piece, count);
          kernels_->from_f32(FloatType::kBF16, piece, out + 2 * i, count);
        }
        break;
      }
    }
    if (k_ % 2 != 0) std::memset(out + 2 * k_, 0, 2);
  }
}

void LinearPlan::run_task(const StepContext& context, const LinearOperands& operands, const Split& split,
                          int worker, int64_t task) const {
  const int64_t column_tasks = (n_ + split.columns_per_task - 1) / split.columns_per_task;
  const int64_t n = task % column_tasks * split.columns_per_task;
  const int64_t m = task / column_tasks * split.rows_per_task;
  const int64_t rows = std::min(split.rows_per_task, split.rows - m);
  const int64_t columns = std::min(split.columns_per_task, n_ - n);
  const std::byte* x = (prepares_x() ? context.scratch + x_offset_ : operands.x) + m * x_bytes_;
  const float* bias = nullptr;
  if (bias_type_)
    bias = (prepares_bias() ? scratch_floats(context, bias_offset_)
                            : reinterpret_cast<const float*>(operands.bias)) +
           n;
  const bool converts = x_type_ != FloatType::kF32;  // the result has x's type
  float* out = converts ? tile_.of(context, worker) : reinterpret_cast<float*>(operands.out) + m * n_ + n;
  const int64_t out_stride = converts ? columns : n_;
  if (quantized_ != nullptr) {
    const QuantizedBlock block{
        .x = x,
        .x_stride = x_bytes_,
        .codes = operands.weight + n * codes_stride_,
        .codes_stride = codes_stride_,
        .scales = operands.scales == nullptr ? nullptr : operands.scales + n * scales_stride_,
        .scales_stride = scales_stride_,
        .bias = bias,
        .out = out,
        .out_stride = out_stride,
        .m = rows,
        .n = columns,
        .k = k_};
    split.many ? quantized_->matmul_many(block, panel_.of(context, worker)) : quantized_->matmul_few(block);
  } else {
    const MatmulBlock block{
        .x = x,
        .x_is_bf16 = rounds_x_,
        .x_stride = x_stride_,
        .weight = operands.weight + n * (weight_is_in_out_ ? 1 : k_) * float_bytes(weight_type_),
        .weight_type = weight_type_,
        .weight_stride = weight_is_in_out_ ? n_ : k_,
        .weight_is_in_out = weight_is_in_out_,
        .bias = bias,
        .out = out,
        .out_stride = out_stride,
        .m = rows,
        .n = columns,
        .k = k_};
    split.many ? kernels_->matmul_many(block, panel_.of(context, worker)) : kernels_->matmul_few(block);
  }
  if (!converts) return;
  for (int64_t row = 0; row < rows; ++row)
    kernels_->from_f32(x_type_, out + row * out_stride,
                       operands.out + ((m + row) * n_ + n) * float_bytes(x_type_), columns);
}

void LinearPlan::run(const StepContext& context, const LinearOperands& operands, int64_t rows) const {
  if (rows == 0 || n_ == 0) return;
  if (prepares_bias())
    kernels_->to_f32(*bias_type_, operands.bias, scratch_floats(context, bias_offset_), n_);
  if (prepares_x())
    for_each_range(context.pool, rows, 1 + 4 * kElementsPerTask / std::max<int64_t>(k_, 1),
                   [&](int, int64_t begin, int64_t end) { prepare_x(context, operands.x, begin, end); });
  const Split tasks = split(rows);
  const int64_t column_tasks = (n_ + tasks.columns_per_task - 1) / tasks.columns_per_task;
  const int64_t row_tasks = (rows + tasks.rows_per_task - 1) / tasks.rows_per_task;
  for_each_task(context.pool, column_tasks * row_tasks,
                [&](int worker, int64_t task) { run_task(context, operands, tasks, worker, task); });
}

}  // namespace easydel::native
