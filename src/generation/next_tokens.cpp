#include "generation/next_tokens.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace easydel::generation {
namespace {

/// NaN counts as a token that never comes.
void log_softmax(std::span<float> logits) {
  for (float& logit : logits) logit = std::isnan(logit) ? kHiddenLogit : logit;
  const float greatest = std::ranges::max(logits);
  double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - greatest);
  const double subtracted = greatest + std::log(sum);
  for (float& logit : logits) logit = static_cast<float>(logit - subtracted);
}

/// Tokens by falling score, `count` of them.
std::vector<ScoredToken> best_of(std::span<const float> scores, int64_t count) {
  std::vector<int32_t> ids(scores.size());
  std::iota(ids.begin(), ids.end(), 0);
  const auto last = ids.begin() + std::min(count, std::ssize(ids));
  const auto is_before = [&](int32_t a, int32_t b) {
    const float left = scores[static_cast<size_t>(a)], right = scores[static_cast<size_t>(b)];
    return left != right ? left > right : a < b;
  };
  std::partial_sort(ids.begin(), last, ids.end(), is_before);
  std::vector<ScoredToken> best;
  for (auto id = ids.begin(); id != last; ++id) best.push_back({*id, scores[static_cast<size_t>(*id)]});
  return best;
}

/// Of edited log-probabilities.
std::vector<ScoredToken> ranked(std::span<float> scores, const GenerationConfig& config) {
  if (!config.do_sample) {
    if (config.renormalize_logits) log_softmax(scores);
    return best_of(scores, beam_candidates(config));
  }
  // One more than the tokens that end a text, so that some text can go on.
  const size_t least = config.eos_token_id.empty() ? 2 : config.eos_token_id.size() + 1;
  std::vector<ScoredToken> left;
  for (const Candidate& candidate : candidates(scores, config, least))
    left.push_back({candidate.id, config.renormalize_logits
                                      ? static_cast<float>(std::log(candidate.probability))
                                      : candidate.logit});
  return left;
}

/// Of edited logits, or for a beam search of log-probabilities.
std::vector<ScoredToken> chosen(std::span<float> values, const GenerationConfig& config, double point) {
  if (config.num_beams > 1) return ranked(values, config);
  return {{config.do_sample ? draw(values, config, point) : most_likely(values)}};
}

}  // namespace

int64_t beam_candidates(const GenerationConfig& config) {
  return std::max<int64_t>(2, 1 + std::ssize(config.eos_token_id)) * config.num_beams;
}

NextTokens next_tokens(HostTensor& logits, const GenerationConfig& config, const StepChoice& choice) {
  const auto vocab = static_cast<size_t>(logits.shape().dim(1));
  NextTokens next;
  for (size_t row = 0; row < choice.rows.size(); ++row) {
    const std::span<float> values = logits.mutable_data<float>().subspan(row * vocab, vocab);
    if (config.remove_invalid_values) remove_invalid(values);
    if (config.num_beams > 1) log_softmax(values);
    apply_edits(values, choice.rows[row]);
    next.push_back(chosen(values, config, choice.points[row]));
  }
  return next;
}

std::vector<ScoredToken> forced_tokens(const RowEdits& row, const GenerationConfig& config, double point,
                                       int64_t vocab_size) {
  std::vector<float> values(static_cast<size_t>(vocab_size));
  apply_edits(values, row);
  return chosen(values, config, point);
}

}  // namespace easydel::generation
