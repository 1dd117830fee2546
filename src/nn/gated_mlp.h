// GatedMlp: down(activation(gate(x)) * up(x)), the feed-forward layer of Llama and its kin (SwiGLU: Shazeer 2020,
// arXiv:2002.05202).
//
//   GatedMlp mlp({.hidden_size = 64, .intermediate_size = 176, .activation = "silu"}, scope / "mlp");
//   Value y = mlp.forward(x);   // [..., 64] -> [..., 64]
#pragma once

#include <string>

#include "graph/ops/activation.h"
#include "nn/linear.h"

namespace easydel::nn {

struct GatedMlpOptions {
  int64_t hidden_size = 0, intermediate_size = 0;
  std::string activation = "silu";
  bool bias = false;
  double stddev = 0.02;
};

class GatedMlp {
 public:
  GatedMlp(const GatedMlpOptions& o, const Scope& scope)
      : gate_({o.hidden_size, o.intermediate_size, o.bias, o.stddev}, scope / "gate_proj"),
        up_({o.hidden_size, o.intermediate_size, o.bias, o.stddev}, scope / "up_proj"),
        down_({o.intermediate_size, o.hidden_size, o.bias, o.stddev}, scope / "down_proj"),
        activation_(o.activation) {}

  Value forward(Value x) const {
    return down_.forward(gated_activation(gate_.forward(x), up_.forward(x), activation_));
  }

 private:
  Linear gate_, up_, down_;
  std::string activation_;
};

}  // namespace easydel::nn
