// Linear layers.
#include "graph/ops/matmul.h"

#include "engine/native/lower/linear_plan.h"

namespace easydel::native {
namespace {

Step lower_linear(const LowerCall& call) {
  const LinearAxes axes = LinearAxes::of(call.attributes());
  const Shape& weight = call.inputs[1];
  LinearOptions options{.x_type = float_type(call.inputs[0].dtype(), "linear"),
                        .weight_type = float_type(weight.dtype(), "linear"),
                        .weight_is_in_out = axes.in == 0,
                        .out = weight.dim(axes.out),
                        .in = weight.dim(axes.in)};
  const bool has_bias = call.inputs.size() == 3;
  if (has_bias) options.bias_type = float_type(call.inputs[2].dtype(), "linear");
  const int64_t rows = call.output().elements() / std::max<int64_t>(options.out, 1);

  ScratchPlan scratch;
  const LinearPlan plan(options, rows, call, scratch);
  return {[plan, rows, has_bias](const StepContext& context) {
            plan.run(context,
                     {.x = context.inputs[0].data,
                      .weight = context.inputs[1].data,
                      .bias = has_bias ? context.inputs[2].data : nullptr,
                      .out = context.outputs[0].data},
                     rows);
          },
          scratch.bytes()};
}

}  // namespace

void register_matmul(LoweringTable& table) {
  table.add(kLinearOp, {.lower = lower_linear});
}

}  // namespace easydel::native
