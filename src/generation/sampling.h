// Sampling: from logits to tokens, with Hugging Face's processors in their order.
//
//   TokenHistory history(prompt);
//   StepChoice choice{.edits = {logit_edits(history, config)}, .points = {uniform(seed, row, step)}};
//   std::vector<int32_t> next = choose_tokens(logits, config, choice);   // logits: f32 [batch, vocab]
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "easydel/generation_config.h"
#include "easydel/host_tensor.h"

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

/// What a row's history does to the logit of one token: `logit < 0 ? logit * factor : logit / factor`, then minus
/// `subtracted`, whose infinity hides the token.
struct LogitEdit {
  int32_t id = 0;
  float factor = 1;
  float subtracted = 0;
};

/// Whether repetition, presence or frequency counts.
bool has_penalties(const GenerationConfig& config);
/// Whether end-of-text tokens are held back at first.
bool holds_end_back(const GenerationConfig& config);

/// Repetition, presence and frequency penalties, tokens hidden because they would repeat an n-gram, and end-of-text
/// tokens held back until min_new_tokens and min_length. One entry per token, in no order; none where nothing applies.
std::vector<LogitEdit> logit_edits(const TokenHistory& history, const GenerationConfig& config);
void apply_edits(std::span<float> logits, std::span<const LogitEdit> edits);

/// What the next tokens depend on beside the logits and the configuration, one entry per row.
struct StepChoice {
  std::vector<std::vector<LogitEdit>> edits;
  std::vector<double> points;  ///< of [0, 1), for sampling
};

/// The first greatest logit; NaN never wins.
int32_t most_likely(std::span<const float> logits);

/// A number in [0, 1) that depends on nothing but its arguments (Threefry-2x32).
double uniform(uint64_t seed, uint32_t row, uint32_t step);

/// Applies temperature, top-k, top-p and min-p (in this order), and picks the token at `point` of [0, 1) in the
/// cumulative distribution. Nucleus sampling: Holtzman et al. 2020, arXiv:1904.09751; min-p: arXiv:2407.01082.
int32_t draw(std::span<const float> logits, const GenerationConfig& config, double point);

/// Error(kInvalidArgument): nothing is left to draw from.
[[noreturn]] void no_finite_logit();

/// The probabilities that draw() uses, by falling probability.
struct Candidate {
  int32_t id = 0;
  double probability = 0;
};
/// Throws no_finite_logit() when there is none.
std::vector<Candidate> candidates(std::span<const float> logits, const GenerationConfig& config);

/// The next token of each row of `logits`, f32 [batch, vocab], whose edits are applied in place.
std::vector<int32_t> choose_tokens(HostTensor& logits, const GenerationConfig& config,
                                   const StepChoice& choice);

}  // namespace easydel::generation
