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
};

class RmsNorm {
 public:
  RmsNorm(const NormOptions& options, const Scope& scope)
      : weight_(scope.weight("weight", {options.size}, {InitKind::kOnes}, ParameterRole::kScale)),
        epsilon_(options.epsilon) {}

  Value forward(Value x) const { return rms_norm(x, weight_.in(x.graph()), epsilon_); }

 private:
  Weight weight_;
  double epsilon_;
};

}  // namespace easydel::nn
