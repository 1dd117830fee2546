// Decoders: vocabulary tokens back to text ("decoder"), one token at a time.
//
//   std::string text;
//   auto chain = spec.start([&](std::string_view part) { text += part; });
//   for (std::string_view token : tokens) chain->token(token);
//   chain->finish();
//
// A decoder of the package maps a list of tokens to a list of strings, which are joined at the end. Here each
// is a stage that passes on text as soon as later tokens can no longer change it; decoding at once and
// decoding as a stream are the same code.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "text/json_node.h"

namespace easydel::text {

/// Takes tokens in chunks. Chunks end at character boundaries.
class DecodeStage {
 public:
  virtual ~DecodeStage() = default;
  /// Part of a token; `ends` with the last part.
  virtual void chunk(std::string_view text, bool ends) = 0;
  /// No token follows: gives out what was held back, then resets itself and the stages behind it.
  virtual void finish() = 0;
  void token(std::string_view text) { chunk(text, true); }
};

/// What a decoder is made of; makes one chain of stages per text.
class Decoder {
 public:
  using Output = std::function<void(std::string_view)>;
  using MakeStage = std::function<std::unique_ptr<DecodeStage>(std::unique_ptr<DecodeStage> next)>;

  explicit Decoder(std::vector<MakeStage> stages) : stages_(std::move(stages)) {}
  /// `clean_up` adds Transformers' clean_up_tokenization behind the decoder.
  std::unique_ptr<DecodeStage> start(Output output, bool clean_up = false) const;

 private:
  std::vector<MakeStage> stages_;
};

/// Reads the decoder at `node`. Error(kUnsupported) for a type that is unknown.
Decoder read_decoder(const JsonNode& node);
/// What the package does without a decoder: tokens joined by spaces.
Decoder space_decoder();

}  // namespace easydel::text
