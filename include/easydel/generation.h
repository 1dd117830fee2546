// Generation: continuing prompts token by token.
//
//   for (const TokenStep& step : model->stream(tokenizer.encode("ROMEO:\n"), {.max_new_tokens = 64}, &tokenizer))
//     std::cout << step.text << std::flush;
//
//   std::vector<GeneratedText> rows = model->generate(prompts, config, &tokenizer);   // unequal lengths are fine
#pragma once

#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "easydel/generation_config.h"
#include "easydel/tokenizer.h"

namespace easydel {

/// One new token of one row.
struct TokenStep {
  int64_t row = 0;
  int32_t id = 0;
  std::string text;  ///< whole characters that the token completes; empty without a tokenizer
};

enum class FinishReason { kLength, kStop };
/// "length" or "stop".
std::string_view to_string(FinishReason reason);

struct GeneratedText {
  std::vector<int32_t> ids;  ///< new tokens, an ending end-of-text token included
  std::string text;          ///< their text; empty without a tokenizer
  FinishReason finish_reason = FinishReason::kLength;
  /// Of a beam search: the text's log-probability divided by its length to the power of length_penalty.
  std::optional<double> score;
};

/// Wall time of the parts of a generation, in seconds.
struct GenerationTimings {
  double prefill_s = 0;
  double decode_s = 0;
};

namespace generation {
class Decoder;
class Run;
}  // namespace generation

/// A running generation: a batch of prompts that grows by one token per row and step. With num_return_sequences above 1
/// each prompt has so many rows, one behind the other. A beam search (num_beams above 1) settles its rows at the end.
class Generation {
 public:
  /// `decoder` and `tokenizer` (which may be null) must outlive the generation. Throws Error(kInvalidArgument) for an
  /// empty prompt, an id outside the vocabulary, options out of range, or stop strings without a tokenizer.
  Generation(generation::Decoder& decoder, std::vector<std::vector<int32_t>> prompts,
             const GenerationConfig& config, const Tokenizer* tokenizer = nullptr);
  ~Generation();
  Generation(Generation&&) noexcept;
  Generation& operator=(Generation&&) noexcept;

  /// Adds one token to every row that has not ended; the steps are valid until the next call. The last step of a beam
  /// search has all tokens of all rows, those before none. False when all rows have ended before.
  bool advance();
  const std::vector<TokenStep>& steps() const;
  /// Ends all rows now; a beam search with the best that it has.
  void stop();
  const std::vector<GeneratedText>& rows() const;
  const GenerationTimings& timings() const;

 private:
  std::unique_ptr<generation::Run> run_;
};

/// A generation of one row, without a beam search, as a range of tokens.
class TokenStream {
 public:
  explicit TokenStream(Generation generation) : generation_(std::move(generation)) {}

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = TokenStep;
    using difference_type = std::ptrdiff_t;
    using pointer = const TokenStep*;
    using reference = const TokenStep&;

    Iterator() = default;
    explicit Iterator(Generation* generation) : generation_(generation) { ++*this; }
    reference operator*() const { return generation_->steps().front(); }
    pointer operator->() const { return &**this; }
    Iterator& operator++() {
      if (!generation_->advance()) generation_ = nullptr;
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.generation_ == b.generation_; }

   private:
    Generation* generation_ = nullptr;
  };

  Iterator begin() { return Iterator(&generation_); }
  Iterator end() const { return {}; }
  const Generation& generation() const { return generation_; }

 private:
  Generation generation_;
};

}  // namespace easydel
