// The small layers: a linear map, an embedding table, an RMS norm.
//
//   Linear projection(hidden_size, vocab_size, {.bias = false}, scope / "lm_head");
//   Value logits = projection.forward(hidden);
#pragma once

#include "graph/ops.h"
#include "nn/parameters.h"

namespace easydel::nn {

struct LinearOptions {
  bool bias = false;
  double stddev = 0.02;  ///< of the weight's normal initializer
};

/// y = x W^T + b; weight [out, in].
class Linear {
 public:
  Linear(int64_t in, int64_t out, const LinearOptions& options, const Scope& scope)
      : weight_(scope.weight("weight", {out, in}, {.stddev = options.stddev}, ParameterRole::kKernel)) {
    if (options.bias) bias_ = scope.weight("bias", {out}, {.kind = InitKind::kZeros}, ParameterRole::kBias);
  }
  /// x [..., in] -> [..., out].
  Value forward(Value x) const { return linear(x, weight_.in(x.graph()), bias_.in(x.graph())); }

 private:
  Weight weight_, bias_;
};

/// Rows of a table; the same table serves as a tied output head.
class Embedding {
 public:
  Embedding(int64_t vocab, int64_t hidden, double stddev, const Scope& scope)
      : weight_(scope.weight("weight", {vocab, hidden}, {.stddev = stddev}, ParameterRole::kEmbedding)) {}
  /// ids i32 [...] -> [..., hidden].
  Value forward(Value ids, DType dtype) const { return embedding(weight_.in(ids.graph()), ids, dtype); }
  /// hidden [..., hidden] -> logits [..., vocab].
  Value attend(Value hidden) const { return linear(hidden, weight_.in(hidden.graph())); }
  const std::string& weight_name() const { return weight_.spec().name; }

 private:
  Weight weight_;
};

class RmsNorm {
 public:
  RmsNorm(int64_t size, double epsilon, const Scope& scope)
      : weight_(scope.weight("weight", {size}, {.kind = InitKind::kOnes}, ParameterRole::kScale)),
        epsilon_(epsilon) {}
  /// Over the last axis.
  Value forward(Value x) const { return rms_norm(x, weight_.in(x.graph()), epsilon_); }

 private:
  Weight weight_;
  double epsilon_;
};

}  // namespace easydel::nn
