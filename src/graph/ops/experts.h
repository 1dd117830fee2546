// Mixtures of experts.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "graph/graph.h"
#include "quantization/format.h"

namespace easydel {

extern const OpInfo kRoutedExpertsOp;

/// The weights of one gated MLP: gate and up [inner, hidden], down [hidden, inner]; each one value, or the parts of a
/// quantized format.
struct ExpertWeights {
  std::vector<Value> gate, up, down;
};

/// Composite. For each row of x [..., hidden], the sum over its choices j of scores[..., j] times the result of expert
/// chosen[..., j]: down(activation(gate(x)) * up(x)). scores f32 and chosen i32 are [..., choices]; a choice outside the
/// experts adds nothing. Shazeer et al. 2017, arXiv:1701.06538. The decomposition computes every expert for every row;
/// an engine with a form of its own computes what is chosen.
/// Quantized weights are of `format` and multiplied as quantized_linear() does.
Value routed_experts(Value x, Value scores, Value chosen, std::span<const ExpertWeights> experts,
                     std::string_view function, const quantization::Format* format = nullptr);

/// Where a routed_experts op's operands are: behind x, scores and chosen the tensors of gate, up and down of each expert.
struct ExpertOperands {
  static constexpr size_t kFirst = 3, kWeights = 3;

  const quantization::Format* format = nullptr;  ///< null: weights are floats
  size_t tensors = 1;                            ///< of each weight

  static ExpertOperands of(const Attributes& attributes);
  size_t per_expert() const { return kWeights * tensors; }
  /// The first tensor of gate (0), up (1) or down (2).
  size_t weight(size_t expert, size_t which) const {
    return kFirst + expert * per_expert() + which * tensors;
  }
  size_t experts(size_t operands) const { return (operands - kFirst) / per_expert(); }
};

}  // namespace easydel
