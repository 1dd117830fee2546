// Feed-forward layers.
#pragma once

#include <string>

#include "nn/decoder_config.h"
#include "nn/layers.h"

namespace easydel::nn {

struct GatedMlpOptions {
  int64_t hidden_size = 0;
  int64_t intermediate_size = 0;
  bool bias = false;
  std::string activation = "silu";
  double stddev = 0.02;

  static GatedMlpOptions from(const DecoderConfig& c) {
    return {c.hidden_size, c.intermediate_size, c.mlp_bias, c.hidden_act, c.initializer_range};
  }
};

/// down(activation(gate(x)) * up(x)): Shazeer 2020, arXiv:2002.05202.
class GatedMlp {
 public:
  GatedMlp(const GatedMlpOptions& o, const Scope& scope)
      : activation_(o.activation),
        gate_(o.hidden_size, o.intermediate_size, {.bias = o.bias, .stddev = o.stddev}, scope / "gate_proj"),
        up_(o.hidden_size, o.intermediate_size, {.bias = o.bias, .stddev = o.stddev}, scope / "up_proj"),
        down_(o.intermediate_size, o.hidden_size, {.bias = o.bias, .stddev = o.stddev}, scope / "down_proj") {
  }

  /// x [..., hidden] -> [..., hidden].
  Value forward(Value x) const {
    return down_.forward(gated_activation(gate_.forward(x), up_.forward(x), activation_));
  }

 private:
  std::string activation_;
  Linear gate_, up_, down_;
};

}  // namespace easydel::nn
