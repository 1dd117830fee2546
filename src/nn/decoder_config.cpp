#include "nn/decoder_config.h"

#include <limits>

#include "base/format.h"
#include "easydel/error.h"
#include "graph/ops/activation.h"

namespace easydel::nn {
namespace {

[[noreturn]] void fail(const std::string& detail) {
  throw Error(ErrorCode::kCorruptFile, "config.json", detail);
}

/// A missing key and a null one mean different things: the class's default, and "derive it".
int64_t size_or(const EDPretrainedConfig& config, std::string_view key, std::optional<int64_t> missing,
                int64_t derived, int64_t most) {
  if (config.has(key)) return config.integer(key, std::nullopt, 1, most);
  return config.contains(key) ? derived : missing.value_or(derived);
}

}  // namespace

DecoderConfig DecoderConfig::from(const EDPretrainedConfig& config, const DecoderDefaults& defaults) {
  DecoderConfig c;
  c.vocab_size = config.integer("vocab_size", std::nullopt, 1, kMostWidth);
  c.hidden_size = config.integer("hidden_size", std::nullopt, 1, kMostWidth);
  c.intermediate_size = config.integer("intermediate_size", std::nullopt, 1, kMostWidth);
  c.layers = config.integer("num_hidden_layers", std::nullopt, 1, kMostLayers);
  c.heads = config.integer("num_attention_heads", std::nullopt, 1, kMostHeads);
  c.kv_heads = size_or(config, "num_key_value_heads", defaults.kv_heads, c.heads, kMostHeads);
  if (c.heads % c.kv_heads != 0)
    fail(fmt::format("num_attention_heads is {} and num_key_value_heads {}; the second must divide the first",
                     c.heads, c.kv_heads));
  const bool derives_head_dim =
      !config.has("head_dim") && !(defaults.head_dim && !config.contains("head_dim"));
  if (derives_head_dim && c.hidden_size % c.heads != 0)
    fail(fmt::format(
        "hidden_size is {} and num_attention_heads {}; the second must divide the first, or head_dim be "
        "given",
        c.hidden_size, c.heads));
  c.head_dim = size_or(config, "head_dim", defaults.head_dim, c.hidden_size / c.heads, kMostHeads);

  c.max_position_embeddings = config.integer("max_position_embeddings", defaults.max_position_embeddings, 1);
  c.rms_norm_eps = norm_epsilon(config, "rms_norm_eps", defaults.rms_norm_eps);
  c.initializer_range = config.number("initializer_range", c.initializer_range);
  c.hidden_act = canonical_activation(config.text("hidden_act", c.hidden_act));
  c.tie_word_embeddings = config.boolean("tie_word_embeddings", defaults.tie_word_embeddings);
  c.padding_row = nn::padding_row(config, defaults.pad_token_id, c.vocab_size);
  c.attention_bias = config.boolean("attention_bias", false);
  c.mlp_bias = config.boolean("mlp_bias", false);
  c.sliding_windows.assign(static_cast<size_t>(c.layers), 0);
  c.rotary = RotaryOptions::from(config, c.head_dim, c.max_position_embeddings, defaults.rope_theta);
  return c;
}

double norm_epsilon(const EDPretrainedConfig& config, std::string_view key, double fallback) {
  const double epsilon = config.number(key, fallback);
  if (!(epsilon >= 0)) fail(fmt::format("{} is {}; it must be 0 or more", key, epsilon));
  return epsilon;
}

std::optional<int64_t> padding_row(const EDPretrainedConfig& config, std::optional<int64_t> fallback,
                                   int64_t rows) {
  constexpr const char* kKey = "pad_token_id";
  std::optional<int64_t> row = config.contains(kKey) ? std::nullopt : fallback;
  if (config.has(kKey)) row = config.integer(kKey, std::nullopt, std::numeric_limits<int32_t>::min());
  if (row && *row < 0) row = *row + rows;
  return row && *row >= 0 && *row < rows ? row : std::nullopt;
}

std::vector<int64_t> uniform_windows(const EDPretrainedConfig& config, int64_t layers, int64_t fallback) {
  const int64_t window =
      config.contains("sliding_window") ? config.integer("sliding_window", 0, 1) : fallback;
  return std::vector<int64_t>(static_cast<size_t>(layers), window);
}

std::vector<int64_t> windows_of_types(const std::vector<std::string>& types, int64_t layers, int64_t window) {
  std::vector<int64_t> windows(static_cast<size_t>(layers), 0);
  if (types.size() != windows.size())
    fail(fmt::format("layer_types names {} layers and num_hidden_layers is {}; name each layer", types.size(),
                     layers));
  for (size_t layer = 0; layer < windows.size(); ++layer) {
    if (types[layer] == "full_attention") continue;
    if (types[layer] != "sliding_attention")
      fail(fmt::format("layer_types[{}] is \"{}\"; it must be \"full_attention\" or \"sliding_attention\"",
                       layer, types[layer]));
    if (window == 0)
      fail(fmt::format(
          "layer_types[{}] is \"sliding_attention\" without a window; set sliding_window to a length "
          "(and use_sliding_window to true where the model has that key)",
          layer));
    windows[layer] = window;
  }
  return windows;
}

std::vector<int64_t> windows_by_layer(const EDPretrainedConfig& config, int64_t layers) {
  const bool slides = config.boolean("use_sliding_window", false) &&
                      (config.has("sliding_window") || !config.contains("sliding_window"));
  const int64_t window = slides ? config.integer("sliding_window", 4096, 1) : 0;
  if (const std::vector<std::string> types = config.texts("layer_types"); !types.empty())
    return windows_of_types(types, layers, window);
  std::vector<int64_t> windows(static_cast<size_t>(layers), 0);
  const int64_t first = config.integer("max_window_layers", 28);
  for (int64_t layer = first; layer < layers; ++layer) windows[static_cast<size_t>(layer)] = window;
  return windows;
}

}  // namespace easydel::nn
