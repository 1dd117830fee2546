// Pattern: what a Split pre-tokenizer or a Replace step looks for; a literal, a regular expression or a
// class.
//
//   Pattern pattern = Pattern::regex(R"(\p{N}{1,3})", "pre_tokenizer.pattern");
//   pattern.split(text, SplitBehavior::kIsolated, false, [&](size_t begin, size_t end) { ... });
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/thread_pool.h"
#include "text/json_node.h"
#include "text/scanners.h"

namespace easydel::text {

/// What becomes of a match: dropped, a piece of its own, joined to a neighbour, or joined to matches beside
/// it.
enum class SplitBehavior { kRemoved, kIsolated, kMergedWithPrevious, kMergedWithNext, kContiguous };

using RangeSink = FunctionRef<void(size_t begin, size_t end)>;

class Pattern {
 public:
  static Pattern literal(std::string text);
  /// Oniguruma's syntax, as the `tokenizers` package takes it. Patterns that have a scanner use it; others
  /// run on PCRE2 with Unicode properties. Error(kUnsupported) naming `where` for syntax that PCRE2 lacks.
  static Pattern regex(const std::string& expression, std::string_view where);
  /// One character with any of the unicode:: class bits.
  static Pattern character(uint16_t class_bits);

  /// Calls `found` for each match from left to right. `text` is valid UTF-8.
  void find(std::string_view text, RangeSink found) const;
  /// Calls `piece` for each piece that splitting at the matches gives, empty ones left out.
  void split(std::string_view text, SplitBehavior behavior, bool invert, RangeSink piece) const;
  /// `text` with every match replaced.
  std::string replace(std::string_view text, std::string_view content) const;
  /// At most how many times as long replace() makes a text.
  double growth(std::string_view content) const;

 private:
  enum class Kind { kLiteral, kCharacter, kScanner, kRegex };
  Kind kind_ = Kind::kLiteral;
  std::string literal_;
  uint16_t class_bits_ = 0;
  Scanner scanner_ = nullptr;
  std::shared_ptr<const class Regex> regex_;
};

/// Reads {"String": ".."} or {"Regex": ".."}.
Pattern read_pattern(const JsonNode& node);
/// Reads "Removed", "Isolated", "MergedWithPrevious", "MergedWithNext" or "Contiguous".
SplitBehavior read_behavior(const JsonNode& node);

}  // namespace easydel::text
