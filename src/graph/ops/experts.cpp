#include "graph/ops/experts.h"

#include "base/format.h"
#include "graph/ops/activation.h"
#include "graph/ops/elementwise.h"
#include "graph/ops/matmul.h"
#include "graph/ops/movement.h"
#include "graph/ops/quantization.h"
#include "graph/ops/reduce.h"

namespace easydel {
namespace {

/// The shapes of the tensors of a float weight, or of a quantized one's parts.
std::vector<Shape> weight_shapes(const ExpertOperands& operands, DType dtype, std::vector<int64_t> dims) {
  if (operands.format == nullptr) return {Shape(dtype, dims)};
  std::vector<Shape> shapes;
  for (const quantization::Part& part : operands.format->parts) shapes.push_back(part.shape(dims));
  return shapes;
}

std::vector<Shape> infer_routed_experts(const OpCall& call) {
  const size_t count = call.inputs.size();
  const ExpertOperands operands = ExpertOperands::of(call.attributes);
  if (count < operands.weight(1, 0) || (count - ExpertOperands::kFirst) % operands.per_expert() != 0)
    call.fail("takes x, scores, chosen, and gate, up and down of each expert");
  const Shape& x = call.inputs[0];
  const Shape& scores = call.inputs[1];
  if (!is_float(x.dtype()) || x.rank() < 1) call.fail("x must be float [..., hidden]");
  if (scores.dtype() != DType::kF32 || call.inputs[2] != scores.with_dtype(DType::kI32))
    call.fail("scores must be f32 and chosen i32, of one shape");
  if (scores.rank() != x.rank()) call.fail("scores must be [..., choices] where x is [..., hidden]");
  for (int axis = 0; axis + 1 < x.rank(); ++axis)
    if (scores.dim(axis) != x.dim(axis)) call.fail("scores and x differ in rows");
  const Shape& gate = call.inputs[operands.weight(0, 0)];
  if (gate.rank() != 2 || (operands.format == nullptr && !is_float(gate.dtype())))
    call.fail("gate must be float [inner, hidden], or parts of such");
  const int64_t inner = gate.dim(0), hidden = x.dim(-1);
  const std::vector<Shape> into = weight_shapes(operands, gate.dtype(), {inner, hidden});
  const std::vector<Shape> back = weight_shapes(operands, gate.dtype(), {hidden, inner});
  for (size_t expert = 0; expert < operands.experts(count); ++expert)
    for (size_t tensor = 0; tensor < operands.tensors; ++tensor)
      if (call.inputs[operands.weight(expert, 0) + tensor] != into[tensor] ||
          call.inputs[operands.weight(expert, 1) + tensor] != into[tensor] ||
          call.inputs[operands.weight(expert, 2) + tensor] != back[tensor])
        call.fail(fmt::format("expert {} differs in sizes or dtype", expert));
  return {x};
}

std::vector<Value> decompose_routed_experts(Graph&, std::span<const Value> inputs,
                                            const Attributes& attributes) {
  const Value x = convert(inputs[0], DType::kF32), scores = inputs[1], chosen = inputs[2];
  const auto& function = attributes.get<std::string>("function");
  const ExpertOperands operands = ExpertOperands::of(attributes);
  const auto product = [&](Value of, size_t expert, size_t which) {
    const auto tensors = inputs.subspan(operands.weight(expert, which), operands.tensors);
    return operands.format == nullptr ? linear(of, tensors[0])
                                      : quantized_linear(of, *operands.format, tensors, {}, DType::kF32);
  };
  Value sum = full_like(x, 0.0);
  for (size_t expert = 0; expert < operands.experts(inputs.size()); ++expert) {
    const Value is_chosen =
        compare(chosen, full_like(chosen, static_cast<double>(expert)), CompareDirection::kEq);
    const Value share =
        reduce_axis(select(is_chosen, scores, full_like(scores, 0.0)), ReduceKind::kSum, -1, /*keep=*/true);
    const Value inner = gated_activation(product(x, expert, 0), product(x, expert, 1), function);
    sum = sum + product(inner, expert, 2) * share;
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
                     std::string_view function, const quantization::Format* format) {
  std::vector<Value> operands = {x, scores, chosen};
  for (const ExpertWeights& expert : experts)
    for (const std::vector<Value>* tensors : {&expert.gate, &expert.up, &expert.down})
      operands.insert(operands.end(), tensors->begin(), tensors->end());
  return x.graph().add(kRoutedExpertsOp, operands,
                       {{"function", std::string(canonical_activation(function))},
                        {"format", std::string(format == nullptr ? "" : format->name)}});
}

ExpertOperands ExpertOperands::of(const Attributes& attributes) {
  if (attributes.get<std::string>("format").empty()) return {};
  const quantization::Format& format = format_of(attributes);
  return {&format, format.parts.size()};
}

}  // namespace easydel
