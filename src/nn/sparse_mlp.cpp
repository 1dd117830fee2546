#include "nn/sparse_mlp.h"

#include "graph/ops.h"

namespace easydel::nn {

SparseMlp::SparseMlp(const SparseMlpOptions& o, const Scope& scope)
    : choices_(o.choices),
      activation_(o.activation),
      router_({.in = o.hidden_size,
               .out = o.experts,
               .stddev = o.stddev,
               .is_router = true,
               .packed = PackedPlace{o.packed_prefix + ".gate.weight"}},
              scope / "gate") {
  const std::string into = o.packed_prefix + ".experts.gate_up_proj";
  const std::string back = o.packed_prefix + ".experts.down_proj";
  const auto linear = [&](int64_t in, int64_t out, PackedPlace packed, const Scope& place) {
    return Linear({.in = in, .out = out, .stddev = o.stddev, .packed = std::move(packed)}, place);
  };
  for (int64_t expert = 0; expert < o.experts; ++expert) {
    const Scope place = scope / "experts" / expert;
    const int64_t hidden = o.hidden_size, inner = o.intermediate_size;
    experts_.push_back({.gate = linear(hidden, inner, {into, expert, 0}, place / "w1"),
                        .up = linear(hidden, inner, {into, expert, inner}, place / "w3"),
                        .down = linear(inner, hidden, {back, expert, 0}, place / "w2")});
  }
}

Value SparseMlp::forward(Value x, Step& step) const {
  // In f32, because rounded logits tie, and a tie is another expert.
  const Value logits = router_.forward(convert(x, DType::kF32));
  if (step.record_router_logits) step.router_logits.push_back(logits);
  const Value probabilities = softmax(logits);
  const auto [greatest, chosen] = top_k(probabilities, choices_);
  const Value scores = greatest / reduce_axis(greatest, ReduceKind::kSum, -1, /*keep=*/true);
  // Of one format, or where only some are quantized, as numbers.
  const quantization::Format* format = experts_.front().gate.weight().spec().format;
  for (const Expert& expert : experts_)
    for (const Linear* linear : {&expert.gate, &expert.up, &expert.down})
      if (linear->weight().spec().format != format) format = nullptr;
  const auto tensors = [&](const Linear& linear) {
    return format == nullptr ? std::vector{linear.weight().in(x.graph())}
                             : linear.weight().held_in(x.graph());
  };
  std::vector<ExpertWeights> experts;
  for (const Expert& expert : experts_)
    experts.push_back({tensors(expert.gate), tensors(expert.up), tensors(expert.down)});
  return routed_experts(x, scores, chosen, experts, activation_, format);
}

}  // namespace easydel::nn
