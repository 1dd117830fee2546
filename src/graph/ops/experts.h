// Mixtures of experts.
#pragma once

#include <span>
#include <string_view>

#include "graph/graph.h"

namespace easydel {

extern const OpInfo kRoutedExpertsOp;

/// The weights of one gated MLP: gate and up [inner, hidden], down [hidden, inner].
struct ExpertWeights {
  Value gate, up, down;
};

/// Composite. For each row of x [..., hidden], the sum over its choices j of scores[..., j] times the result of expert
/// chosen[..., j]: down(activation(gate(x)) * up(x)). scores f32 and chosen i32 are [..., choices]; a choice outside the
/// experts adds nothing. Shazeer et al. 2017, arXiv:1701.06538. The decomposition computes every expert for every row;
/// an engine with a form of its own computes what is chosen.
Value routed_experts(Value x, Value scores, Value chosen, std::span<const ExpertWeights> experts,
                     std::string_view function);

}  // namespace easydel
