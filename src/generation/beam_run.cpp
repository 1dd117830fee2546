#include <algorithm>
#include <optional>

#include "generation/beam_search.h"
#include "generation/run.h"

namespace easydel::generation {
namespace {

class BeamRun final : public Run {
 public:
  explicit BeamRun(RunRequest request) : Run(std::move(request)) {
    BeamSearch::StopCheck stops;
    if (!config().stop_strings.empty())
      stops = [this](std::span<const int32_t> ids) { return ends_with_stop_string(ids); };
    for (size_t index = 0; index < request_.prompts.size(); ++index)
      searches_.emplace_back(TokenHistory(request_.starts[index], request_.prompts[index]), config(),
                             request_.max_new_tokens, stops);
    texts_.resize(searches_.size() * static_cast<size_t>(config().num_return_sequences));
    has_ended_ = request_.max_new_tokens == 0;
  }

  bool advance() override {
    steps_.clear();
    if (has_ended_) return false;
    if (step_ > 0) follow_parents();
    search(feed(last_tokens(), step_choice()));
    ++step_;
    if (std::ranges::all_of(searches_, &BeamSearch::is_done)) stop();
    return true;
  }

  void stop() override {
    if (has_ended_) return;
    has_ended_ = true;
    const int64_t count = config().num_return_sequences;
    for (size_t index = 0; index < texts_.size(); index += static_cast<size_t>(count)) {
      const auto best = searches_[index / static_cast<size_t>(count)].best(count);
      for (size_t rank = 0; rank < best.size(); ++rank) settle(index + rank, best[rank]);
    }
  }

 private:
  /// Rows of the session: the prompts until the beams part, then num_beams per prompt.
  size_t rows_per_search() const { return step_ == 0 ? 1 : static_cast<size_t>(config().num_beams); }

  void follow_parents() {
    std::vector<int32_t> rows;
    // At the first step all beams have the prompt's row.
    const size_t before = step_ == 1 ? 1 : rows_per_search();
    for (size_t index = 0; index < searches_.size(); ++index)
      for (size_t beam = 0; beam < rows_per_search(); ++beam) {
        const bool is_done = searches_[index].is_done();
        const size_t parent = before == 1 ? 0 : is_done ? beam : searches_[index].beams()[beam].parent;
        rows.push_back(static_cast<int32_t>(index * before + parent));
      }
    reorder(rows);
  }

  std::vector<int32_t> last_tokens() const {
    std::vector<int32_t> last;
    if (step_ == 0) return last;
    for (const BeamSearch& search : searches_)
      for (const BeamSearch::Beam& beam : search.beams())
        last.push_back(search.is_done() ? pad() : beam.history.tokens.back());
    return last;
  }

  StepChoice step_choice() const {
    StepChoice choice;
    for (const BeamSearch& search : searches_)
      for (size_t beam = 0; beam < rows_per_search(); ++beam) {
        choice.rows.push_back(
            search.is_done() ? RowEdits()
                             : row_edits(search.beams()[beam].history, config(), request_.max_new_tokens));
        choice.points.push_back(0);  // the search draws
      }
    return choice;
  }

  void search(const NextTokens& next) {
    const bool is_last = is_out_of_time();
    const int64_t draws = beam_candidates(config());
    for (size_t index = 0; index < searches_.size(); ++index) {
      if (searches_[index].is_done()) continue;
      const std::span found = std::span(next).subspan(index * rows_per_search(), rows_per_search());
      const auto point = [&](int64_t draw) {
        return uniform(request_.seed, static_cast<uint32_t>(index),
                       static_cast<uint32_t>(step_ * draws + draw));
      };
      if (step_ == 0) {
        const std::vector alike(static_cast<size_t>(config().num_beams), found.front());
        searches_[index].advance(alike, point, is_last);
      } else {
        searches_[index].advance(found, point, is_last);
      }
    }
  }

  bool ends_with_stop_string(std::span<const int32_t> ids) const {
    const size_t fresh = request_.tokenizer->decode(ids.first(ids.size() - 1)).size();
    return has_stop_string(request_.tokenizer->decode(ids), fresh);
  }

  void settle(size_t index, const BeamSearch::Hypothesis& found) {
    GeneratedText& text = texts_[index];
    text.ids = found.ids;
    text.finish_reason = found.finish_reason;
    text.score = found.score;
    std::optional<StreamDecoder> decoder;
    if (request_.tokenizer != nullptr) decoder.emplace(*request_.tokenizer);
    for (const int32_t id : found.ids) {
      steps_.push_back({static_cast<int64_t>(index), id, {}});
      TokenStep& step = steps_.back();
      if (!decoder) continue;
      step.text = decoder->push(id);
      if (&id == &found.ids.back()) step.text += decoder->finish();
      text.text += step.text;
    }
  }

  std::vector<BeamSearch> searches_;
  bool has_ended_ = false;
};

}  // namespace

std::unique_ptr<Run> make_beam_run(RunRequest request) {
  return std::make_unique<BeamRun>(std::move(request));
}

}  // namespace easydel::generation
