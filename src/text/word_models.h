// The models beside BPE: WordPiece (BERT), WordLevel (one id per word) and Unigram (Kudo 2018,
// arXiv:1804.10959).
#pragma once

#include <optional>
#include <string>

#include "text/model.h"
#include "text/trie.h"

namespace easydel::text {

/// Longest match first; a word with a part that no token matches is one unknown token.
class WordPiece final : public Model {
 public:
  WordPiece(Vocabulary vocabulary, std::string unk_token, std::string prefix, size_t max_characters);
  void encode(std::string_view word, bool bytes, Workspace& workspace,
              std::vector<int32_t>& ids) const override;
  const Vocabulary& vocabulary() const override { return vocabulary_; }

 private:
  Vocabulary vocabulary_;
  std::string unk_token_, prefix_;
  size_t max_characters_;
};

class WordLevel final : public Model {
 public:
  WordLevel(Vocabulary vocabulary, std::string unk_token);
  void encode(std::string_view word, bool bytes, Workspace& workspace,
              std::vector<int32_t>& ids) const override;
  const Vocabulary& vocabulary() const override { return vocabulary_; }

 private:
  Vocabulary vocabulary_;
  std::string unk_token_;
};

/// The segmentation with the greatest sum of scores.
class Unigram final : public Model {
 public:
  /// scores[id] belongs to the vocabulary's token `id`.
  Unigram(Vocabulary vocabulary, std::vector<double> scores, std::optional<int32_t> unk_id,
          bool byte_fallback);
  void encode(std::string_view word, bool bytes, Workspace& workspace,
              std::vector<int32_t>& ids) const override;
  const Vocabulary& vocabulary() const override { return vocabulary_; }

 private:
  void append_piece(std::string_view piece, std::vector<int32_t>& ids) const;

  Vocabulary vocabulary_;
  std::vector<double> scores_;
  std::optional<int32_t> unk_id_;
  bool byte_fallback_;
  double unk_score_;
  Trie trie_;
  std::vector<int32_t> fallback_ids_;
};

}  // namespace easydel::text
