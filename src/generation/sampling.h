// Sampling: from one row of logits to one token, with Hugging Face's processors in their order.
//
//   TokenHistory history(prompt);
//   process_logits(logits, history, config, config.eos_token_id);
//   int32_t id = config.do_sample ? draw(logits, config, random) : argmax(logits);
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "easydel/generation_config.h"

namespace easydel::generation {

/// The tokens of one row so far, padding left out.
struct TokenHistory {
  explicit TokenHistory(std::span<const int32_t> prompt) : tokens(prompt.begin(), prompt.end()) {
    for (const int32_t id : prompt) seen.try_emplace(id, 0);
  }
  void add(int32_t id) {
    tokens.push_back(id);
    ++seen[id];
    ++new_tokens;
  }
  std::vector<int32_t> tokens;                ///< prompt and generated
  std::unordered_map<int32_t, int64_t> seen;  ///< each token, and how often it was generated (not prompted)
  int64_t new_tokens = 0;
};

/// Changes logits by repetition, presence and frequency penalties, hides tokens that would repeat an n-gram, and holds
/// back end-of-text tokens until min_new_tokens and min_length.
void process_logits(std::span<float> logits, const TokenHistory& history, const GenerationConfig& config);

/// The first greatest logit; NaN never wins.
int32_t most_likely(std::span<const float> logits);

/// A number in [0, 1) that depends on nothing but its arguments (Threefry-2x32).
double uniform(uint64_t seed, uint32_t row, uint32_t step);

/// Applies temperature, top-k, top-p and min-p (in this order), and picks the token at `point` of [0, 1) in the
/// cumulative distribution. Nucleus sampling: Holtzman et al. 2020, arXiv:1904.09751; min-p: arXiv:2407.01082.
int32_t draw(std::span<const float> logits, const GenerationConfig& config, double point);

/// The probabilities that draw() uses, by falling probability.
struct Candidate {
  int32_t id = 0;
  double probability = 0;
};
std::vector<Candidate> candidates(std::span<const float> logits, const GenerationConfig& config);

}  // namespace easydel::generation
