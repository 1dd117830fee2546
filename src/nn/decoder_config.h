// DecoderConfig: the sizes that dense decoders share, read from config.json and checked.
//
//   DecoderConfig c = DecoderConfig::from(config);
//   c.kv_heads;         // 3
//   c.head_dim;         // 64
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "easydel/config.h"
#include "nn/rotary.h"

namespace easydel::nn {

struct DecoderConfig {
  int64_t vocab_size = 0;
  int64_t hidden_size = 0;
  int64_t intermediate_size = 0;
  int64_t layers = 0;
  int64_t heads = 0;
  int64_t kv_heads = 0;
  int64_t head_dim = 0;
  int64_t max_position_embeddings = 0;
  double rms_norm_eps = 1e-6;
  double initializer_range = 0.02;
  std::string hidden_act;
  bool tie_word_embeddings = false;
  bool attention_bias = false;
  bool mlp_bias = false;
  RopeOptions rope;

  /// Errors name the key, its value and what it must be: sizes above zero, heads that divide.
  /// `default_head_dim` stands in for a missing head_dim; 0: hidden_size / heads.
  static DecoderConfig from(const EDPretrainedConfig& config, int64_t default_head_dim = 0);
};

/// The sliding window of each layer, 0 for full attention, as Qwen's configs give it: none without
/// `use_sliding_window`; else for the layers that `layer_types` marks, or from `max_window_layers` on.
std::vector<int64_t> sliding_windows(const EDPretrainedConfig& config, int64_t layers);

}  // namespace easydel::nn
