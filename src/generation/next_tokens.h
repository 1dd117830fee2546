// NextTokens: what one step of a batch gives: a token per row or, for a beam search, the tokens that may follow each row.
//
//   NextTokens next = next_tokens(logits, config, choice);   // logits: f32 [batch, vocab]
//   next[row].front().id
#pragma once

#include <cstdint>
#include <vector>

#include "easydel/generation_config.h"
#include "easydel/host_tensor.h"
#include "generation/sampling.h"

namespace easydel::generation {

struct ScoredToken {
  int32_t id = 0;
  float score = 0;  ///< of a beam search: the log-probability after processors and warpers
};

/// By row: the token that was chosen, or the beam_candidates() likeliest, best first. A beam search that samples gets
/// all that are left to draw from.
using NextTokens = std::vector<std::vector<ScoredToken>>;

/// Tokens per row among which a beam search finds num_beams that do not end the text.
int64_t beam_candidates(const GenerationConfig& config);

/// For logits f32 [batch, vocab], which are edited in place.
NextTokens next_tokens(HostTensor& logits, const GenerationConfig& config, const StepChoice& choice);

/// The same for a row that is forced, whose logits do not count.
std::vector<ScoredToken> forced_tokens(const RowEdits& row, const GenerationConfig& config, double point,
                                       int64_t vocab_size);

}  // namespace easydel::generation
