#include "generation/beam_search.h"

#include <algorithm>
#include <cmath>

namespace easydel::generation {
namespace {

// Transformers' number for what must not be chosen unless there is nothing else; sums with it are in f32, as there.
constexpr float kUnwanted = -1e9f;

}  // namespace

BeamSearch::BeamSearch(const TokenHistory& start, const GenerationConfig& config, int64_t max_new_tokens,
                       StopCheck stops)
    : config_(config), max_new_tokens_(max_new_tokens), stops_(std::move(stops)) {
  // Beams that are alike would find the same tokens: only the first counts at the start.
  for (int64_t beam = 0; beam < config.num_beams; ++beam)
    beams_.push_back({start, beam == 0 ? 0.0f : kUnwanted});
}

void BeamSearch::advance(std::span<const std::vector<ScoredToken>> next,
                         const std::function<double(int64_t)>& uniform, bool is_last) {
  std::vector<Continuation> best = continuations(next, uniform);
  if (best.empty() || best.front().score == kHiddenLogit) {
    if (finished_.empty()) no_finite_logit();
    is_done_ = true;
    return;
  }
  for (Continuation& continuation : best) {
    const auto& eos = config_.eos_token_id;
    continuation.stops =
        std::ranges::find(eos, continuation.id) != eos.end() || (stops_ && stops_(text_of(continuation)));
    const int64_t length = beams_[continuation.beam].history.new_tokens + 1;
    continuation.ends = continuation.stops || is_last || length >= max_new_tokens_;
  }
  keep_finished(best);
  const bool all_end = std::ranges::all_of(best, &Continuation::ends);
  go_on(std::move(best));
  const bool is_full = std::ssize(finished_) == config_.num_beams;
  is_done_ = all_end || !can_improve() || (is_full && config_.early_stopping == EarlyStopping::kYes);
}

std::vector<BeamSearch::Hypothesis> BeamSearch::best(int64_t count) const {
  std::vector<Hypothesis> texts = finished_;
  for (const Beam& beam : beams_) {
    const std::span<const int32_t> ids = beam.history.generated();
    texts.push_back({{ids.begin(), ids.end()}, penalized(beam.score, beam.history.new_tokens)});
  }
  texts.resize(static_cast<size_t>(count));
  return texts;
}

std::vector<BeamSearch::Continuation> BeamSearch::continuations(
    std::span<const std::vector<ScoredToken>> next, const std::function<double(int64_t)>& uniform) const {
  std::vector<Continuation> all;
  for (size_t beam = 0; beam < beams_.size(); ++beam)
    for (const ScoredToken& token : next[beam])
      all.push_back({beam, token.id, beams_[beam].score + token.score});
  if (config_.do_sample) return drawn(std::move(all), uniform);
  std::ranges::stable_sort(all, std::greater(), &Continuation::score);
  all.resize(std::min(all.size(), static_cast<size_t>(beam_candidates(config_))));
  return all;
}

/// Draws without replacement, each by its share of what is left, as torch.multinomial does.
std::vector<BeamSearch::Continuation> BeamSearch::drawn(std::vector<Continuation> all,
                                                        const std::function<double(int64_t)>& uniform) const {
  const size_t count = std::min(all.size(), static_cast<size_t>(beam_candidates(config_)));
  std::ranges::stable_sort(all, std::greater(), &Continuation::score);
  std::vector<double> weights;
  double left = 0;
  for (const Continuation& continuation : all) {
    weights.push_back(std::exp(static_cast<double>(continuation.score) - all.front().score));
    left += weights.back();
  }
  std::vector<Continuation> result;
  for (size_t draw = 0; draw < count; ++draw) {
    double point = uniform(static_cast<int64_t>(draw)) * left;
    // Where rounding leaves nothing at the point, the best that is left.
    size_t chosen = 0;
    while (chosen < weights.size() && (weights[chosen] == 0 || point >= weights[chosen]))
      point -= weights[chosen++];
    if (chosen == weights.size())
      chosen = static_cast<size_t>(std::ranges::max_element(weights) - weights.begin());
    if (weights[chosen] == 0) break;
    result.push_back(all[chosen]);
    left -= weights[chosen];
    weights[chosen] = 0;
  }
  return result;
}

std::vector<int32_t> BeamSearch::text_of(const Continuation& continuation) const {
  const std::span<const int32_t> ids = beams_[continuation.beam].history.generated();
  std::vector<int32_t> text(ids.begin(), ids.end());
  text.push_back(continuation.id);
  return text;
}

float BeamSearch::penalized(float score, int64_t length) const {
  return score / static_cast<float>(std::pow(static_cast<double>(length), config_.length_penalty));
}

/// Only the num_beams best may end: the others are there so that enough texts can go on.
void BeamSearch::keep_finished(std::span<const Continuation> best) {
  const auto beams = static_cast<size_t>(config_.num_beams);
  for (const Continuation& continuation : best.first(std::min(beams, best.size()))) {
    if (!continuation.ends) continue;
    std::vector<int32_t> ids = text_of(continuation);
    const float score = penalized(continuation.score, std::ssize(ids));
    finished_.push_back(
        {std::move(ids), score, continuation.stops ? FinishReason::kStop : FinishReason::kLength});
  }
  std::ranges::stable_sort(finished_, std::greater(), &Hypothesis::score);
  if (finished_.size() > beams) finished_.resize(beams);
}

void BeamSearch::go_on(std::vector<Continuation> best) {
  for (Continuation& continuation : best)
    if (continuation.ends) continuation.score += kUnwanted;
  std::ranges::stable_sort(best, std::greater(), &Continuation::score);
  while (best.size() < beams_.size()) {
    best.push_back(best.back());
    best.back().score = kHiddenLogit;
  }
  std::vector<Beam> beams;
  for (size_t beam = 0; beam < beams_.size(); ++beam) {
    beams.push_back({beams_[best[beam].beam].history, best[beam].score, best[beam].beam});
    beams.back().history.add(best[beam].id);
  }
  beams_ = std::move(beams);
}

/// Whether the best beam could still end with a score above the worst of those that ended.
bool BeamSearch::can_improve() const {
  const bool is_longest_best =
      config_.early_stopping == EarlyStopping::kNever && config_.length_penalty > 0.0;
  const int64_t length = is_longest_best ? max_new_tokens_ : beams_.front().history.new_tokens;
  const bool is_full = std::ssize(finished_) == config_.num_beams;
  return penalized(beams_.front().score, length) > (is_full ? finished_.back().score : kUnwanted);
}

}  // namespace easydel::generation
