#include "nn/decoder_config.h"

#include "base/format.h"
#include "easydel/error.h"
#include "graph/ops/activation.h"

namespace easydel::nn {

DecoderConfig DecoderConfig::from(const EDPretrainedConfig& config, int64_t default_head_dim) {
  constexpr int64_t kMaxLayers = 10000;
  DecoderConfig c;
  c.vocab_size = config.integer("vocab_size", std::nullopt, 1);
  c.hidden_size = config.integer("hidden_size", std::nullopt, 1);
  c.intermediate_size = config.integer("intermediate_size", std::nullopt, 1);
  c.layers = config.integer("num_hidden_layers", std::nullopt, 0, kMaxLayers);
  c.heads = config.integer("num_attention_heads", std::nullopt, 1);
  c.kv_heads = config.integer("num_key_value_heads", c.heads, 1);
  if (c.heads % c.kv_heads != 0)
    throw Error(
        ErrorCode::kCorruptFile, "config",
        fmt::format("num_key_value_heads {} does not divide num_attention_heads {}", c.kv_heads, c.heads));
  if (!config.has("head_dim") && default_head_dim == 0 && c.hidden_size % c.heads != 0)
    throw Error(
        ErrorCode::kCorruptFile, "config",
        fmt::format(
            "num_attention_heads {} does not divide hidden_size {}; correct one of them, or give head_dim",
            c.heads, c.hidden_size));
  c.head_dim =
      config.integer("head_dim", default_head_dim > 0 ? default_head_dim : c.hidden_size / c.heads, 1);
  c.max_position_embeddings = config.integer("max_position_embeddings", 2048, 1);
  c.rms_norm_eps = config.number("rms_norm_eps", 1e-6);
  c.initializer_range = config.number("initializer_range", 0.02);
  c.hidden_act = std::string(canonical_activation(config.text("hidden_act", "silu")));
  c.tie_word_embeddings = config.boolean("tie_word_embeddings", false);
  c.attention_bias = config.boolean("attention_bias", false);
  c.mlp_bias = config.boolean("mlp_bias", false);
  c.rope = RopeOptions::from(config, c.head_dim);
  return c;
}

std::vector<int64_t> sliding_windows(const EDPretrainedConfig& config, int64_t layers) {
  const bool enabled = config.boolean("use_sliding_window", false);
  const int64_t window = enabled ? config.integer("sliding_window", 4096, 1) : 0;
  const int64_t first_sliding = config.integer("max_window_layers", 28);
  std::vector<int64_t> windows;
  const std::vector<std::string> types = config.texts("layer_types");
  if (!types.empty() && types.size() != static_cast<size_t>(layers))
    throw Error(ErrorCode::kCorruptFile, "config",
                fmt::format("layer_types has {} entries, num_hidden_layers is {}", types.size(), layers));
  for (int64_t layer = 0; layer < layers; ++layer) {
    bool sliding = layer >= first_sliding;
    if (!types.empty()) {
      const std::string& type = types[static_cast<size_t>(layer)];
      sliding = type == "sliding_attention";
      if (!sliding && type != "full_attention")
        throw Error(ErrorCode::kUnsupported, "config",
                    fmt::format("layer_types has \"{}\"; known: full_attention, sliding_attention", type));
    }
    windows.push_back(sliding ? window : 0);
  }
  return windows;
}

}  // namespace easydel::nn
