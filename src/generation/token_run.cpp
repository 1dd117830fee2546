#include <algorithm>
#include <optional>

#include "generation/run.h"

namespace easydel::generation {
namespace {

/// A text that is being continued.
struct Row {
  Row(std::span<const int32_t> start, std::span<const int32_t> prompt) : history(start, prompt) {}

  TokenHistory history;
  std::optional<StreamDecoder> decoder;
  bool finished = false;
};

class TokenRun final : public Run {
 public:
  explicit TokenRun(RunRequest request) : Run(std::move(request)) {
    for (size_t index = 0; index < request_.prompts.size(); ++index) {
      Row& row = rows_.emplace_back(request_.starts[index], request_.prompts[index]);
      if (request_.tokenizer != nullptr) row.decoder.emplace(*request_.tokenizer);
      row.finished = request_.max_new_tokens == 0;
    }
    texts_.resize(rows_.size());
  }

  bool advance() override {
    steps_.clear();
    if (std::ranges::all_of(rows_, &Row::finished)) return false;
    std::vector<int32_t> last;
    for (size_t row = 0; row < rows_.size() && step_ > 0; ++row)
      last.push_back(rows_[row].finished ? pad() : texts_[row].ids.back());
    const NextTokens next = feed(last, step_choice());
    for (size_t row = 0; row < rows_.size(); ++row)
      if (!rows_[row].finished) append(row, next[row].front().id);
    if (is_out_of_time()) stop();
    ++step_;
    return true;
  }

  void stop() override {
    for (size_t row = 0; row < rows_.size(); ++row) finish(row, nullptr);
  }

 private:
  /// A row that has ended may choose what it likes.
  StepChoice step_choice() const {
    StepChoice choice;
    for (size_t row = 0; row < rows_.size(); ++row) {
      choice.rows.push_back(rows_[row].finished
                                ? RowEdits()
                                : row_edits(rows_[row].history, config(), request_.max_new_tokens));
      choice.points.push_back(
          uniform(request_.seed, static_cast<uint32_t>(row), static_cast<uint32_t>(step_)));
    }
    return choice;
  }

  void append(size_t index, int32_t id) {
    Row& row = rows_[index];
    GeneratedText& text = texts_[index];
    text.ids.push_back(id);
    row.history.add(id);
    TokenStep token{static_cast<int64_t>(index), id, {}};
    if (row.decoder) token.text = row.decoder->push(id);
    const size_t searched = text.text.size();
    text.text += token.text;
    const auto& eos = config().eos_token_id;
    const bool stops = std::ranges::find(eos, id) != eos.end() || has_stop_string(text.text, searched);
    if (stops) text.finish_reason = FinishReason::kStop;
    if (stops || row.history.new_tokens >= request_.max_new_tokens) finish(index, &token);
    steps_.push_back(std::move(token));
  }

  void finish(size_t index, TokenStep* token) {
    Row& row = rows_[index];
    if (row.finished) return;
    row.finished = true;
    if (!row.decoder) return;
    const std::string rest = row.decoder->finish();
    texts_[index].text += rest;
    if (token != nullptr) token->text += rest;
  }

  std::vector<Row> rows_;
};

}  // namespace

std::unique_ptr<Run> make_token_run(RunRequest request) {
  return std::make_unique<TokenRun>(std::move(request));
}

}  // namespace easydel::generation
