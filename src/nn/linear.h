// Linear: x times the transpose of `weight` [out, in], plus `bias` [out] where the layer has one.
//
//   Linear projection({.in = 64, .out = 128, .bias = true}, scope / "q_proj");
//   Value y = projection.forward(x);   // [..., 64] -> [..., 128]
#pragma once

#include "graph/ops/matmul.h"
#include "nn/parameters.h"

namespace easydel::nn {

struct LinearOptions {
  int64_t in = 0, out = 0;
  bool bias = false;
  double stddev = 0.02;  ///< of a fresh weight; a fresh bias is zero
};

class Linear {
 public:
  Linear(const LinearOptions& options, const Scope& scope)
      : weight_(scope.weight("weight", {options.out, options.in}, {InitKind::kNormal, options.stddev},
                             ParameterRole::kKernel)) {
    if (options.bias) bias_ = scope.weight("bias", {options.out}, {InitKind::kZeros}, ParameterRole::kBias);
  }

  Value forward(Value x) const { return linear(x, weight_.in(x.graph()), bias_.in(x.graph())); }

 private:
  Weight weight_, bias_;
};

}  // namespace easydel::nn
