#include "generation/sampling.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/threefry.h"
#include "easydel/error.h"

namespace easydel::generation {
namespace {

constexpr float kHidden = -std::numeric_limits<float>::infinity();

/// Greater logit first; of equal ones the smaller id.
bool is_before(const std::pair<float, int32_t>& a, const std::pair<float, int32_t>& b) {
  return a.first != b.first ? a.first > b.first : a.second < b.second;
}

/// Every token that would complete a run of `size` tokens which is in the text already; some come twice.
std::vector<int32_t> ends_of_repeated_ngrams(std::span<const int32_t> tokens, int64_t size) {
  std::vector<int32_t> ends;
  const auto prefix = static_cast<size_t>(size - 1);
  if (tokens.size() < prefix + 1) return ends;
  const std::span<const int32_t> last = tokens.last(prefix);
  for (size_t start = 0; start + prefix < tokens.size(); ++start)
    if (std::ranges::equal(tokens.subspan(start, prefix), last)) ends.push_back(tokens[start + prefix]);
  return ends;
}

}  // namespace

bool has_penalties(const GenerationConfig& config) {
  return config.repetition_penalty != 1.0 || config.presence_penalty != 0.0 ||
         config.frequency_penalty != 0.0;
}

bool holds_end_back(const GenerationConfig& config) {
  return !config.eos_token_id.empty() && (config.min_new_tokens.value_or(0) > 0 || config.min_length > 0);
}

std::vector<LogitEdit> logit_edits(const TokenHistory& history, const GenerationConfig& config) {
  std::unordered_map<int32_t, LogitEdit> edits;
  const auto hide = [&](int32_t id) {
    edits.try_emplace(id, LogitEdit{id}).first->second.subtracted = -kHidden;
  };
  if (has_penalties(config)) {
    const auto repetition = static_cast<float>(config.repetition_penalty);
    const auto presence = static_cast<float>(config.presence_penalty);
    const auto frequency = static_cast<float>(config.frequency_penalty);
    for (const auto& [id, count] : history.seen)
      edits.emplace(
          id, LogitEdit{id, repetition, count > 0 ? presence + frequency * static_cast<float>(count) : 0.0f});
  }
  if (config.no_repeat_ngram_size > 0)
    for (const int32_t id : ends_of_repeated_ngrams(history.tokens, config.no_repeat_ngram_size)) hide(id);
  if (history.new_tokens < config.min_new_tokens.value_or(0) ||
      static_cast<int64_t>(history.tokens.size()) < config.min_length)
    for (const int32_t id : config.eos_token_id) hide(id);
  std::vector<LogitEdit> list;
  list.reserve(edits.size());
  for (const auto& [id, edit] : edits) list.push_back(edit);
  return list;
}

void apply_edits(std::span<float> logits, std::span<const LogitEdit> edits) {
  for (const LogitEdit& edit : edits) {
    if (edit.id < 0 || static_cast<size_t>(edit.id) >= logits.size()) continue;
    float& logit = logits[static_cast<size_t>(edit.id)];
    logit = logit < 0 ? logit * edit.factor : logit / edit.factor;
    logit = edit.subtracted == -kHidden ? kHidden : logit - edit.subtracted;
  }
}

int32_t most_likely(std::span<const float> logits) {
  size_t best = 0;
  for (size_t i = 1; i < logits.size(); ++i)
    if (logits[i] > logits[best] || (std::isnan(logits[best]) && !std::isnan(logits[i]))) best = i;
  return static_cast<int32_t>(best);
}

double uniform(uint64_t seed, uint32_t row, uint32_t step) {
  const auto [high, low] =
      threefry2x32({static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)}, {row, step});
  return static_cast<double>((static_cast<uint64_t>(high) << 21) ^ (low >> 11)) * 0x1.0p-53;
}

void no_finite_logit() {
  throw Error(ErrorCode::kInvalidArgument, "sampling",
              "no token has a finite logit; the weights may be damaged, or the options exclude every token");
}

std::vector<Candidate> candidates(std::span<const float> logits, const GenerationConfig& config) {
  std::vector<std::pair<float, int32_t>> sorted;
  sorted.reserve(logits.size());
  for (size_t id = 0; id < logits.size(); ++id) {
    const float logit = logits[id] / static_cast<float>(config.temperature);
    if (!std::isnan(logit) && logit != kHidden) sorted.emplace_back(logit, static_cast<int32_t>(id));
  }
  if (sorted.empty()) no_finite_logit();
  const size_t kept =
      config.top_k > 0 ? std::min(sorted.size(), static_cast<size_t>(config.top_k)) : sorted.size();
  std::partial_sort(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(kept), sorted.end(),
                    is_before);
  // Tokens equal to the last one kept stay, as in Transformers.
  size_t end = kept;
  if (kept < sorted.size()) {
    const auto ties =
        std::partition(sorted.begin() + static_cast<std::ptrdiff_t>(kept), sorted.end(),
                       [&](const auto& entry) { return entry.first >= sorted[kept - 1].first; });
    end = static_cast<size_t>(ties - sorted.begin());
    std::sort(sorted.begin() + static_cast<std::ptrdiff_t>(kept), ties, is_before);
  }

  std::vector<Candidate> result;
  double sum = 0;
  for (size_t i = 0; i < end; ++i) {
    result.push_back({sorted[i].second, std::exp(static_cast<double>(sorted[i].first) - sorted[0].first)});
    sum += result.back().probability;
  }
  const auto normalize = [&] {
    for (Candidate& candidate : result) candidate.probability /= sum;
  };
  normalize();
  if (config.top_p < 1.0) {
    double before = 0;
    size_t count = 0;
    while (count < result.size() && (count == 0 || before < config.top_p))
      before += result[count++].probability;
    result.resize(count);
    sum = before;
    normalize();
  }
  if (config.min_p) {
    const double least = *config.min_p * result[0].probability;
    std::erase_if(result, [&](const Candidate& candidate) { return candidate.probability < least; });
    sum = 0;
    for (const Candidate& candidate : result) sum += candidate.probability;
    normalize();
  }
  return result;
}

int32_t draw(std::span<const float> logits, const GenerationConfig& config, double point) {
  const std::vector<Candidate> choices = candidates(logits, config);
  double cumulative = 0;
  for (const Candidate& choice : choices) {
    cumulative += choice.probability;
    if (point < cumulative) return choice.id;
  }
  return choices.back().id;
}

std::vector<int32_t> choose_tokens(HostTensor& logits, const GenerationConfig& config,
                                   const StepChoice& choice) {
  const auto vocab = static_cast<size_t>(logits.shape().dim(1));
  std::vector<int32_t> ids;
  for (size_t row = 0; row < choice.edits.size(); ++row) {
    const std::span<float> values = logits.mutable_data<float>().subspan(row * vocab, vocab);
    apply_edits(values, choice.edits[row]);
    ids.push_back(config.do_sample ? draw(values, config, choice.points[row]) : most_likely(values));
  }
  return ids;
}

}  // namespace easydel::generation
