// Mixtures of experts: each expert takes the rows that chose it, so that decoding reads the weights of the chosen experts
// alone. A row adds its experts' results in their order, whatever the number of threads.
#include "graph/ops/experts.h"

#include <cstring>

#include "engine/native/lower/activation_kind.h"
#include "engine/native/lower/linear_plan.h"

namespace easydel::native {
namespace {

struct ExpertsPlan {
  const Kernels* kernels;
  ExpertOperands operands;
  FloatType type;  // of x
  ActivationKind activation;
  int64_t rows, choices, experts, hidden, inner;
  LinearPlan into, back;
  size_t gathered_offset, gate_offset, up_offset, result_offset, sum_offset, choices_offset;  // in scratch

  /// Where results add up, in f32.
  float* sum(const StepContext& context) const {
    return type == FloatType::kF32 ? context.outputs[0].as<float>() : scratch_floats(context, sum_offset);
  }
};

/// A row that chose an expert, and how much the expert counts.
struct Choice {
  int64_t row;
  float score;
};

/// Fills in the rows that chose `expert`; returns how many.
int64_t find_choices(const ExpertsPlan& plan, const StepContext& context, int64_t expert, Choice* choices) {
  const float* scores = context.inputs[1].as<float>();
  const int32_t* chosen = context.inputs[2].as<int32_t>();
  int64_t count = 0;
  for (int64_t row = 0; row < plan.rows; ++row) {
    bool is_chosen = false;
    float score = 0;
    for (int64_t i = row * plan.choices; i < (row + 1) * plan.choices; ++i) {
      if (chosen[i] != expert) continue;
      is_chosen = true;
      score += scores[i];
    }
    if (is_chosen) choices[count++] = {row, score};
  }
  return count;
}

void add_expert(const ExpertsPlan& plan, const StepContext& context, int64_t expert, const Choice* choices,
                int64_t count) {
  float* gathered = scratch_floats(context, plan.gathered_offset);
  float* gate = scratch_floats(context, plan.gate_offset);
  float* up = scratch_floats(context, plan.up_offset);
  float* result = scratch_floats(context, plan.result_offset);
  float* sum = plan.sum(context);
  const auto bytes = [](float* floats) { return reinterpret_cast<std::byte*>(floats); };
  const auto multiply = [&](const LinearPlan& product, size_t which, float* from, float* to) {
    const size_t weight = plan.operands.weight(static_cast<size_t>(expert), which);
    product.run(context,
                {.x = bytes(from),
                 .weight = context.inputs[weight].data,
                 .scales = plan.operands.tensors > 1 ? context.inputs[weight + 1].data : nullptr,
                 .out = bytes(to)},
                count);
  };
  const int64_t grain = 1 + kElementsPerTask / std::max<int64_t>(plan.hidden, 1);
  for_each_range(context.pool, count, grain, [&](int, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      plan.kernels->to_f32(plan.type,
                           context.inputs[0].data + choices[i].row * plan.hidden * float_bytes(plan.type),
                           gathered + i * plan.hidden, plan.hidden);
  });
  multiply(plan.into, 0, gathered, gate);
  multiply(plan.into, 1, gathered, up);
  for_each_range(context.pool, count * plan.inner, kElementsPerTask, [&](int, int64_t begin, int64_t end) {
    plan.kernels->gated_activation(plan.activation, gate + begin, up + begin, gate + begin, end - begin);
  });
  multiply(plan.back, 2, gate, result);
  for_each_range(context.pool, count, grain, [&](int, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      float* to = sum + choices[i].row * plan.hidden;
      for (int64_t j = 0; j < plan.hidden; ++j) to[j] += choices[i].score * result[i * plan.hidden + j];
    }
  });
}

void run_experts(const ExpertsPlan& plan, const StepContext& context) {
  float* sum = plan.sum(context);
  std::memset(sum, 0, static_cast<size_t>(plan.rows * plan.hidden) * sizeof(float));
  auto* choices = reinterpret_cast<Choice*>(context.scratch + plan.choices_offset);
  for (int64_t expert = 0; expert < plan.experts; ++expert)
    if (const int64_t count = find_choices(plan, context, expert, choices); count > 0)
      add_expert(plan, context, expert, choices, count);
  if (plan.type == FloatType::kF32) return;
  for_each_range(
      context.pool, plan.rows * plan.hidden, kElementsPerTask, [&](int, int64_t begin, int64_t end) {
        plan.kernels->from_f32(plan.type, sum + begin,
                               context.outputs[0].data + begin * float_bytes(plan.type), end - begin);
      });
}

Step lower_experts(const LowerCall& call) {
  const ExpertOperands operands = ExpertOperands::of(call.attributes());
  const Shape& gate = call.inputs[operands.weight(0, 0)];
  LinearOptions options{.format = operands.format};
  if (operands.format == nullptr) options.weight_type = float_type(gate.dtype(), "routed_experts");
  ExpertsPlan plan{.kernels = &kernels_for(call.isa),
                   .operands = operands,
                   .type = float_type(call.inputs[0].dtype(), "routed_experts"),
                   .activation = activation_kind(call.attributes().get<std::string>("function")),
                   .choices = call.inputs[1].dim(-1),
                   .experts = static_cast<int64_t>(operands.experts(call.inputs.size())),
                   .hidden = call.inputs[0].dim(-1),
                   .inner = gate.dim(0)};
  plan.rows = call.output().elements() / std::max<int64_t>(plan.hidden, 1);
  ScratchPlan scratch;
  options.out = plan.inner;
  options.in = plan.hidden;
  plan.into = LinearPlan(options, plan.rows, call, scratch);
  std::swap(options.out, options.in);
  plan.back = LinearPlan(options, plan.rows, call, scratch);
  plan.gathered_offset = scratch.add_floats(plan.rows * plan.hidden);
  plan.gate_offset = scratch.add_floats(plan.rows * plan.inner);
  plan.up_offset = scratch.add_floats(plan.rows * plan.inner);
  plan.result_offset = scratch.add_floats(plan.rows * plan.hidden);
  if (plan.type != FloatType::kF32) plan.sum_offset = scratch.add_floats(plan.rows * plan.hidden);
  plan.choices_offset = scratch.add(plan.rows * static_cast<int64_t>(sizeof(Choice)));
  return {[plan](const StepContext& context) { run_experts(plan, context); }, scratch.bytes()};
}

}  // namespace

void register_experts(LoweringTable& table) {
  table.add(kRoutedExpertsOp, {.lower = lower_experts});
}

}  // namespace easydel::native
