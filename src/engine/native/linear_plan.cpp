// x is brought into the form that the kernels want, weights are read where they are.
#include "engine/native/lower/linear_plan.h"

#include <array>
#include <cstring>

namespace easydel::native {
namespace {

/// Rows of x per task that share a rearranged panel: at least this many, so that rearranging stays cheap.
constexpr int64_t kLeastRowsPerTask = 96;
/// Weight bytes per task of few rows: enough to outweigh taking a task, few enough that no worker waits long for
/// the last one.
constexpr int64_t kLeastBytes = 32 * 1024, kMostBytes = 2048 * 1024;
/// The same where a few rows of x are packed: a worker fetches its next columns while it multiplies.
constexpr int64_t kPackedBytes = 128 * 1024;
/// Columns per task of packed rows.
constexpr int64_t kPackedColumns = 128;
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
                       ScratchPlan& scratch, const LinearPlan* leader)
    : kernels_(&kernels_for(call.isa)),
      x_type_(options.x_type),
      weight_type_(options.weight_type),
      bias_type_(options.bias_type),
      weight_is_in_out_(options.weight_is_in_out),
      rounds_x_(options.format == nullptr && kernels_->rounds_x(options.weight_type)),
      threads_(call.threads),
      n_(options.out),
      k_(options.in),
      x_stride_(rounds_x_ ? round_up(k_, 2) : k_) {
  if (options.format != nullptr) {
    quantized_ = &quantized_kernels(*kernels_, *options.format);
    const auto row_bytes = [&](const quantization::Part& part) {
      return static_cast<int64_t>(part.shape(std::array{int64_t{1}, k_}).bytes());
    };
    codes_stride_ = row_bytes(options.format->parts[0]);
    if (options.format->parts.size() > 1) scales_stride_ = row_bytes(options.format->parts[1]);
    packed_ = quantized_->packed;
  } else if (options.weight_type == FloatType::kBF16 && !weight_is_in_out_) {
    packed_ = std::span(&kernels_->bf16_packed, 1);
    codes_stride_ = k_ * 2;
  }
  reserve(most_rows, scratch, leader);
}

/// For runs of any number of rows up to the most.
void LinearPlan::reserve(int64_t most_rows, ScratchPlan& scratch, const LinearPlan* leader) {
  int64_t x = 0, work = 0, tile = 0;
  const auto plan_for = [&](int64_t rows) {
    rows = std::clamp<int64_t>(rows, 1, std::max<int64_t>(most_rows, 1));
    const Split tasks = split(rows);
    const int64_t columns = std::min(tasks.columns_per_task, n_);
    // Panels are shared by as many rows as it takes to keep the workers even: all of them at the most.
    const int64_t rows_per_task = tasks.form == Form::kPanels ? rows : tasks.rows_per_task;
    if (prepares_x(tasks.form)) x = std::max(x, x_items(tasks) * x_bytes(tasks));
    if (tasks.form == Form::kPanels) work = std::max(work, kernels_->panel_floats);
    if (tasks.form == Form::kPacked)
      work = std::max(work, tasks.packed->scratch_floats(rows_per_task, columns, k_));
    tile = std::max(tile, rows_per_task * columns);
  };
  // The largest numbers of rows of each form.
  for (const int64_t rows : {kManyRows - 1, kFewPackedRows, most_rows}) plan_for(rows);
  for (const PackedProduct& product : packed_)
    if (product.least_rows > 0) plan_for(product.least_rows - 1);
  if (x > 0) x_offset_ = leader != nullptr ? leader->x_offset_ : scratch.add(x);
  if (prepares_bias()) bias_offset_ = scratch.add_floats(n_);
  if (work > 0) work_ = WorkerFloats::reserve(scratch, threads_, work);
  if (x_type_ != FloatType::kF32) tile_ = WorkerFloats::reserve(scratch, threads_, tile);
}

int64_t LinearPlan::weight_row_bytes() const {
  return quantized_ != nullptr ? codes_stride_ + scales_stride_ : k_ * float_bytes(weight_type_);
}

/// Of a row of x as the kernels read it, or of a group of packed ones.
int64_t LinearPlan::x_bytes(const Split& split) const {
  if (split.packed != nullptr) return split.packed->x_bytes(k_);
  if (quantizes_x(split.form)) return quantized_->x_bytes(k_);
  return x_stride_ * (rounds_x_ ? 2 : 4);
}

LinearPlan::Split LinearPlan::split(int64_t rows) const {
  const int64_t even = (n_ + threads_ * 4 - 1) / (threads_ * 4);
  const int64_t row_bytes = std::max<int64_t>(1, weight_row_bytes());
  Split split{.rows = rows,
              .form = rows >= kManyRows ? Form::kPanels : Form::kFew,
              .rows_per_task = std::max<int64_t>(rows, 1)};
  for (const PackedProduct& product : packed_)
    if (product.least_rows > 0 && rows >= product.least_rows) split.packed = &product;
  if (split.packed != nullptr) split.form = Form::kPacked;
  switch (split.form) {
    case Form::kPanels: {
      split.columns_per_task = kernels_->panel_columns;
      const int64_t panels = (n_ + split.columns_per_task - 1) / split.columns_per_task;
      const int64_t blocks = row_blocks(rows, panels, threads_);
      split.rows_per_task = round_up((rows + blocks - 1) / blocks, kernels_->panel_rows);
      break;
    }
    case Form::kPacked: {
      // As many tasks for each worker, of some kPackedColumns columns that share x in the second-level cache.
      const int64_t tasks = threads_ * ((n_ + threads_ * kPackedColumns - 1) / (threads_ * kPackedColumns));
      split.columns_per_task =
          round_up((n_ + tasks - 1) / std::max<int64_t>(tasks, 1), split.packed->columns);
      if (rows <= kFewPackedRows)
        split.columns_per_task =
            round_up(std::max<int64_t>(1, std::min(even, kPackedBytes / row_bytes)), split.packed->columns);
      split.rows_per_task = std::min(round_up(rows, kPackedRows), kMostPackedRows);
      break;
    }
    case Form::kFew:
      if (weight_is_in_out_) {
        split.columns_per_task = threads_ == 1 ? n_ : round_up(even, kLeastColumns);
      } else {
        constexpr int64_t kRowsTogether = 4;
        split.columns_per_task =
            round_up(std::clamp(even, kLeastBytes / row_bytes, 1 + kMostBytes / row_bytes), kRowsTogether);
        if (threads_ == 1) split.columns_per_task = round_up(n_, kRowsTogether);
      }
      break;
  }
  return split;
}

/// A row of x as the kernels read it.
void LinearPlan::prepare_row(const std::byte* from, std::byte* to, Form form) const {
  if (quantizes_x(form)) return quantized_->quantize_x(x_type_, from, to, k_);
  if (!rounds_x_) return kernels_->to_f32(x_type_, from, reinterpret_cast<float*>(to), k_);
  switch (x_type_) {
    case FloatType::kBF16:
      std::memcpy(to, from, static_cast<size_t>(2 * k_));
      break;
    case FloatType::kF32:
      kernels_->from_f32(FloatType::kBF16, reinterpret_cast<const float*>(from), to, k_);
      break;
    case FloatType::kF16: {
      constexpr int64_t kPiece = 256;
      float piece[kPiece];
      for (int64_t i = 0; i < k_; i += kPiece) {
        const int64_t count = std::min(kPiece, k_ - i);
        kernels_->to_f32(FloatType::kF16, from + 2 * i, piece, count);
        kernels_->from_f32(FloatType::kBF16, piece, to + 2 * i, count);
      }
      break;
    }
  }
  if (k_ % 2 != 0) std::memset(to + 2 * k_, 0, 2);
}

/// Rows of x as the kernels read them, or groups of packed rows.
void LinearPlan::prepare_x(const StepContext& context, const std::byte* from, const Split& split) const {
  std::byte* to = context.scratch + x_offset_;
  const int64_t from_bytes = k_ * float_bytes(x_type_), to_bytes = x_bytes(split);
  const int64_t together = rows_together(split.form);
  const int64_t items = x_items(split);
  const int64_t grain = 1 + 4 * kElementsPerTask / std::max<int64_t>(k_ * together, 1);
  for_each_range(context.pool, items, grain, [&](int, int64_t begin, int64_t end) {
    for (int64_t item = begin; item < end; ++item) {
      const std::byte* x = from + item * together * from_bytes;
      if (split.form == Form::kPacked) {
        split.packed->pack_x(x_type_, x, std::min(kPackedRows, split.rows - item * kPackedRows),
                             to + item * to_bytes, k_);
      } else {
        prepare_row(x, to + item * to_bytes, split.form);
      }
    }
  });
}

void LinearPlan::prepare_bias(const StepContext& context, const LinearOperands& operands) const {
  if (prepares_bias())
    kernels_->to_f32(*bias_type_, operands.bias, scratch_floats(context, bias_offset_), n_);
}

int64_t LinearPlan::task_count(const Split& split) const {
  const int64_t column_tasks = (n_ + split.columns_per_task - 1) / split.columns_per_task;
  return column_tasks * ((split.rows + split.rows_per_task - 1) / split.rows_per_task);
}

void LinearPlan::run_task(const StepContext& context, const LinearOperands& operands, const Split& split,
                          const std::byte* x, int worker, int64_t task) const {
  const int64_t column_tasks = (n_ + split.columns_per_task - 1) / split.columns_per_task;
  const int64_t n = task % column_tasks * split.columns_per_task;
  const int64_t m = task / column_tasks * split.rows_per_task;
  const int64_t rows = std::min(split.rows_per_task, split.rows - m);
  const int64_t columns = std::min(split.columns_per_task, n_ - n);
  x += m / rows_together(split.form) * x_bytes(split);
  const float* bias = nullptr;
  if (bias_type_)
    bias = (prepares_bias() ? scratch_floats(context, bias_offset_)
                            : reinterpret_cast<const float*>(operands.bias)) +
           n;
  const bool converts = x_type_ != FloatType::kF32;  // the result has x's type
  float* out = converts ? tile_.of(context, worker) : reinterpret_cast<float*>(operands.out) + m * n_ + n;
  const int64_t out_stride = converts ? columns : n_;
  if (quantized_ != nullptr || split.form == Form::kPacked) {
    const QuantizedBlock block{
        .x = x,
        .x_stride = x_bytes(split),
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
    switch (split.form) {
      case Form::kFew:
        quantized_->matmul_few(block);
        break;
      case Form::kPacked:
        split.packed->multiply(block, work_.of(context, worker));
        break;
      case Form::kPanels:
        quantized_->matmul_many(block, work_.of(context, worker));
        break;
    }
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
    split.form == Form::kPanels ? kernels_->matmul_many(block, work_.of(context, worker))
                                : kernels_->matmul_few(block);
  }
  if (!converts) return;
  for (int64_t row = 0; row < rows; ++row)
    kernels_->from_f32(x_type_, out + row * out_stride,
                       operands.out + ((m + row) * n_ + n) * float_bytes(x_type_), columns);
}

void LinearPlan::run(const StepContext& context, const LinearOperands& operands, int64_t rows) const {
  run_together(context, {this, 1}, {&operands, 1}, rows);
}

bool LinearPlan::shares_x(const LinearPlan& other) const {
  return kernels_ == other.kernels_ && quantized_ == other.quantized_ && x_type_ == other.x_type_ &&
         weight_type_ == other.weight_type_ && weight_is_in_out_ == other.weight_is_in_out_ && k_ == other.k_;
}

void LinearPlan::run_together(const StepContext& context, std::span<const LinearPlan> plans,
                              std::span<const LinearOperands> operands, int64_t rows) {
  if (rows == 0) return;
  struct Part {
    Split split;
    int64_t end;  // of its tasks
  };
  std::array<Part, kMostLinears> parts;
  int64_t tasks = 0;
  for (size_t i = 0; i < plans.size(); ++i) {
    const Split split = plans[i].split(rows);
    plans[i].prepare_bias(context, operands[i]);
    if (plans[i].n_ > 0) tasks += plans[i].task_count(split);
    parts[i] = {split, tasks};
  }
  const LinearPlan& first = plans[0];
  const std::byte* x = operands[0].x;
  if (first.prepares_x(parts[0].split.form)) {
    first.prepare_x(context, x, parts[0].split);
    x = context.scratch + first.x_offset_;
  }
  for_each_task(context.pool, tasks, [&](int worker, int64_t task) {
    size_t i = 0;
    while (task >= parts[i].end) ++i;
    const int64_t begin = i == 0 ? 0 : parts[i - 1].end;
    plans[i].run_task(context, operands[i], parts[i].split, x, worker, task - begin);
  });
}

}  // namespace easydel::native
