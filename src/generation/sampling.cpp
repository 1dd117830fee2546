#include "generation/sampling.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/threefry.h"
#include "easydel/error.h"

namespace easydel::generation {
namespace {

/// The candidates of one row, by falling logit. Every warper leaves `least` of them and probabilities that sum to 1.
class Candidates {
 public:
  Candidates(std::span<const float> logits, double temperature, size_t least) : least_(least) {
    list_.reserve(logits.size());
    for (size_t id = 0; id < logits.size(); ++id) {
      const float logit = logits[id] / static_cast<float>(temperature);
      if (!std::isnan(logit) && logit != kHiddenLogit)
        list_.push_back({.id = static_cast<int32_t>(id), .logit = logit});
    }
    if (list_.empty()) no_finite_logit();
  }

  /// Tokens equal to the last one kept stay, as in Transformers.
  void keep_top_k(int64_t k) {
    const size_t kept =
        k > 0 ? std::min(list_.size(), std::max(static_cast<size_t>(k), least_)) : list_.size();
    const auto last = list_.begin() + static_cast<std::ptrdiff_t>(kept);
    std::partial_sort(list_.begin(), last, list_.end(), is_before);
    if (kept < list_.size()) {
      const float bound = list_[kept - 1].logit;
      const auto ties = std::partition(last, list_.end(),
                                       [&](const Candidate& candidate) { return candidate.logit >= bound; });
      std::sort(last, ties, is_before);
      list_.erase(ties, list_.end());
    }
    normalize();
  }

  /// Of the 100 likeliest, as many as hold that share of their entropy.
  void keep_top_h(double share) {
    constexpr size_t kConsidered = 100;
    const size_t count = std::min(kConsidered, list_.size());
    std::partial_sort(list_.begin(), list_.begin() + static_cast<std::ptrdiff_t>(count), list_.end(),
                      is_before);
    list_.resize(count);
    normalize();
    const double bound = entropy() * share;
    double sum = surprise(list_[0]) * list_[0].probability;
    size_t kept = 1;
    while (kept < count) {
      sum += surprise(list_[kept]) * list_[kept].probability;
      if (sum > bound) break;
      ++kept;
    }
    list_.resize(kept);
    normalize();
  }

  void keep_top_p(double p) {
    double before = 0;
    size_t count = 0;
    while (count < list_.size() && (count < least_ || before < p)) before += list_[count++].probability;
    list_.resize(count);
    normalize();
  }

  void keep_probable(double bound) {
    size_t count = 0;
    while (count < list_.size() && (count < least_ || list_[count].probability >= bound)) ++count;
    list_.resize(count);
    normalize();
  }

  void keep_typical(double mass) {
    const double expected = entropy();
    const auto distance = [&](const Candidate& candidate) {
      return std::abs(surprise(candidate) - expected);
    };
    std::ranges::stable_sort(list_, {}, distance);
    double sum = 0;
    size_t last = 0;
    for (; last + 1 < list_.size(); ++last) {
      sum += list_[last].probability;
      if (sum >= mass) break;
    }
    const double bound = distance(list_[last]);
    size_t kept = std::min(least_, list_.size());
    while (kept < list_.size() && distance(list_[kept]) <= bound) ++kept;
    list_.resize(kept);
    std::ranges::sort(list_, is_before);
    normalize();
  }

  double greatest() const { return list_.front().probability; }
  double entropy() const {
    double sum = 0;
    for (const Candidate& candidate : list_) sum += surprise(candidate) * candidate.probability;
    return sum;
  }
  std::vector<Candidate> take() { return std::move(list_); }

 private:
  /// Greater logit first; of equal ones the smaller id.
  static bool is_before(const Candidate& a, const Candidate& b) {
    return a.logit != b.logit ? a.logit > b.logit : a.id < b.id;
  }
  /// In nats; finite, so that an impossible token adds nothing to an entropy.
  static double surprise(const Candidate& candidate) {
    return -std::log(std::max(candidate.probability, std::numeric_limits<double>::min()));
  }
  void normalize() {
    double sum = 0;
    for (Candidate& candidate : list_) {
      candidate.probability = std::exp(static_cast<double>(candidate.logit) - list_[0].logit);
      sum += candidate.probability;
    }
    for (Candidate& candidate : list_) candidate.probability /= sum;
  }

  std::vector<Candidate> list_;
  size_t least_;
};

}  // namespace

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

std::vector<Candidate> candidates(std::span<const float> logits, const GenerationConfig& config,
                                  size_t least) {
  Candidates left(logits, config.temperature, least);
  if (config.top_h) left.keep_top_h(*config.top_h);
  left.keep_top_k(config.top_k);
  if (config.top_p < 1.0) left.keep_top_p(config.top_p);
  if (config.min_p) left.keep_probable(*config.min_p * left.greatest());
  if (config.typical_p < 1.0) left.keep_typical(config.typical_p);
  if (config.epsilon_cutoff > 0.0) left.keep_probable(config.epsilon_cutoff);
  if (config.eta_cutoff > 0.0)
    left.keep_probable(std::min(config.eta_cutoff, std::sqrt(config.eta_cutoff) * std::exp(-left.entropy())));
  return left.take();
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

}  // namespace easydel::generation
