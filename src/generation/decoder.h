// Decoder: what generation needs from a model; tests put a fake in its place.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "easydel/generation_config.h"
#include "generation/next_tokens.h"

namespace easydel::generation {

/// A batch whose cache grows with each call.
class Session {
 public:
  virtual ~Session() = default;
  /// Feeds the prompts, left-padded to one length, and gives what comes next. Once, before feed().
  virtual NextTokens feed_prompts(std::span<const std::vector<int32_t>> prompts,
                                  const StepChoice& choice) = 0;
  /// Feeds one token per row.
  virtual NextTokens feed(std::span<const int32_t> ids, const StepChoice& choice) = 0;
  /// Makes row i what rows[i] was; a row may come several times or not at all, so that their number may change.
  virtual void reorder(std::span<const int32_t> rows) = 0;
};

/// Tokens that a generation adds at most to a prompt of that length.
inline int64_t new_tokens(const GenerationConfig& config, int64_t prompt_length) {
  return config.max_new_tokens.value_or(std::max<int64_t>(config.max_length - prompt_length, 0));
}

class Decoder {
 public:
  virtual ~Decoder() = default;
  virtual int64_t vocab_size() const = 0;
  /// Positions that the model knows.
  virtual int64_t max_positions() const = 0;
  /// What the text that is continued begins with: the prompt or, where an encoder reads that, a start token.
  virtual std::vector<int32_t> text_start(std::span<const int32_t> prompt) const {
    return {prompt.begin(), prompt.end()};
  }
  /// A session of `batch` rows that can hold `capacity` positions and chooses tokens by `config`, or ranks them where
  /// num_beams is above 1.
  virtual std::unique_ptr<Session> start(int64_t batch, int64_t capacity, const GenerationConfig& config) = 0;
};

}  // namespace easydel::generation
