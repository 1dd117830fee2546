#include "nn/sparse_mlp.h"

#include "graph/ops.h"

namespace easydel::nn {

SparseMlp::SparseMlp(const SparseMlpOptions& o, const Scope& scope)
    : choices_(o.choices),
      activation_(o.activation),
      router_({.in = o.hidden_size, .out = o.experts, .stddev = o.stddev}, scope / "gate") {
  const LinearOptions into{.in = o.hidden_size, .out = o.intermediate_size, .stddev = o.stddev};
  const LinearOptions back{.in = o.intermediate_size, .out = o.hidden_size, .stddev = o.stddev};
  for (int64_t expert = 0; expert < o.experts; ++expert) {
    const Scope place = scope / "experts" / expert;
    experts_.push_back({Linear(into, place / "w1"), Linear(into, place / "w3"), Linear(back, place / "w2")});
  }
}

Value SparseMlp::forward(Value x) const {
  const Value probabilities = softmax(convert(router_.forward(x), DType::kF32));
  const auto [greatest, chosen] = top_k(probabilities, choices_);
  const Value scores = greatest / reduce_axis(greatest, ReduceKind::kSum, -1, /*keep=*/true);
  std::vector<ExpertWeights> experts;
  for (const Expert& expert : experts_)
    experts.push_back(
        {expert.gate.weight(x.graph()), expert.up.weight(x.graph()), expert.down.weight(x.graph())});
  return routed_experts(x, scores, chosen, experts, activation_);
}

}  // namespace easydel::nn
