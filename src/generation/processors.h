// Processors: what a text so far does to the logits of its next token, as Hugging Face's logits processors have it.
//
//   TokenHistory history(prompt);
//   const RowEdits edits = row_edits(history, config, max_new_tokens);
//   apply_edits(logits, edits);   // one row, f32 [vocab]
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <unordered_map>
#include <vector>

#include "easydel/generation_config.h"

namespace easydel::generation {

/// The logit of a token that must not come.
inline constexpr float kHiddenLogit = -std::numeric_limits<float>::infinity();

/// The tokens of one row so far, padding left out.
struct TokenHistory {
  explicit TokenHistory(std::span<const int32_t> prompt) : TokenHistory(prompt, prompt) {}
  /// Of an encoder-decoder, whose text begins with `start`.
  TokenHistory(std::span<const int32_t> start, std::span<const int32_t> prompt)
      : tokens(start.begin(), start.end()), source(prompt.begin(), prompt.end()) {
    for (const int32_t id : start) seen.try_emplace(id, 0);
  }
  void add(int32_t id) {
    tokens.push_back(id);
    ++seen[id];
    ++new_tokens;
  }
  std::span<const int32_t> generated() const {
    return std::span(tokens).last(static_cast<size_t>(new_tokens));
  }
  std::vector<int32_t> tokens;                ///< start and generated
  std::vector<int32_t> source;                ///< what the encoder's penalties speak of: the prompt
  std::unordered_map<int32_t, int64_t> seen;  ///< each of `tokens`, and how often it was generated
  int64_t new_tokens = 0;
};

/// What happens to the logit x of one token, in this order: x + added; x * factor below 0, else x / factor;
/// x - subtracted, whose infinity hides the token; x + |x| * growth.
struct LogitEdit {
  int32_t id = 0;
  float added = 0;
  float factor = 1;
  float subtracted = 0;
  float growth = 0;
};

struct RowEdits {
  std::vector<LogitEdit> edits;  ///< one entry per token, in no order; none where nothing applies
  std::vector<int32_t> forced;   ///< not empty: one of these is next, whatever the logits say
};

/// For the next token of a row that gets `max_new_tokens` in all. Transformers' order: biases, repetition, presence and
/// frequency, repeated n-grams, bad words, minimal lengths, forced tokens, decay of length, suppressed tokens.
RowEdits row_edits(const TokenHistory& history, const GenerationConfig& config, int64_t max_new_tokens);

/// The most edits that row_edits() makes for texts of up to `text_length` tokens.
int64_t most_edits(const GenerationConfig& config, int64_t text_length, int64_t vocab_size);

/// Edits a row of logits or, for a beam search, of log-probabilities.
void apply_edits(std::span<float> logits, const RowEdits& edits);

/// Stands in for NaN and infinities as GenerationConfig::remove_invalid_values asks, before all edits.
void remove_invalid(std::span<float> logits);

}  // namespace easydel::generation
