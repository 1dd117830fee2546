// CausalLM: what a model file implements: from token ids to hidden states to logits.
#pragma once

#include <memory>
#include <string>

#include "nn/parameters.h"
#include "nn/step.h"

namespace easydel::nn {

/// One layer's attention as caches and plans see it.
struct CacheLayout {
  int64_t kv_heads = 0;
  int64_t key_dim = 0;
  int64_t value_dim = 0;
  int64_t heads = 0;         ///< of the queries
  std::string query_weight;  ///< the parameter that makes the queries, alone or with keys and values
};

/// A decoder with a language-model head. Modules are immutable after construction; tracing is const.
class CausalLM {
 public:
  virtual ~CausalLM() = default;

  /// ids i32 [batch, seq] -> hidden states after the final norm, [batch, seq, hidden].
  virtual Value forward(Value input_ids, Step& step) const = 0;
  /// hidden [..., hidden] -> f32 logits [..., vocab].
  virtual Value logits(Value hidden, Step& step) const = 0;
  /// The longest text that the positions allow for.
  virtual int64_t max_positions() const = 0;
  /// One entry per layer.
  virtual std::vector<CacheLayout> cache_layout() const = 0;

  virtual std::string input_embedding_name() const = 0;
  /// The head's parameter: the input embedding's name when the two are tied.
  virtual std::string output_embedding_name() const = 0;

  ParameterSet& parameters() { return parameters_; }
  const ParameterSet& parameters() const { return parameters_; }

 protected:
  ParameterSet parameters_;
};

}  // namespace easydel::nn
