// Normalization layers over the last axis.
//
//   RmsNorm norm({.size = 64, .epsilon = 1e-6}, scope / "input_layernorm");
//   Value y = norm.forward(x);
#pragma once

#include "graph/ops/normalization.h"
#include "nn/parameters.h"

namespace easydel::nn {

struct NormOptions {
  int64_t size = 0;
  double epsilon = 1e-6;
  bool weight_from_one = false;  ///< of RmsNorm: the scale is 1 + weight (Gemma)
};

class RmsNorm {
 public:
  RmsNorm(const NormOptions& options, const Scope& scope)
      : weight_(scope.weight("weight", {options.size},
                             {options.weight_from_one ? InitKind::kZeros : InitKind::kOnes},
                             ParameterRole::kScale)),
        epsilon_(options.epsilon),
        weight_offset_(options.weight_from_one ? 1.0 : 0.0) {}

  Value forward(Value x) const { return rms_norm(x, weight_.in(x.graph()), epsilon_, weight_offset_); }

 private:
  Weight weight_;
  double epsilon_, weight_offset_;
};

/// Ba et al. 2016, arXiv:1607.06450, with a scale and a bias.
class LayerNorm {
 public:
  LayerNorm(const NormOptions& options, const Scope& scope)
      : weight_(scope.weight("weight", {options.size}, {InitKind::kOnes}, ParameterRole::kScale)),
        bias_(scope.weight("bias", {options.size}, {InitKind::kZeros}, ParameterRole::kBias)),
        epsilon_(options.epsilon) {}

  Value forward(Value x) const { return layer_norm(x, weight_.in(x.graph()), bias_.in(x.graph()), epsilon_); }

 private:
  Weight weight_, bias_;
  double epsilon_;
};

}  // namespace easydel::nn
