// DecoderConfig: the sizes and switches of a dense decoder, checked once, so that model files read plain fields.
//
//   DecoderConfig config = DecoderConfig::from(EDPretrainedConfig::from_pretrained("data/tiny-shakespeare"));
//   config.head_dim;   // 32
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "easydel/config.h"
#include "nn/rotary_options.h"

namespace easydel::nn {

// Limits far above any published model: past them a file is wrong, and sizes derived from it could not be held.
constexpr int64_t kMostLayers = 4096;
constexpr int64_t kMostHeads = 1 << 16;
constexpr int64_t kMostWidth = 1 << 24;

/// What Transformers' configuration class of a model assumes for keys that config.json leaves out.
struct DecoderDefaults {
  std::optional<int64_t> kv_heads;  ///< unset: as many as query heads
  std::optional<int64_t> head_dim;  ///< unset: hidden_size / heads
  int64_t max_position_embeddings = 2048;
  int64_t sliding_window = 4096;
  bool tie_word_embeddings = false;
  double rms_norm_eps = 1e-6;
  double rope_theta = 10000;
  std::optional<int64_t> pad_token_id;
};

struct DecoderConfig {
  int64_t vocab_size = 0, hidden_size = 0, intermediate_size = 0;
  int64_t layers = 0, heads = 0, kv_heads = 0, head_dim = 0;
  int64_t max_position_embeddings = 0;
  double rms_norm_eps = 1e-6;
  bool norm_weight_from_one = false;  ///< norms scale by 1 + weight. A model file sets it
  double initializer_range = 0.02;
  std::string hidden_act = "silu";
  bool tie_word_embeddings = false;
  std::optional<int64_t> padding_row;  ///< of the token embedding
  bool attention_bias = false;
  bool mlp_bias = false;
  std::vector<int64_t> sliding_windows;  ///< per layer; 0 sees everything. A model file fills it in
  RotaryOptions rotary;

  /// Errors name the key, what it is, and what it should be. `vocab_size`, `hidden_size`, `intermediate_size`,
  /// `num_hidden_layers` and `num_attention_heads` must be there.
  static DecoderConfig from(const EDPretrainedConfig& config, const DecoderDefaults& defaults = {});
};

/// The epsilon of a norm, which must be 0 or more.
double norm_epsilon(const EDPretrainedConfig& config, std::string_view key, double fallback);

/// The row that `pad_token_id` (`fallback` for a missing key) names in a table of so many rows, counted from the end where
/// it is negative, as in PyTorch; none without such a row.
std::optional<int64_t> padding_row(const EDPretrainedConfig& config, std::optional<int64_t> fallback,
                                   int64_t rows);

/// One window for all layers: `sliding_window`, where null is none.
std::vector<int64_t> uniform_windows(const EDPretrainedConfig& config, int64_t layers, int64_t fallback);

/// `window` on the layers that `types` calls "sliding_attention", 0 on those of "full_attention"; one type per layer.
std::vector<int64_t> windows_of_types(const std::vector<std::string>& types, int64_t layers, int64_t window);

/// Windows by `layer_types` ("full_attention" or "sliding_attention") or, without that key, on the layers from
/// `max_window_layers` on; none at all unless `use_sliding_window`. Qwen 2 and 3.
std::vector<int64_t> windows_by_layer(const EDPretrainedConfig& config, int64_t layers);

}  // namespace easydel::nn
