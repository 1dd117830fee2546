// Pre-tokenizers: cut a normalized text into the words that the model encodes ("pre_tokenizer").
//
//   PreTokenizer pre = read_pre_tokenizer(node, true);
//   pre.split({text, true}, [&](const Piece& word) { model.encode(word.text, pre.yields_bytes(), ...); });
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/thread_pool.h"
#include "text/json_node.h"

namespace easydel::text {

struct Piece {
  std::string_view text;  ///< valid during the call it is passed to
  bool first;             ///< starts where the whole input starts
};

using PieceSink = FunctionRef<void(const Piece&)>;

/// One step of a pre-tokenizer.
class SplitStep {
 public:
  virtual ~SplitStep() = default;
  /// Calls `sink` for each part of `piece`, from left to right.
  virtual void split(const Piece& piece, PieceSink sink) const = 0;
};

class PreTokenizer {
 public:
  PreTokenizer() = default;  ///< the text as one word
  PreTokenizer(std::vector<std::unique_ptr<SplitStep>> steps, bool yields_bytes)
      : steps_(std::move(steps)), yields_bytes_(yields_bytes) {}

  void split(const Piece& piece, PieceSink sink) const { split_from(0, piece, sink); }
  /// Words are raw bytes that stand for their byte-level spelling: the last step is ByteLevel and the model
  /// takes bytes, so the spelling itself need not be made.
  bool yields_bytes() const { return yields_bytes_; }

 private:
  void split_from(size_t step, const Piece& piece, PieceSink sink) const;
  std::vector<std::unique_ptr<SplitStep>> steps_;
  bool yields_bytes_ = false;
};

/// Reads the pre-tokenizer at `node`. Error(kUnsupported) for a type that is unknown.
PreTokenizer read_pre_tokenizer(const JsonNode& node, bool model_takes_bytes);

}  // namespace easydel::text
