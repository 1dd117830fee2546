// GenerationConfig: how tokens are chosen: Hugging Face's generation_config.json as a plain struct.
//
//   GenerationConfig config = GenerationConfig::from_pretrained("data/tiny-shakespeare");
//   config.max_new_tokens = 64;
//   GenerationConfig sampled{.max_new_tokens = 64, .do_sample = true, .temperature = 0.7, .seed = 1};
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "easydel/hub.h"

namespace easydel {

class EDPretrainedConfig;

/// Names and defaults are those of Transformers.
struct GenerationConfig {
  std::optional<int64_t> max_new_tokens;  ///< tokens to add at most; unset: up to max_length
  int64_t max_length = 20;                ///< prompt and new tokens together; max_new_tokens overrides it
  std::optional<int64_t> min_new_tokens;  ///< no end of sequence before so many new tokens
  int64_t min_length = 0;                 ///< as min_new_tokens, with the prompt counted

  bool do_sample = false;    ///< draw from the distribution; false takes the most likely token
  double temperature = 1.0;  ///< > 0; divides the logits
  int64_t top_k = 50;        ///< only the k most likely tokens; 0: all
  double top_p = 1.0;        ///< in (0, 1]: the fewest tokens of this total probability
  /// In [0, 1]: only tokens of at least this share of the most likely one's probability.
  std::optional<double> min_p;
  double repetition_penalty = 1.0;   ///< > 0; above 1 discourages tokens of the prompt and of the text so far
  double presence_penalty = 0.0;     ///< subtracted from the logit of each token generated so far
  double frequency_penalty = 0.0;    ///< subtracted once per time that the token was generated
  int64_t no_repeat_ngram_size = 0;  ///< > 0: no run of so many tokens occurs twice

  int64_t num_beams = 1;  ///< 1: no beam search
  double length_penalty = 1.0;
  bool early_stopping = false;
  int64_t num_return_sequences = 1;

  std::vector<int32_t> eos_token_id;  ///< any of these ends the sequence
  std::optional<int32_t> pad_token_id, bos_token_id;
  std::vector<std::string> stop_strings;  ///< text that ends the sequence
  std::optional<uint64_t> seed;           ///< for sampling; unset: a fresh one

  /// Everything that the file held, for keys that have no field here; written back by to_json().
  std::shared_ptr<const nlohmann::json> file;

  /// Reads generation_config.json of a directory or of a repository on the Hub or, where there is none, what
  /// config.json says about generation.
  static GenerationConfig from_pretrained(const std::filesystem::path& name_or_path,
                                          const HubOptions& options = {});
  /// Reads the text of a generation_config.json; `source` names it in errors. Validates.
  static GenerationConfig from_json(std::string_view text,
                                    std::string_view source = "generation_config.json");
  /// The generation keys (token ids above all) of a model's configuration.
  static GenerationConfig from_model_config(const EDPretrainedConfig& config);

  /// Throws Error(kInvalidArgument) naming the first field that is out of its range, its value and the range.
  void validate() const;

  /// The text of generation_config.json: what the file held, and every field that differs from its default.
  std::string to_json() const;
  /// Writes directory/generation_config.json; the old file stays whole when that fails.
  void save_pretrained(const std::filesystem::path& directory) const;
};

}  // namespace easydel
