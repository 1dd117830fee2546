#include "easydel/generation.h"

#include <algorithm>
#include <random>

#include "base/format.h"
#include "base/log.h"
#include "easydel/error.h"
#include "generation/decoder.h"
#include "generation/run.h"

namespace easydel {
namespace {

[[noreturn]] void fail(std::string detail) {
  throw Error(ErrorCode::kInvalidArgument, "generate", std::move(detail));
}

uint64_t fresh_seed() {
  std::random_device device;
  return (static_cast<uint64_t>(device()) << 32) | device();
}

void check_prompts(const std::vector<std::vector<int32_t>>& prompts, const generation::Decoder& decoder) {
  if (prompts.empty()) fail("there is no prompt; give at least one");
  for (size_t row = 0; row < prompts.size(); ++row) {
    if (prompts[row].empty())
      fail(fmt::format("prompt {} is empty; give at least one token, such as the beginning-of-text token",
                       row));
    for (size_t position = 0; position < prompts[row].size(); ++position) {
      const int32_t id = prompts[row][position];
      if (id < 0 || id >= decoder.vocab_size())
        fail(fmt::format("token {} at position {} of prompt {} is outside the vocabulary of {} tokens", id,
                         position, row, decoder.vocab_size()));
    }
  }
}

/// Of the tokens that options speak of, those that must be in the vocabulary: the others are left alone, as in Transformers.
void check_tokens(const GenerationConfig& config, int64_t vocab_size) {
  const auto check = [&](std::string_view field, int32_t id) {
    if (id >= vocab_size)
      fail(fmt::format("{} has token {}, the vocabulary {} tokens", field, id, vocab_size));
  };
  for (const SequenceBias& sequence : config.sequence_bias)
    for (const int32_t id : sequence.ids) check("sequence_bias", id);
  for (const std::vector<int32_t>& word : config.bad_words_ids)
    for (const int32_t id : word) check("bad_words_ids", id);
  if (config.forced_bos_token_id) check("forced_bos_token_id", *config.forced_bos_token_id);
  for (const int32_t id : config.forced_eos_token_id) check("forced_eos_token_id", id);
  for (const ForcedToken& forced : config.forced_decoder_ids) check("forced_decoder_ids", forced.id);
}

/// Each row `count` times, one behind the other.
std::vector<std::vector<int32_t>> repeated(const std::vector<std::vector<int32_t>>& rows, int64_t count) {
  std::vector<std::vector<int32_t>> result;
  for (const auto& row : rows) result.insert(result.end(), static_cast<size_t>(count), row);
  return result;
}

}  // namespace

std::string_view to_string(FinishReason reason) {
  return reason == FinishReason::kStop ? "stop" : "length";
}

Generation::Generation(generation::Decoder& decoder, std::vector<std::vector<int32_t>> prompts,
                       const GenerationConfig& config, const Tokenizer* tokenizer) {
  config.validate();
  config.require_supported();
  if (log_enabled(LogLevel::kWarning))
    for (const std::string& warning : config.warnings()) log(LogLevel::kWarning, warning);
  check_prompts(prompts, decoder);
  check_tokens(config, decoder.vocab_size());
  if (!config.stop_strings.empty() && tokenizer == nullptr)
    fail("stop_strings need a tokenizer; pass one, or use eos_token_id");
  int64_t longest = 0;
  std::vector<std::vector<int32_t>> starts;
  for (const auto& prompt : prompts) {
    longest = std::max(longest, std::ssize(prompt));
    starts.push_back(decoder.text_start(prompt));
  }
  if (longest > decoder.max_positions())
    fail(fmt::format("a prompt has {} tokens, the model's context holds {}; shorten the prompt", longest,
                     decoder.max_positions()));
  longest = 0;
  for (const auto& start : starts) longest = std::max(longest, std::ssize(start));
  // Without a wish of its own a generation ends at the context's end.
  const int64_t room = decoder.max_positions() - longest;
  const int64_t wanted = generation::new_tokens(config, longest);
  if (wanted > room)
    fail(fmt::format(
        "{} prompt tokens and {} new ones exceed the model's context of {}; ask for at most {} new tokens",
        longest, wanted, decoder.max_positions(), room));

  const bool is_beam_search = config.num_beams > 1;
  if (!is_beam_search && config.num_return_sequences > 1) {
    // Samples of one prompt are rows of their own.
    prompts = repeated(prompts, config.num_return_sequences);
    starts = repeated(starts, config.num_return_sequences);
  }
  generation::RunRequest request{.decoder = decoder,
                                 .prompts = std::move(prompts),
                                 .starts = std::move(starts),
                                 .config = config,
                                 .tokenizer = tokenizer,
                                 .seed = config.seed.value_or(fresh_seed()),
                                 .longest_start = longest,
                                 .max_new_tokens = wanted};
  run_ = is_beam_search ? generation::make_beam_run(std::move(request))
                        : generation::make_token_run(std::move(request));
}

Generation::~Generation() = default;
Generation::Generation(Generation&&) noexcept = default;
Generation& Generation::operator=(Generation&&) noexcept = default;

bool Generation::advance() {
  return run_->advance();
}
void Generation::stop() {
  run_->stop();
}
const std::vector<TokenStep>& Generation::steps() const {
  return run_->steps();
}
const std::vector<GeneratedText>& Generation::rows() const {
  return run_->texts();
}
const GenerationTimings& Generation::timings() const {
  return run_->timings();
}

}  // namespace easydel
