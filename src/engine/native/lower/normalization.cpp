// Normalizations: rows split over the workers; operands that are not f32 pass through a row of scratch.
#include "graph/ops/normalization.h"

#include "engine/native/lower/tasks.h"

namespace easydel::native {
namespace {

/// Runs `row_function(x, out)` on every row of the last axis as f32 rows.
struct RowPlan {
  const Kernels* kernels;
  FloatType type;
  int64_t rows, width;
  WorkerFloats row;

  RowPlan(const LowerCall& call, ScratchPlan& scratch)
      : kernels(&kernels_for(call.isa)),
        type(float_type(call.inputs[0].dtype(), call.node.op->name)),
        width(call.inputs[0].dim(-1)) {
    rows = width == 0 ? 0 : call.inputs[0].elements() / width;
    if (type != FloatType::kF32) row = WorkerFloats::reserve(scratch, call.threads, width);
  }

  template <typename RowFunction>
  void run(const StepContext& context, const RowFunction& row_function) const {
    const int64_t row_bytes = width * float_bytes(type);
    const int64_t grain = 1 + kElementsPerTask / std::max<int64_t>(width, 1);
    for_each_range(context.pool, rows, grain, [&](int worker, int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const std::byte* x = context.inputs[0].data + i * row_bytes;
        std::byte* out = context.outputs[0].data + i * row_bytes;
        if (type == FloatType::kF32) {
          row_function(reinterpret_cast<const float*>(x), reinterpret_cast<float*>(out));
        } else {
          float* values = row.of(context, worker);
          kernels->to_f32(type, x, values, width);
          row_function(values, values);
          kernels->from_f32(type, values, out, width);
        }
      }
    });
  }
};

/// A weight vector as f32: in place, or converted into scratch at each run.
struct VectorOperand {
  FloatType type = FloatType::kF32;
  size_t index = 0, offset = 0;
  int64_t width = 0;

  VectorOperand(const LowerCall& call, size_t operand, ScratchPlan& scratch)
      : type(float_type(call.inputs[operand].dtype(), call.node.op->name)),
        index(operand),
        width(call.inputs[operand].elements()) {
    if (type != FloatType::kF32) offset = scratch.add_floats(width);
  }

  const float* get(const Kernels& kernels, const StepContext& context) const {
    if (type == FloatType::kF32) return context.inputs[index].as<float>();
    float* values = scratch_floats(context, offset);
    kernels.to_f32(type, context.inputs[index].data, values, width);
    return values;
  }
};

Step lower_rms_norm(const LowerCall& call) {
  ScratchPlan scratch;
  const RowPlan rows(call, scratch);
  const VectorOperand weight(call, 1, scratch);
  const auto epsilon = static_cast<float>(call.attributes().get<double>("epsilon"));
  const auto weight_offset = static_cast<float>(call.attributes().get<double>("weight_offset"));
  return {[=](const StepContext& context) {
            const float* w = weight.get(*rows.kernels, context);
            rows.run(context, [&](const float* x, float* out) {
              rows.kernels->rms_norm(x, w, epsilon, weight_offset, out, rows.width);
            });
          },
          scratch.bytes()};
}

Step lower_layer_norm(const LowerCall& call) {
  ScratchPlan scratch;
  const RowPlan rows(call, scratch);
  const bool has_weight = call.attributes().get<bool>("has_weight");
  std::vector<VectorOperand> vectors;
  for (size_t operand = 1; operand < call.inputs.size(); ++operand)
    vectors.emplace_back(call, operand, scratch);
  const auto epsilon = static_cast<float>(call.attributes().get<double>("epsilon"));
  return {[=](const StepContext& context) {
            const float* first = vectors.empty() ? nullptr : vectors[0].get(*rows.kernels, context);
            const float* second = vectors.size() < 2 ? nullptr : vectors[1].get(*rows.kernels, context);
            const float* weight = has_weight ? first : nullptr;
            const float* bias = has_weight ? second : first;
            rows.run(context, [&](const float* x, float* out) {
              rows.kernels->layer_norm(x, weight, bias, epsilon, out, rows.width);
            });
          },
          scratch.bytes()};
}

Step lower_softmax(const LowerCall& call) {
  ScratchPlan scratch;
  const RowPlan rows(call, scratch);
  return {[=](const StepContext& context) {
            rows.run(context, [&](const float* x, float* out) { rows.kernels->softmax(x, out, rows.width); });
          },
          scratch.bytes()};
}

}  // namespace

void register_normalization(LoweringTable& table) {
  // The norms' weights are read for every row, so the result must not take over their storage.
  table.add(kRmsNormOp, {.lower = lower_rms_norm});
  table.add(kLayerNormOp, {.lower = lower_layer_norm});
  table.add(kSoftmaxOp, {.lower = lower_softmax, .storage = OutputStorage::kAnyOperand});
}

}  // namespace easydel::native
