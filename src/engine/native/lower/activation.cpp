// Activations: elements split over the workers; operands that are not f32 pass through pieces on the stack.
#include "graph/ops/activation.h"

#include "engine/native/lower/activation_kind.h"
#include "engine/native/lower/tasks.h"

namespace easydel::native {
namespace {

struct ActivationPlan {
  const Kernels* kernels;
  ActivationKind kind;
  FloatType type;
  int64_t count;
  bool gated;

  void apply(const float* x, const float* up, float* out, int64_t n) const {
    if (gated) {
      kernels->gated_activation(kind, x, up, out, n);
    } else {
      kernels->activation(kind, x, out, n);
    }
  }

  void run_range(const StepContext& context, int64_t begin, int64_t end) const {
    const auto at = [&](const Tensor& tensor, int64_t i) { return tensor.data + i * float_bytes(type); };
    if (type == FloatType::kF32) {
      apply(context.inputs[0].as<float>() + begin, gated ? context.inputs[1].as<float>() + begin : nullptr,
            context.outputs[0].as<float>() + begin, end - begin);
      return;
    }
    constexpr int64_t kPiece = 512;
    float x[kPiece];
    float up[kPiece];
    for (int64_t i = begin; i < end; i += kPiece) {
      const int64_t n = std::min(kPiece, end - i);
      kernels->to_f32(type, at(context.inputs[0], i), x, n);
      if (gated) kernels->to_f32(type, at(context.inputs[1], i), up, n);
      apply(x, up, x, n);
      kernels->from_f32(type, x, at(context.outputs[0], i), n);
    }
  }
};

Step lower_activation(const LowerCall& call) {
  const ActivationPlan plan{.kernels = &kernels_for(call.isa),
                            .kind = activation_kind(call.attributes().get<std::string>("function")),
                            .type = float_type(call.inputs[0].dtype(), call.node.op->name),
                            .count = call.output().elements(),
                            .gated = call.node.op == &kGatedActivationOp};
  return {[plan](const StepContext& context) {
    for_each_range(context.pool, plan.count, kElementsPerTask,
                   [&](int, int64_t begin, int64_t end) { plan.run_range(context, begin, end); });
  }};
}

}  // namespace

void register_activation(LoweringTable& table) {
  table.add(kActivationOp, {.lower = lower_activation, .storage = OutputStorage::kAnyOperand});
  table.add(kGatedActivationOp, {.lower = lower_activation, .storage = OutputStorage::kAnyOperand});
}

}  // namespace easydel::native
