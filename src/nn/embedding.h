// Embedding: the rows of `weight` [vocab, hidden] that token ids name; its transpose is the head of tied models.
//
//   Embedding embedding({.vocab_size = 1024, .hidden_size = 64}, scope / "embed_tokens");
//   Value x = embedding.forward(ids, DType::kF32);   // i32 [batch, seq] -> [batch, seq, 64]
//   Value logits = embedding.attend(x);              // [..., 64] -> [..., 1024]
#pragma once

#include "nn/parameters.h"

namespace easydel::nn {

struct EmbeddingOptions {
  int64_t vocab_size = 0, hidden_size = 0;
  double stddev = 0.02;
  std::optional<int64_t> padding_row = std::nullopt;  ///< whose fresh weights are zeros
};

class Embedding {
 public:
  Embedding(const EmbeddingOptions& options, const Scope& scope)
      : weight_(scope.weight("weight", {options.vocab_size, options.hidden_size},
                             {InitKind::kNormal, options.stddev, options.padding_row},
                             ParameterRole::kEmbedding)) {}

  Value forward(Value ids, DType dtype) const { return weight_.look_up(ids, dtype); }
  Value attend(Value x) const { return weight_.multiply(x, {}, WeightLayout::kOutIn); }

  const std::string& parameter_name() const { return weight_.spec().name; }

 private:
  Weight weight_;
};

}  // namespace easydel::nn
