// SparseMlp: a router that chooses some of many gated MLPs for each token (Shazeer et al. 2017, arXiv:1701.06538), as
// Mixtral has it: a softmax over all experts, the greatest few of it, scaled to a sum of one.
//
//   SparseMlp mlp({.hidden_size = 64, .intermediate_size = 176, .experts = 8, .choices = 2}, scope / "block_sparse_moe");
//   Value y = mlp.forward(x, step);   // [..., 64] -> [..., 64]
#pragma once

#include <string>
#include <vector>

#include "nn/linear.h"
#include "nn/step.h"

namespace easydel::nn {

struct SparseMlpOptions {
  int64_t hidden_size = 0, intermediate_size = 0;
  int64_t experts = 0, choices = 0;
  std::string activation = "silu";
  double stddev = 0.02;
  /// The prefix of the names under which Transformers 5 keeps all experts in two tensors: `experts.gate_up_proj` [experts,
  /// 2 * intermediate, hidden] and `experts.down_proj` [experts, hidden, intermediate].
  std::string packed_prefix;
};

class SparseMlp {
 public:
  SparseMlp(const SparseMlpOptions& options, const Scope& scope);
  /// Adds the router's logits to the step's where they are asked for.
  Value forward(Value x, Step& step) const;

 private:
  struct Expert {
    Linear gate, up, down;
  };

  int64_t choices_;
  std::string activation_;
  Linear router_;
  std::vector<Expert> experts_;
};

}  // namespace easydel::nn
