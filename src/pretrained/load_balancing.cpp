#include "pretrained/load_balancing.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace easydel {
namespace {

/// The softmax of one token's logits.
std::vector<double> probabilities(std::span<const float> logits) {
  const float greatest = std::ranges::max(logits);
  std::vector<double> result;
  for (const float logit : logits) result.push_back(std::exp(static_cast<double>(logit - greatest)));
  const double sum = std::accumulate(result.begin(), result.end(), 0.0);
  for (double& probability : result) probability /= sum;
  return result;
}

/// Whether an expert is among so many of the greatest; of equal ones the first is. Counts rather than sorts, which NaN
/// would break.
bool is_chosen(std::span<const double> probabilities, size_t expert, int64_t choices) {
  int64_t before = 0;
  for (size_t other = 0; other < probabilities.size(); ++other)
    if (probabilities[other] > probabilities[expert] ||
        (probabilities[other] == probabilities[expert] && other < expert))
      ++before;
  return before < choices;
}

}  // namespace

HostTensor load_balancing_loss(std::span<const HostTensor> router_logits, int64_t choices,
                               const HostTensor& mask) {
  const auto experts = static_cast<size_t>(router_logits.front().shape().dim(1));
  std::vector<double> choice_counts(experts), probability_sums(experts);
  double tokens = 0;
  for (const HostTensor& layer : router_logits) {
    for (size_t token = 0; token < static_cast<size_t>(layer.shape().dim(0)); ++token) {
      if (!mask.empty() && mask.data<int32_t>()[token] == 0) continue;
      const std::span<const float> logits = layer.data<float>().subspan(token * experts, experts);
      const std::vector<double> of_token = probabilities(logits);
      for (size_t expert = 0; expert < experts; ++expert) {
        probability_sums[expert] += of_token[expert];
        if (is_chosen(of_token, expert, choices)) choice_counts[expert] += 1;
      }
      tokens += 1;
    }
  }
  const double products =
      std::inner_product(choice_counts.begin(), choice_counts.end(), probability_sums.begin(), 0.0);
  return HostTensor::from<float>(
      {}, {static_cast<float>(static_cast<double>(experts) * products / tokens / tokens)});
}

}  // namespace easydel
