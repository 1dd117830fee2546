// LinearPlan: products of rows of x with one weight, for the lowerings that need them. Planned while lowering, for at most
// so many rows; run with as many as there are.
//
//   plan.product = LinearPlan({.weight_type = FloatType::kBF16, .out = 64, .in = 32}, most_rows, call, scratch);
//   plan.product.run(context, {.x = x, .weight = weight, .out = out}, rows);
#pragma once

#include <optional>
#include <span>

#include "engine/native/lower/tasks.h"
#include "quantization/format.h"

namespace easydel::native {

struct LinearOptions {
  FloatType x_type = FloatType::kF32;  ///< of x and of the result
  FloatType weight_type = FloatType::kF32;
  const quantization::Format* format =
      nullptr;                         ///< of a quantized weight [out, in]; null: it is of weight_type
  std::optional<FloatType> bias_type;  ///< unset: no bias
  bool weight_is_in_out = false;
  int64_t out = 0, in = 0;
};

struct LinearOperands {
  const std::byte* x = nullptr;       ///< [rows, in]
  const std::byte* weight = nullptr;  ///< [out, in] or [in, out]; of a quantized weight its codes
  const std::byte* scales = nullptr;  ///< of a quantized weight, where its format keeps them apart
  const std::byte* bias = nullptr;    ///< [out], where the options have one
  std::byte* out = nullptr;           ///< [rows, out]
};

/// Those of a format; Error(kUnsupported) for one that has none.
const QuantizedKernels& quantized_kernels(const Kernels& kernels, const quantization::Format& format);

/// Products that may run together.
constexpr size_t kMostLinears = 4;

class LinearPlan {
 public:
  LinearPlan() = default;
  /// With a `leader` it runs together with that one alone, which prepares x for both.
  LinearPlan(const LinearOptions& options, int64_t most_rows, const LowerCall& call, ScratchPlan& scratch,
             const LinearPlan* leader = nullptr);
  /// `context` gives the workers and the scratch; its tensors are not looked at.
  void run(const StepContext& context, const LinearOperands& operands, int64_t rows) const;

  /// Whether both bring x into the same form.
  bool shares_x(const LinearPlan& other) const;
  /// Several products of one x, as one set of tasks: x is prepared once. All plans share x with the first one.
  static void run_together(const StepContext& context, std::span<const LinearPlan> plans,
                           std::span<const LinearOperands> operands, int64_t rows);

 private:
  /// How a run's rows are multiplied.
  enum class Form : uint8_t {
    kFew,     ///< each weight meets each row of x as it streams by
    kPacked,  ///< rows of x are packed side by side
    kPanels,  ///< weights are rearranged
  };
  /// One run's rows in tasks.
  struct Split {
    int64_t rows = 0;
    Form form = Form::kFew;
    const PackedProduct* packed = nullptr;  ///< of kPacked
    int64_t rows_per_task = 0, columns_per_task = 0;
  };

  void reserve(int64_t most_rows, ScratchPlan& scratch, const LinearPlan* leader);
  Split split(int64_t rows) const;
  int64_t weight_row_bytes() const;
  static int64_t rows_together(Form form) { return form == Form::kPacked ? kPackedRows : 1; }
  /// What x is prepared as: rows, or groups of them.
  static int64_t x_items(const Split& split) {
    return (split.rows + rows_together(split.form) - 1) / rows_together(split.form);
  }
  int64_t x_bytes(const Split& split) const;
  void prepare_x(const StepContext& context, const std::byte* from, const Split& split) const;
  void prepare_row(const std::byte* from, std::byte* to, Form form) const;
  void prepare_bias(const StepContext& context, const LinearOperands& operands) const;
  int64_t task_count(const Split& split) const;
  /// `x` is where the first row lies, prepared or not.
  void run_task(const StepContext& context, const LinearOperands& operands, const Split& split,
                const std::byte* x, int worker, int64_t task) const;

  bool prepares_x(Form form) const {
    return form == Form::kPacked || quantizes_x(form) || rounds_x_ || x_type_ != FloatType::kF32;
  }
  bool quantizes_x(Form form) const {
    return form == Form::kFew && quantized_ != nullptr && quantized_->quantize_x != nullptr;
  }
  bool prepares_bias() const { return bias_type_ && *bias_type_ != FloatType::kF32; }

  const Kernels* kernels_ = nullptr;
  const QuantizedKernels* quantized_ = nullptr;   // null: the weight is of a float type
  std::span<const PackedProduct> packed_;         // those that fit the weight
  int64_t codes_stride_ = 0, scales_stride_ = 0;  // bytes of a quantized weight's row
  FloatType x_type_ = FloatType::kF32, weight_type_ = FloatType::kF32;
  std::optional<FloatType> bias_type_;
  bool weight_is_in_out_ = false;
  bool rounds_x_ = false;
  int threads_ = 1;
  int64_t n_ = 0, k_ = 0;
  int64_t x_stride_ = 0;                   // of the rows that kernels of float weights read, in elements
  size_t x_offset_ = 0, bias_offset_ = 0;  // in scratch
  WorkerFloats work_, tile_;
};

}  // namespace easydel::native
