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

/// When a beam search ends: with kNo when better texts have become unlikely, with kYes when num_beams texts are
/// complete, with kNever when none can be better.
enum class EarlyStopping { kNo, kYes, kNever };

/// `bias` is added to the logit of the last of these tokens where the others come before it.
struct SequenceBias {
  std::vector<int32_t> ids;
  double bias = 0;
  friend bool operator==(const SequenceBias&, const SequenceBias&) = default;
};

/// The token at that position of the text, the prompt counted.
struct ForcedToken {
  int64_t position = 0;
  int32_t id = 0;
  friend bool operator==(const ForcedToken&, const ForcedToken&) = default;
};

/// After `start` new tokens the end of text gains ground: its logit grows by |logit| * (factor^n - 1) at the n-th token
/// from there.
struct LengthDecay {
  int64_t start = 0;
  double factor = 1;
  friend bool operator==(const LengthDecay&, const LengthDecay&) = default;
};

/// Names and defaults are those of Transformers; docs/cli.md says which a command takes.
struct GenerationConfig {
  std::optional<int64_t> max_new_tokens;  ///< tokens to add at most; unset: up to max_length
  int64_t max_length = 20;                ///< prompt and new tokens together; max_new_tokens overrides it
  std::optional<int64_t> min_new_tokens;  ///< no end of sequence before so many new tokens
  int64_t min_length = 0;                 ///< as min_new_tokens, with the prompt counted
  std::optional<double> max_time;         ///< seconds after which no further step begins

  bool do_sample = false;    ///< draw from the distribution; false takes the most likely token
  double temperature = 1.0;  ///< > 0; divides the logits
  int64_t top_k = 50;        ///< only the k most likely tokens; 0: all
  double top_p = 1.0;        ///< in (0, 1]: the fewest tokens of this total probability
  /// In [0, 1]: only tokens of at least this share of the most likely one's probability.
  std::optional<double> min_p;
  /// In (0, 1]: the tokens whose surprise is nearest to the expected one, of this total probability; arXiv:2202.00666.
  double typical_p = 1.0;
  /// In (0, 1]: the likeliest tokens that hold this share of the distribution's entropy; arXiv:2509.02510.
  std::optional<double> top_h;
  double epsilon_cutoff = 0.0;  ///< in [0, 1): only tokens at least as probable; 0: all; arXiv:2210.15191
  double eta_cutoff = 0.0;      ///< in [0, 1): the same, lower where the distribution is flat; 0: all

  double repetition_penalty = 1.0;  ///< > 0; above 1 discourages tokens of the prompt and of the text so far
  double encoder_repetition_penalty = 1.0;   ///< > 0; above 1 favours tokens of the prompt
  double presence_penalty = 0.0;             ///< subtracted from the logit of each token generated so far
  double frequency_penalty = 0.0;            ///< subtracted once per time that the token was generated
  int64_t no_repeat_ngram_size = 0;          ///< > 0: no run of so many tokens occurs twice
  int64_t encoder_no_repeat_ngram_size = 0;  ///< > 0: no such run of the prompt's is generated
  std::vector<std::vector<int32_t>> bad_words_ids;  ///< runs of tokens that are never completed
  std::vector<SequenceBias> sequence_bias;
  std::vector<int32_t> suppress_tokens;        ///< never generated
  std::vector<int32_t> begin_suppress_tokens;  ///< never generated first
  std::optional<int32_t> forced_bos_token_id;  ///< the token behind a prompt of one token
  std::vector<int32_t>
      forced_eos_token_id;  ///< one of them is the last token of a text that reaches the limit
  std::vector<ForcedToken> forced_decoder_ids;
  std::optional<LengthDecay> exponential_decay_length_penalty;
  bool remove_invalid_values = false;  ///< NaN logits become 0 and infinite ones finite
  bool renormalize_logits =
      false;  ///< beam search adds up probabilities that sum to 1 after all of the above

  int64_t num_beams = 1;        ///< texts that a search follows side by side; 1: no beam search
  double length_penalty = 1.0;  ///< a text's log-probability is divided by its new tokens to this power
  EarlyStopping early_stopping = EarlyStopping::kNo;
  int64_t num_return_sequences = 1;  ///< texts per prompt: the best of num_beams, or so many samples

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

  /// Throws Error(kInvalidArgument) naming the first field that is out of its range, its value and the range, or two that
  /// exclude each other.
  void validate() const;
  /// Throws Error(kUnsupported) for a key of the file that would change the text and has no field here, such as
  /// penalty_alpha (contrastive search). Generation asks; loading and saving do not.
  void require_supported() const;
  /// Sentences about fields that were changed and have no effect, such as a temperature without do_sample. Generation
  /// passes them to the log.
  std::vector<std::string> warnings() const;
  /// Names of fields that are neither what the file says nor their default.
  std::vector<std::string> changed_fields() const;

  /// The text of generation_config.json: what the file held, and every field that differs from its default.
  std::string to_json() const;
  /// Writes directory/generation_config.json; the old file stays whole when that fails.
  void save_pretrained(const std::filesystem::path& directory) const;
};

}  // namespace easydel
