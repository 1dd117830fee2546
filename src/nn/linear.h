// Linear: x times `weight`, plus `bias` [out] where the layer has one. The weight is stored [out, in], or [in, out] where
// the options say so (GPT-2's Conv1D).
//
//   Linear projection({.in = 64, .out = 128, .bias = true}, scope / "q_proj");
//   Value y = projection.forward(x);   // [..., 64] -> [..., 128]
#pragma once

#include "nn/parameters.h"

namespace easydel::nn {

struct LinearOptions {
  int64_t in = 0, out = 0;
  bool bias = false;
  double stddev = 0.02;  ///< of a fresh weight; a fresh bias is zero
  WeightLayout layout = WeightLayout::kOutIn;
  bool is_router = false;                            ///< of experts
  std::optional<PackedPlace> packed = std::nullopt;  ///< where some files keep the weight instead
};

class Linear {
 public:
  Linear(const LinearOptions& options, const Scope& scope) : layout_(options.layout) {
    const bool in_out = layout_ == WeightLayout::kInOut;
    ParameterRole role = in_out ? ParameterRole::kInOutKernel : ParameterRole::kKernel;
    if (options.is_router) role = ParameterRole::kRouter;
    weight_ = scope.weight(
        "weight", in_out ? std::vector{options.in, options.out} : std::vector{options.out, options.in},
        {InitKind::kNormal, options.stddev}, role, options.packed);
    if (options.bias) bias_ = scope.weight("bias", {options.out}, {InitKind::kZeros}, ParameterRole::kBias);
  }

  Value forward(Value x) const { return weight_.multiply(x, bias_, layout_); }

  const Weight& weight() const { return weight_; }
  const std::string& parameter_name() const { return weight_.spec().name; }

 private:
  WeightLayout layout_;
  Weight weight_, bias_;
};

}  // namespace easydel::nn
