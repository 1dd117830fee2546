// Weights in a quantized format.
#include "graph/ops/quantization.h"

#include "engine/native/lower/linear_group.h"
#include "engine/native/lower/linear_plan.h"

namespace easydel::native {
namespace {

// Rows of codes, such as those that an embedding looked up, one after the other.
Step lower_dequantize(const LowerCall& call) {
  const QuantizedKernels& kernels = quantized_kernels(kernels_for(call.isa), format_of(call.attributes()));
  const Kernels& conversions = kernels_for(call.isa);
  const FloatType type = float_type(call.output().dtype(), "dequantize");
  const int64_t columns = call.output().dim(-1);
  const int64_t rows = call.output().elements() / std::max<int64_t>(columns, 1);
  ScratchPlan scratch;
  const WorkerFloats row_floats = WorkerFloats::reserve(scratch, call.threads, columns);
  return {[=, &kernels, &conversions](const StepContext& context) {
            const auto part = [&](size_t index, int64_t row) {
              if (index >= context.inputs.size()) return static_cast<std::byte*>(nullptr);
              const Tensor& tensor = context.inputs[index];
              return tensor.data + row * static_cast<int64_t>(tensor.shape->bytes()) / rows;
            };
            const int64_t grain = 1 + kElementsPerTask / std::max<int64_t>(columns, 1);
            for_each_range(context.pool, rows, grain, [&](int worker, int64_t begin, int64_t end) {
              float* floats = row_floats.of(context, worker);
              for (int64_t row = begin; row < end; ++row) {
                kernels.decode(part(0, row), part(1, row), floats, columns);
                conversions.from_f32(type, floats,
                                     context.outputs[0].data + row * columns * float_bytes(type), columns);
              }
            });
          },
          scratch.bytes()};
}

}  // namespace

void register_quantization(LoweringTable& table) {
  table.add(kDequantizeOp, {.lower = lower_dequantize});
  table.add(kQuantizedLinearOp, {.lower = [](const LowerCall& call) { return lower_linears({&call, 1}); }});
}

}  // namespace easydel::native
