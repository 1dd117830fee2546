// Added tokens: strings that stand for one id wherever they occur, found before the model sees the text.
//
//   AddedVocabulary added;
//   added.add({{.content = "<|end|>", .special = true}}, model, normalizer);
//   added.split(text, AddedVocabulary::kVerbatim, [&](std::string_view part, int32_t id) { ... });  // id -1:
//   text
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/thread_pool.h"
#include "text/normalizer.h"
#include "text/trie.h"
#include "text/vocabulary.h"

namespace easydel::text {

struct AddedToken {
  std::string content;
  bool single_word = false;  ///< not beside a word character
  bool lstrip = false;       ///< takes the white space before it
  bool rstrip = false;       ///< takes the white space behind it
  bool normalized = false;   ///< looked for in the normalized text, in its normalized form
  bool special = false;      ///< left out by skip_special_tokens
  bool operator==(const AddedToken&) const = default;
};

class AddedVocabulary {
 public:
  enum Pass { kVerbatim, kNormalized };

  /// Adds tokens as the package does: one that the model or an earlier call knows keeps its id, others get
  /// the next free one. `normalizer` may be null.
  void add(const std::vector<AddedToken>& tokens, const Vocabulary& model, const Normalizer* normalizer);

  /// Cuts `text` at the added tokens that are looked for in this pass: calls sink(part, id), id -1 for text
  /// between.
  void split(std::string_view text, Pass pass,
             FunctionRef<void(std::string_view part, int32_t id)> sink) const;
  bool has(Pass pass) const { return !matchers_[pass].trie.empty(); }

  const AddedToken* find(std::string_view content) const;
  std::optional<int32_t> id(std::string_view content) const;
  /// id -> the spelling that decoding starts from: the normalized form of a normalized token.
  const std::unordered_map<int32_t, std::string>& spellings() const { return spellings_; }
  /// Whether skip_special_tokens leaves out what is spelled so.
  bool is_special(const std::string& spelling) const { return special_.contains(spelling); }

 private:
  struct Matcher {
    Trie trie;
    std::vector<bool> starts = std::vector<bool>(256);  // bytes that some token starts with
  };
  void rebuild();

  std::unordered_map<std::string, int32_t> ids_;
  std::unordered_map<int32_t, AddedToken> tokens_;
  std::unordered_map<int32_t, std::string> spellings_;
  std::unordered_set<std::string> special_;
  Matcher matchers_[2];
};

}  // namespace easydel::text
