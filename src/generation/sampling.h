// Sampling: from the edited logits of a row to a token, with Hugging Face's warpers in their order.
//
//   int32_t next = config.do_sample ? draw(logits, config, uniform(seed, row, step)) : most_likely(logits);
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "easydel/generation_config.h"
#include "generation/processors.h"

namespace easydel::generation {

/// What the next tokens depend on beside the logits and the configuration, one entry per row.
struct StepChoice {
  std::vector<RowEdits> rows;
  std::vector<double> points;  ///< of [0, 1), for sampling one token per row
};

/// The first greatest logit; NaN never wins.
int32_t most_likely(std::span<const float> logits);

/// A number in [0, 1) that depends on nothing but its arguments (Threefry-2x32).
double uniform(uint64_t seed, uint32_t row, uint32_t step);

/// Error(kInvalidArgument): nothing is left to draw from.
[[noreturn]] void no_finite_logit();

struct Candidate {
  int32_t id = 0;
  float logit = 0;  ///< divided by the temperature
  double probability = 0;
};

/// What is left to draw from after temperature, top-h, top-k, top-p, min-p, typical-p, epsilon and eta cutoff, in this
/// order, by falling probability; `least` tokens stay at all events. Probabilities sum to 1. Throws no_finite_logit()
/// when there is none. Nucleus sampling: Holtzman et al. 2020, arXiv:1904.09751; min-p: arXiv:2407.01082.
std::vector<Candidate> candidates(std::span<const float> logits, const GenerationConfig& config,
                                  size_t least = 1);

/// The candidate at `point` of [0, 1) in the cumulative distribution.
int32_t draw(std::span<const float> logits, const GenerationConfig& config, double point);

}  // namespace easydel::generation
