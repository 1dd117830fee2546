// Rotary position embedding: the angle tables of every kind that Transformers knows.
//
//   RopeOptions options = RopeOptions::from(config, head_dim);
//   auto [cos, sin] = rotary_tables(options, step);      // f32 [batch, seq, options.rotary_dim() / 2]
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "easydel/config.h"
#include "nn/step.h"

namespace easydel::nn {

/// `rope_parameters` of Transformers 5, or `rope_theta` and `rope_scaling` of Transformers 4.
struct RopeOptions {
  std::string type = "default";  ///< default, linear, dynamic, yarn, longrope or llama3
  int64_t head_dim = 0;
  double partial_rotary_factor = 1.0;
  double theta = 10000.0;
  double factor = 1.0;
  int64_t max_position_embeddings = 0;
  int64_t original_max_position_embeddings = 0;
  double attention_factor = 1.0;  ///< multiplies cos and sin (yarn, longrope)
  double beta_fast = 32.0, beta_slow = 1.0;
  bool truncate = true;
  double low_freq_factor = 1.0, high_freq_factor = 4.0;
  std::vector<double> short_factor, long_factor;

  /// Errors name the key; an unknown type is Error(kUnsupported) with the known ones.
  static RopeOptions from(const EDPretrainedConfig& config, int64_t head_dim);
  /// Elements of a head that rotate.
  int64_t rotary_dim() const {
    return static_cast<int64_t>(static_cast<double>(head_dim) * partial_rotary_factor);
  }
};

/// Inverse frequencies, f32 [rotary_dim / 2], as Transformers' ROPE_INIT_FUNCTIONS compute them for a text of
/// `length` tokens (which matters for dynamic and longrope).
std::vector<float> inverse_frequencies(const RopeOptions& options, int64_t length);

/// The cos and sin tables for the step's positions, made once per step and options. Kinds that depend on the
/// text's length take the greatest position of the step, over the whole batch, as Transformers does.
std::pair<Value, Value> rotary_tables(const RopeOptions& options, Step& step);

}  // namespace easydel::nn
