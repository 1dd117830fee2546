#include "easydel/generation.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <random>

#include "base/format.h"
#include "easydel/error.h"
#include "generation/decoder.h"
#include "generation/sampling.h"

namespace easydel {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

[[noreturn]] void fail(std::string detail) {
  throw Error(ErrorCode::kInvalidArgument, "generate", std::move(detail));
}

uint64_t fresh_seed() {
  std::random_device device;
  return (static_cast<uint64_t>(device()) << 32) | device();
}

/// A row that is being continued.
struct Row {
  explicit Row(std::span<const int32_t> start) : history(start) {}

  generation::TokenHistory history;
  std::optional<StreamDecoder> decoder;
  bool finished = false;
};

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

}  // namespace

std::string_view to_string(FinishReason reason) {
  return reason == FinishReason::kStop ? "stop" : "length";
}

struct Generation::State {
  generation::Decoder& decoder;
  std::vector<std::vector<int32_t>> prompts;
  GenerationConfig config;
  const Tokenizer* tokenizer;
  uint64_t seed = 0;
  int64_t longest = 0;         // start of a text
  int64_t max_new_tokens = 0;  // of every row
  int64_t step = 0;            // tokens added so far
  std::unique_ptr<generation::Session> session;
  std::vector<Row> rows;
  std::vector<GeneratedText> texts;
  std::vector<TokenStep> steps;
  GenerationTimings timings;

  bool all_finished() const {
    return std::all_of(rows.begin(), rows.end(), [](const Row& row) { return row.finished; });
  }

  /// The next token of every row: after the prompts first, then after the last step's tokens.
  std::vector<int32_t> next_tokens() {
    const auto start = Clock::now();
    const generation::StepChoice choice = step_choice();
    if (!session) {
      session = decoder.start(static_cast<int64_t>(rows.size()), longest + max_new_tokens, config);
      std::vector<int32_t> ids = session->feed_prompts(prompts, choice);
      timings.prefill_s += seconds_since(start);
      return ids;
    }
    std::vector<int32_t> last;
    for (size_t row = 0; row < rows.size(); ++row)
      last.push_back(rows[row].finished ? pad() : texts[row].ids.back());
    std::vector<int32_t> ids = session->feed(last, choice);
    timings.decode_s += seconds_since(start);
    return ids;
  }

  /// A row that has ended may choose what it likes.
  generation::StepChoice step_choice() const {
    generation::StepChoice choice;
    for (size_t row = 0; row < rows.size(); ++row) {
      choice.edits.push_back(rows[row].finished ? std::vector<generation::LogitEdit>()
                                                : generation::logit_edits(rows[row].history, config));
      choice.points.push_back(
          generation::uniform(seed, static_cast<uint32_t>(row), static_cast<uint32_t>(step)));
    }
    return choice;
  }

  int32_t pad() const {
    if (config.pad_token_id && *config.pad_token_id < decoder.vocab_size()) return *config.pad_token_id;
    return config.eos_token_id.empty() ? 0 : config.eos_token_id.front();
  }

  void append(size_t index, int32_t id) {
    Row& row = rows[index];
    GeneratedText& text = texts[index];
    text.ids.push_back(id);
    row.history.add(id);
    TokenStep token{static_cast<int64_t>(index), id, {}};
    if (row.decoder) token.text = row.decoder->push(id);
    const size_t searched = text.text.size();
    text.text += token.text;
    const auto& eos = config.eos_token_id;
    const bool stops =
        std::find(eos.begin(), eos.end(), id) != eos.end() || has_stop_string(text.text, searched);
    if (stops) text.finish_reason = FinishReason::kStop;
    if (stops || row.history.new_tokens >= max_new_tokens) finish(index, &token);
    steps.push_back(std::move(token));
  }

  void finish(size_t index, TokenStep* token) {
    Row& row = rows[index];
    if (row.finished) return;
    row.finished = true;
    if (!row.decoder) return;
    const std::string rest = row.decoder->finish();
    texts[index].text += rest;
    if (token != nullptr) token->text += rest;
  }

  /// Looks where a stop string could have been completed by the text from `fresh` on.
  bool has_stop_string(const std::string& text, size_t fresh) const {
    return std::any_of(config.stop_strings.begin(), config.stop_strings.end(), [&](const std::string& stop) {
      const size_t from = fresh + 1 > stop.size() ? fresh + 1 - stop.size() : 0;
      return !stop.empty() && text.find(stop, from) != std::string::npos;
    });
  }
};

Generation::Generation(generation::Decoder& decoder, std::vector<std::vector<int32_t>> prompts,
                       const GenerationConfig& config, const Tokenizer* tokenizer) {
  config.validate();
  if (config.num_beams != 1)
    throw Error(ErrorCode::kUnsupported, "generate",
                fmt::format("num_beams is {}; beam search is not supported yet, use 1 (greedy or sampling)",
                            config.num_beams));
  if (config.num_return_sequences != 1)
    throw Error(ErrorCode::kUnsupported, "generate",
                fmt::format("num_return_sequences is {}; repeat the prompt in the batch instead",
                            config.num_return_sequences));
  check_prompts(prompts, decoder);
  if (!config.stop_strings.empty() && tokenizer == nullptr)
    fail("stop_strings need a tokenizer; pass one, or use eos_token_id");
  int64_t longest = 0;
  std::vector<std::vector<int32_t>> starts;
  for (const auto& prompt : prompts) {
    longest = std::max(longest, static_cast<int64_t>(prompt.size()));
    starts.push_back(decoder.text_start(prompt));
  }
  if (longest > decoder.max_positions())
    fail(fmt::format("a prompt has {} tokens, the model's context holds {}; shorten the prompt", longest,
                     decoder.max_positions()));
  longest = 0;
  for (const auto& start : starts) longest = std::max(longest, static_cast<int64_t>(start.size()));
  // Without a wish of its own a generation ends at the context's end.
  const int64_t room = decoder.max_positions() - longest;
  const int64_t wanted = generation::new_tokens(config, longest);
  if (wanted > room)
    fail(fmt::format(
        "{} prompt tokens and {} new ones exceed the model's context of {}; ask for at most {} new tokens",
        longest, wanted, decoder.max_positions(), room));

  state_ = std::make_unique<State>(State{decoder,
                                         std::move(prompts),
                                         config,
                                         tokenizer,
                                         config.seed.value_or(fresh_seed()),
                                         longest,
                                         wanted,
                                         0,
                                         nullptr,
                                         {},
                                         {},
                                         {},
                                         {}});
  for (const auto& start : starts) {
    Row& row = state_->rows.emplace_back(start);
    if (tokenizer != nullptr) row.decoder.emplace(*tokenizer);
    row.finished = wanted == 0;
  }
  state_->texts.resize(state_->prompts.size());
}

Generation::~Generation() = default;
Generation::Generation(Generation&&) noexcept = default;
Generation& Generation::operator=(Generation&&) noexcept = default;

bool Generation::advance() {
  State& state = *state_;
  state.steps.clear();
  if (state.all_finished()) return false;
  const std::vector<int32_t> ids = state.next_tokens();
  for (size_t row = 0; row < state.rows.size(); ++row)
    if (!state.rows[row].finished) state.append(row, ids[row]);
  ++state.step;
  return true;
}

void Generation::stop() {
  for (size_t row = 0; row < state_->rows.size(); ++row) state_->finish(row, nullptr);
}

const std::vector<TokenStep>& Generation::steps() const {
  return state_->steps;
}
const std::vector<GeneratedText>& Generation::rows() const {
  return state_->texts;
}
const GenerationTimings& Generation::timings() const {
  return state_->timings;
}

}  // namespace easydel
