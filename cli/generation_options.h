// The options that choose tokens, shared by `generate` and `chat`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "easydel/model.h"

namespace easydel::cli {

/// Unset options leave the model's generation_config.json as it is.
struct GenerationFlags {
  std::optional<int64_t> max_new_tokens, min_new_tokens, top_k, no_repeat_ngram_size, num_beams,
      num_return_sequences;
  std::optional<double> temperature, top_p, min_p, typical_p, repetition_penalty, presence_penalty,
      frequency_penalty, length_penalty;
  std::string early_stopping;  ///< as in generation_config.json; empty: not given
  std::optional<uint64_t> seed;
  std::vector<std::string> stop;
  bool greedy = false, sample = false, ignore_eos = false;

  /// The configuration with these options over it. An option of sampling (temperature, top-k, top-p, min-p,
  /// typical-p, seed) turns sampling on. Without a limit anywhere up to kDefaultNewTokens follow, as far as the context's `room` reaches.
  GenerationConfig over(GenerationConfig config, int64_t room) const;

  static constexpr int64_t kDefaultNewTokens = 256;
};

void add_generation_options(CLI::App& app, GenerationFlags& flags);

}  // namespace easydel::cli
