#include "cli/generation_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "easydel/error.h"

namespace easydel::cli {
namespace {

template <typename Field, typename Value>
void set_if(Field& field, const std::optional<Value>& value) {
  if (value) field = *value;
}

}  // namespace

GenerationConfig GenerationFlags::over(GenerationConfig config, int64_t room) const {
  set_if(config.min_new_tokens, min_new_tokens);
  set_if(config.temperature, temperature);
  set_if(config.top_k, top_k);
  set_if(config.top_p, top_p);
  set_if(config.min_p, min_p);
  set_if(config.typical_p, typical_p);
  set_if(config.repetition_penalty, repetition_penalty);
  set_if(config.presence_penalty, presence_penalty);
  set_if(config.frequency_penalty, frequency_penalty);
  set_if(config.no_repeat_ngram_size, no_repeat_ngram_size);
  set_if(config.num_beams, num_beams);
  set_if(config.length_penalty, length_penalty);
  if (early_stopping == "false") config.early_stopping = EarlyStopping::kNo;
  if (early_stopping == "true") config.early_stopping = EarlyStopping::kYes;
  if (early_stopping == "never") config.early_stopping = EarlyStopping::kNever;
  set_if(config.num_return_sequences, num_return_sequences);
  set_if(config.seed, seed);
  if (greedy) config.do_sample = false;
  if (sample || temperature || top_k || top_p || min_p || typical_p || seed) config.do_sample = true;
  if (ignore_eos) config.eos_token_id.clear();
  config.stop_strings.insert(config.stop_strings.end(), stop.begin(), stop.end());

  if (max_new_tokens) {
    config.max_new_tokens = max_new_tokens;
  } else if (!config.max_new_tokens) {
    config.max_new_tokens = std::clamp<int64_t>(room, 1, kDefaultNewTokens);
  }
  config.validate();
  return config;
}

void add_generation_options(CLI::App& app, GenerationFlags& flags) {
  CLI::Option_group* group =
      app.add_option_group("Choice of tokens (defaults: the model's generation_config.json)");
  group->add_option(
      "-n,--max-new-tokens", flags.max_new_tokens,
      fmt::format("Tokens to add at most; {} where the model says nothing", flags.kDefaultNewTokens));
  group->add_option("--min-new-tokens", flags.min_new_tokens, "No end of text before so many tokens");
  CLI::Option* greedy = group->add_flag("--greedy", flags.greedy, "Always the most likely token");
  group->add_flag("--sample", flags.sample, "Draw tokens at random (implied by the next six)")
      ->excludes(greedy);
  group->add_option("-t,--temperature", flags.temperature, "Below 1 more certain, above 1 more varied")
      ->excludes(greedy);
  group->add_option("--top-k", flags.top_k, "Draw from the K most likely tokens; 0: all")->excludes(greedy);
  group->add_option("--top-p", flags.top_p, "Draw from the fewest tokens of this total probability")
      ->excludes(greedy);
  group->add_option("--min-p", flags.min_p, "Drop tokens below this share of the likeliest one's probability")
      ->excludes(greedy);
  group
      ->add_option("--typical-p", flags.typical_p,
                   "Draw from tokens of about the expected surprise, of this total probability")
      ->excludes(greedy);
  group->add_option("--seed", flags.seed, "The same seed gives the same text")->excludes(greedy);
  group->add_option("--repetition-penalty", flags.repetition_penalty,
                    "Above 1 discourages tokens seen before");
  group->add_option("--presence-penalty", flags.presence_penalty, "Taken off the logit of a generated token");
  group->add_option("--frequency-penalty", flags.frequency_penalty,
                    "The same for each time it was generated");
  group->add_option("--no-repeat-ngram-size", flags.no_repeat_ngram_size, "No run of so many tokens twice");
  group->add_option("--stop", flags.stop, "Text that ends the generation; may be given several times")
      ->allow_extra_args(false);
  group->add_flag("--ignore-eos", flags.ignore_eos, "Go on after the model's end-of-text token");
  group->add_option("--num-beams", flags.num_beams, "Texts that a beam search follows side by side; 1: none");
  group->add_option("--length-penalty", flags.length_penalty,
                    "Above 0 favours long texts of a beam search, below 0 short ones");
  group
      ->add_option("--early-stopping", flags.early_stopping,
                   "Whether a beam search ends with num_beams complete texts")
      ->check(CLI::IsMember({"false", "true", "never"}));
}

}  // namespace easydel::cli
