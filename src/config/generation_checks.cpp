// What GenerationConfig may say, alone and together.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "base/format.h"
#include "easydel/error.h"
#include "easydel/generation_config.h"

namespace easydel {
namespace {

[[noreturn]] void fail(std::string_view field, const std::string& value, std::string_view wanted) {
  throw Error(ErrorCode::kInvalidArgument, "generation config",
              fmt::format("{} is {}; it must be {}", field, value, wanted));
}

template <typename T>
void require(bool holds, std::string_view field, const T& value, std::string_view wanted) {
  if (!holds) fail(field, fmt::to_string(value), wanted);
}

// The comparisons are written so that NaN fails them too.

/// Greedy decoding reads none of these, and checkpoints that decode greedily do come with a temperature of 0.
void validate_sampling(const GenerationConfig& config) {
  require(config.temperature > 0.0, "temperature", config.temperature,
          "above 0; greedy decoding is do_sample = false");
  require(config.top_k >= 0, "top_k", config.top_k, "0 (all tokens) or more");
  require(config.top_p > 0.0 && config.top_p <= 1.0, "top_p", config.top_p, "above 0 and at most 1");
  const double min_p = config.min_p.value_or(0), top_h = config.top_h.value_or(1);
  require(min_p >= 0.0 && min_p <= 1.0, "min_p", min_p, "from 0 to 1");
  require(config.typical_p > 0.0 && config.typical_p <= 1.0, "typical_p", config.typical_p,
          "above 0 and at most 1");
  require(top_h > 0.0 && top_h <= 1.0, "top_h", top_h, "above 0 and at most 1");
  require(config.epsilon_cutoff >= 0.0 && config.epsilon_cutoff < 1.0, "epsilon_cutoff",
          config.epsilon_cutoff, "0 (all tokens) or more, and below 1");
  require(config.eta_cutoff >= 0.0 && config.eta_cutoff < 1.0, "eta_cutoff", config.eta_cutoff,
          "0 (all tokens) or more, and below 1");
}

void validate_lengths(const GenerationConfig& config) {
  require(config.max_new_tokens.value_or(0) >= 0, "max_new_tokens", config.max_new_tokens.value_or(0),
          "0 or more");
  require(config.max_length >= 1, "max_length", config.max_length, "1 or more");
  const int64_t least_new = config.min_new_tokens.value_or(0);
  require(least_new >= 0, "min_new_tokens", least_new, "0 or more");
  if (config.max_new_tokens)
    require(least_new <= *config.max_new_tokens, "min_new_tokens", least_new,
            fmt::format("at most max_new_tokens, {}", *config.max_new_tokens));
  require(config.min_length >= 0, "min_length", config.min_length, "0 or more");
  if (!config.max_new_tokens)
    require(config.min_length <= config.max_length, "min_length", config.min_length,
            fmt::format("at most max_length, {}", config.max_length));
  require(config.max_time.value_or(1) > 0, "max_time", config.max_time.value_or(1), "above 0 seconds");
}

void validate_penalties(const GenerationConfig& config) {
  require(config.repetition_penalty > 0.0, "repetition_penalty", config.repetition_penalty,
          "above 0; 1 is none");
  require(config.encoder_repetition_penalty > 0.0, "encoder_repetition_penalty",
          config.encoder_repetition_penalty, "above 0; 1 is none");
  require(std::isfinite(config.presence_penalty), "presence_penalty", config.presence_penalty,
          "a finite number");
  require(std::isfinite(config.frequency_penalty), "frequency_penalty", config.frequency_penalty,
          "a finite number");
  require(config.no_repeat_ngram_size >= 0, "no_repeat_ngram_size", config.no_repeat_ngram_size, "0 or more");
  require(config.encoder_no_repeat_ngram_size >= 0, "encoder_no_repeat_ngram_size",
          config.encoder_no_repeat_ngram_size, "0 or more");
  if (config.exponential_decay_length_penalty) {
    const auto& [start, factor] = *config.exponential_decay_length_penalty;
    require(start >= 0, "exponential_decay_length_penalty's start", start, "0 or more");
    require(factor > 0 && std::isfinite(factor), "exponential_decay_length_penalty's factor", factor,
            "above 0");
    require(!config.eos_token_id.empty(), "eos_token_id", "empty",
            "set where exponential_decay_length_penalty is: the penalty is on it");
  }
}

void validate_ids(std::string_view field, std::span<const int32_t> ids) {
  for (const int32_t id : ids) require(id >= 0, field, id, "a token id, 0 or more");
}

void validate_tokens(const GenerationConfig& config) {
  validate_ids("eos_token_id", config.eos_token_id);
  validate_ids("suppress_tokens", config.suppress_tokens);
  validate_ids("begin_suppress_tokens", config.begin_suppress_tokens);
  validate_ids("forced_eos_token_id", config.forced_eos_token_id);
  validate_ids("forced_bos_token_id", std::vector{config.forced_bos_token_id.value_or(0)});
  for (const std::vector<int32_t>& word : config.bad_words_ids) {
    require(!word.empty(), "bad_words_ids", "an empty list", "lists of at least one token id");
    validate_ids("bad_words_ids", word);
  }
  std::set<std::vector<int32_t>> biased;
  for (const auto& [ids, bias] : config.sequence_bias) {
    require(!ids.empty(), "sequence_bias", "for an empty list", "for lists of at least one token id");
    validate_ids("sequence_bias", ids);
    require(std::isfinite(bias), "sequence_bias", bias, "a finite number; bad_words_ids forbid");
    require(biased.insert(ids).second, "sequence_bias",
            fmt::format("given twice for [{}]", fmt::join(ids, ", ")), "given once for each list of tokens");
  }
  for (const auto& [position, id] : config.forced_decoder_ids) {
    require(position >= 1, "forced_decoder_ids", position,
            "for positions of 1 or more: the prompt comes first");
    validate_ids("forced_decoder_ids", std::vector{id});
  }
  for (const std::string& text : config.stop_strings)
    require(!text.empty(), "stop_strings", "an empty text", "texts of at least one character");
}

/// A token that is forced and suppressed at once leaves nothing to choose.
void validate_forced(const GenerationConfig& config) {
  const auto check = [&](std::string_view field, std::span<const int32_t> forced) {
    const auto is_suppressed = [&](int32_t id) {
      return std::ranges::find(config.suppress_tokens, id) != config.suppress_tokens.end();
    };
    if (!forced.empty() && std::ranges::all_of(forced, is_suppressed))
      fail(field, fmt::format("[{}], all of which suppress_tokens has", fmt::join(forced, ", ")),
           "a token that is not suppressed; min_new_tokens is what keeps a text from ending early");
  };
  if (config.forced_bos_token_id) check("forced_bos_token_id", std::vector{*config.forced_bos_token_id});
  check("forced_eos_token_id", config.forced_eos_token_id);
  for (const ForcedToken& forced : config.forced_decoder_ids)
    check("forced_decoder_ids", std::vector{forced.id});
}

void validate_beams(const GenerationConfig& config) {
  require(config.num_beams >= 1, "num_beams", config.num_beams, "1 or more");
  require(std::isfinite(config.length_penalty), "length_penalty", config.length_penalty, "a finite number");
  require(config.num_return_sequences >= 1, "num_return_sequences", config.num_return_sequences, "1 or more");
  if (config.num_beams > 1)
    require(config.num_return_sequences <= config.num_beams, "num_return_sequences",
            config.num_return_sequences, fmt::format("at most num_beams, {}", config.num_beams));
  else if (!config.do_sample)
    require(config.num_return_sequences == 1, "num_return_sequences", config.num_return_sequences,
            "1 where do_sample is false and num_beams 1: greedy decoding has one result");
}

/// An option of Transformers that easydel does not have and that changes the text.
struct MissingOption {
  const char* key;
  const char* name;
  bool (*is_on)(const nlohmann::json& value);
};

bool is_true(const nlohmann::json& value) {
  return value == true;
}
bool is_positive(const nlohmann::json& value) {
  return value.is_number() && value > 0;
}
bool is_above_one(const nlohmann::json& value) {
  return value.is_number() && value > 1;
}
bool is_not_one(const nlohmann::json& value) {
  return value != 1;
}
bool is_there(const nlohmann::json& value) {
  return !value.empty();
}

constexpr MissingOption kMissingOptions[] = {
    {"penalty_alpha", "contrastive search", is_positive},
    {"dola_layers", "DoLa decoding", is_there},
    {"num_beam_groups", "group beam search", is_above_one},
    {"constraints", "constrained beam search", is_there},
    {"force_words_ids", "constrained beam search", is_there},
    {"guidance_scale", "classifier-free guidance", is_not_one},
    {"watermarking_config", "watermarking", is_there},
    {"token_healing", "token healing", is_true},
};

/// Ways to be faster that give the same text.
constexpr MissingOption kMissingSpeed[] = {
    {"prompt_lookup_num_tokens", "prompt lookup", is_positive},
    {"assistant_early_exit", "assisted decoding", is_positive},
    {"use_mtp", "multi-token prediction", is_true},
};

template <typename Use>
void for_each_set(const GenerationConfig& config, std::span<const MissingOption> options, const Use& use) {
  if (!config.file) return;
  for (const MissingOption& option : options) {
    const auto found = config.file->find(option.key);
    if (found != config.file->end() && !found->is_null() && option.is_on(*found)) use(option, found->dump());
  }
}

}  // namespace

void GenerationConfig::validate() const {
  validate_lengths(*this);
  if (do_sample) validate_sampling(*this);
  validate_penalties(*this);
  validate_tokens(*this);
  validate_forced(*this);
  validate_beams(*this);
}

void GenerationConfig::require_supported() const {
  for_each_set(*this, kMissingOptions, [](const MissingOption& option, const std::string& value) {
    throw Error(ErrorCode::kUnsupported, "generation config",
                fmt::format("{} is {}: {} is not supported and would change the text; remove the key from "
                            "generation_config.json, or from GenerationConfig::file",
                            option.key, value, option.name));
  });
}

std::vector<std::string> GenerationConfig::warnings() const {
  static const std::set<std::string, std::less<>> kSampling = {
      "temperature", "top_k", "top_p", "min_p", "typical_p", "top_h", "epsilon_cutoff", "eta_cutoff"};
  static const std::set<std::string, std::less<>> kBeams = {"early_stopping", "length_penalty"};
  std::vector<std::string> warnings;
  const auto unused = [&](std::string_view field, std::string_view needed) {
    warnings.push_back(fmt::format("{} is set, and has no effect without {}", field, needed));
  };
  for (const std::string& field : changed_fields()) {
    if (!do_sample && kSampling.contains(field)) unused(field, "do_sample = true");
    if (num_beams == 1 && kBeams.contains(field)) unused(field, "num_beams above 1");
  }
  for_each_set(*this, kMissingSpeed, [&](const MissingOption& option, const std::string& value) {
    warnings.push_back(
        fmt::format("{} is {}: {} is not supported; the text is the same, and comes at the usual speed",
                    option.key, value, option.name));
  });
  return warnings;
}

}  // namespace easydel
