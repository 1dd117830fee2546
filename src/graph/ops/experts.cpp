#include "graph/ops/experts.h"

#include "base/format.h"
#include "graph/ops/activation.h"
#include "graph/ops/elementwise.h"
#include "graph/ops/matmul.h"
#include "graph/ops/movement.h"
#include "graph/ops/reduce.h"

namespace easydel {
namespace {

constexpr size_t kFirstWeight = 3,
                 kWeights = 3;  // behind x, scores and chosen; gate, up and down of each expert

std::vector<Shape> infer_routed_experts(const OpCall& call) {
  const size_t count = call.inputs.size();
  if (count < kFirstWeight + kWeights || (count - kFirstWeight) % kWeights != 0)
    call.fail("takes x, scores, chosen, and gate, up and down of each expert");
  const Shape& x = call.inputs[0];
  const Shape& scores = call.inputs[1];
  if (!is_float(x.dtype()) || x.rank() < 1) call.fail("x must be float [..., hidden]");
  if (scores.dtype() != DType::kF32 || call.inputs[2] != scores.with_dtype(DType::kI32))
    call.fail("scores must be f32 and chosen i32, of one shape");
  if (scores.rank() != x.rank()) call.fail("scores must be [..., choices] where x is [..., hidden]");
  for (int axis = 0; axis + 1 < x.rank(); ++axis)
    if (scores.dim(axis) != x.dim(axis)) call.fail("scores and x differ in rows");
  const Shape& gate = call.inputs[kFirstWeight];
  if (gate.rank() != 2 || !is_float(gate.dtype()) || gate.dim(1) != x.dim(-1))
    call.fail("gate must be float [inner, hidden]");
  for (size_t first = kFirstWeight; first < count; first += kWeights)
    if (call.inputs[first] != gate || call.inputs[first + 1] != gate ||
        call.inputs[first + 2] != gate.with_dims({gate.dim(1), gate.dim(0)}))
      call.fail(fmt::format("expert {} differs in sizes or dtype", (first - kFirstWeight) / kWeights));
  return {x};
}

std::vector<Value> decompose_routed_experts(Graph&, std::span<const Value> inputs,
                                            const Attributes& attributes) {
  const Value x = convert(inputs[0], DType::kF32), scores = inputs[1], chosen = inputs[2];
  const auto& function = attributes.get<std::string>("function");
  Value sum = full_like(x, 0.0);
  for (size_t first = kFirstWeight; first < inputs.size(); first += kWeights) {
    const size_t expert = (first - kFirstWeight) / kWeights;
    const Value is_chosen =
        compare(chosen, full_like(chosen, static_cast<double>(expert)), CompareDirection::kEq);
    const Value share =
        reduce_axis(select(is_chosen, scores, full_like(scores, 0.0)), ReduceKind::kSum, -1, /*keep=*/true);
    const Value inner = gated_activation(linear(x, inputs[first]), linear(x, inputs[first + 1]), function);
    sum = sum + linear(inner, inputs[first + 2]) * share;
  }
  return {convert(sum, inputs[0].dtype())};
}

}  // namespace

constinit const OpInfo kRoutedExpertsOp{
    .name = "routed_experts", .infer = infer_routed_experts, .decompose = decompose_routed_experts};

std::span<const OpInfo* const> experts_ops() {
  static constexpr const OpInfo* kOps[] = {&kRoutedExpertsOp};
  return kOps;
}

Value routed_experts(Value x, Value scores, Value chosen, std::span<const ExpertWeights> experts,
                     std::string_view function) {
  std::vector<Value> operands = {x, scores, chosen};
  for (const ExpertWeights& expert : experts)
    operands.insert(operands.end(), {expert.gate, expert.up, expert.down});
  return x.graph().add(kRoutedExpertsOp, operands,
                       {{"function", std::string(canonical_activation(function))}});
}

}  // namespace easydel
