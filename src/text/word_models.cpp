#include "text/word_models.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "easydel/error.h"
#include "text/json_node.h"
#include "text/utf8.h"

namespace easydel::text {
namespace {

int32_t require_unknown(const Vocabulary& vocabulary, std::string_view unk_token) {
  const int32_t id = vocabulary.find_or(unk_token, -1);
  if (id < 0)
    throw Error(
        ErrorCode::kCorruptFile, "encode",
        fmt::format("the text needs model.unk_token \"{}\", which is not in model.vocab; add it there",
                    clipped(unk_token)));
  return id;
}

}  // namespace

WordPiece::WordPiece(Vocabulary vocabulary, std::string unk_token, std::string prefix, size_t max_characters)
    : vocabulary_(std::move(vocabulary)),
      unk_token_(std::move(unk_token)),
      prefix_(std::move(prefix)),
      max_characters_(max_characters) {}

void WordPiece::encode(std::string_view word, bool, Workspace&, std::vector<int32_t>& ids) const {
  const size_t before = ids.size();
  const auto characters = std::count_if(
      word.begin(), word.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  bool known = static_cast<size_t>(characters) <= max_characters_;
  std::string spelled;
  for (size_t begin = 0; known && begin < word.size();) {
    size_t end = word.size();
    int32_t id = -1;
    for (; end > begin; end = previous_character(word, end)) {
      std::string_view part = word.substr(begin, end - begin);
      if (begin > 0) part = spelled.assign(prefix_).append(part);
      if ((id = vocabulary_.find_or(part, -1)) >= 0) break;
    }
    known = id >= 0;
    ids.push_back(id);
    begin = end;
  }
  if (known) return;
  ids.resize(before);
  ids.push_back(require_unknown(vocabulary_, unk_token_));
}

WordLevel::WordLevel(Vocabulary vocabulary, std::string unk_token)
    : vocabulary_(std::move(vocabulary)), unk_token_(std::move(unk_token)) {}

void WordLevel::encode(std::string_view word, bool, Workspace&, std::vector<int32_t>& ids) const {
  const int32_t id = vocabulary_.find_or(word, -1);
  ids.push_back(id >= 0 ? id : require_unknown(vocabulary_, unk_token_));
}

Unigram::Unigram(Vocabulary vocabulary, std::vector<double> scores, std::optional<int32_t> unk_id,
                 bool byte_fallback)
    : vocabulary_(std::move(vocabulary)),
      scores_(std::move(scores)),
      unk_id_(unk_id),
      byte_fallback_(byte_fallback) {
  double lowest = std::numeric_limits<double>::infinity();
  for (size_t id = 0; id < scores_.size(); ++id) {
    lowest = std::min(lowest, scores_[id]);
    trie_.add(*vocabulary_.token(static_cast<int32_t>(id)), static_cast<int32_t>(id));
  }
  constexpr double kUnknownPenalty = 10.0;  // SentencePiece's kUnkPenalty
  unk_score_ = lowest - kUnknownPenalty;
  for (int b = 0; b < 256; ++b)
    fallback_ids_.push_back(vocabulary_.find_or(fmt::format("<0x{:02X}>", b), -1));
}

void Unigram::append_piece(std::string_view piece, std::vector<int32_t>& ids) const {
  if (const int32_t id = vocabulary_.find_or(piece, -1); id >= 0) return ids.push_back(id);
  const auto fallback = [&](char byte) { return fallback_ids_[static_cast<unsigned char>(byte)]; };
  if (byte_fallback_ &&
      std::all_of(piece.begin(), piece.end(), [&](char byte) { return fallback(byte) >= 0; })) {
    for (const char byte : piece) ids.push_back(fallback(byte));
    return;
  }
  ids.push_back(*unk_id_);
}

void Unigram::encode(std::string_view word, bool, Workspace&, std::vector<int32_t>& ids) const {
  struct Node {
    double score = 0;
    size_t begin = 0;
    int32_t id = -1;  // -1: not reached yet
  };
  std::vector<Node> best(word.size() + 1);
  const auto offer = [&](size_t begin, size_t end, int32_t id, double score) {
    Node& node = best[end];
    if (node.id < 0 || score > node.score) node = {score, begin, id};
  };
  for (size_t begin = 0; begin < word.size();) {
    const double so_far = best[begin].score;
    const size_t single = begin + utf8_length(word[begin]);
    bool has_single = false;
    size_t at = begin;
    for (int32_t node = 0; at < word.size() && (node = trie_.child(node, word[at++])) >= 0;) {
      const int32_t id = trie_.value(node);
      if (id < 0) continue;
      offer(begin, at, id, so_far + scores_[static_cast<size_t>(id)]);
      has_single = has_single || at == single;
    }
    if (!has_single) {
      if (!unk_id_)
        throw Error(ErrorCode::kCorruptFile, "encode",
                    "the text has a character that no token matches and model.unk_id is not set; set it");
      offer(begin, single, *unk_id_, so_far + unk_score_);
    }
    begin = single;
  }

  // Walked back from the end; a run of unknown pieces is one piece.
  std::vector<std::string_view> pieces;
  bool in_unknown = false;
  for (size_t end = word.size(); end > 0; end = best[end].begin) {
    const bool unknown = unk_id_ && best[end].id == *unk_id_;
    const std::string_view piece = word.substr(best[end].begin, end - best[end].begin);
    if (unknown && in_unknown)
      pieces.back() = std::string_view(piece.data(), piece.size() + pieces.back().size());
    else
      pieces.push_back(piece);
    in_unknown = unknown;
  }
  for (auto piece = pieces.rbegin(); piece != pieces.rend(); ++piece) append_piece(*piece, ids);
}

}  // namespace easydel::text
