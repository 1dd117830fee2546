// Rotary: rotates queries and keys by angles that grow with their positions (Su et al. 2021, arXiv:2104.09864).
//
//   Rotary rotary(RotaryOptions::from(config, head_dim, max_position_embeddings));
//   query = rotary.forward(query, step);   // [batch, seq, heads, head_dim]
//
// The tables of cosines and sines are made once per step and shared by all layers with equal options.
#pragma once

#include <string>
#include <utility>

#include "nn/rotary_options.h"
#include "nn/step.h"

namespace easydel::nn {

class Rotary {
 public:
  explicit Rotary(RotaryOptions options);

  /// x [batch, seq, heads, head_dim], at step.position_ids. A negative position (padding) gives some rotation that
  /// nobody sees.
  Value forward(Value x, Step& step) const;

  /// cos and sin, f32 [batch, seq, rotary_dim / 2]. Kinds that depend on the text's length take each row's own
  /// (step.text_lengths), so that a row of a batch gives what it gives alone. (Transformers takes the longest row's.)
  std::pair<Value, Value> tables(Step& step) const;

 private:
  Value frequencies(const Step& step) const;

  RotaryOptions options_;
  std::string key_;
};

}  // namespace easydel::nn
