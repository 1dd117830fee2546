// BPE: byte-pair encoding (Sennrich et al. 2016, arXiv:1508.07909) in the dialects of Hugging Face's
// tokenizers.
//
// Words that repeat come from the workspace's cache. Others start as one symbol per character (or byte);
// short ones are merged by scanning for the lowest rank, long ones through a heap, so that no text takes
// quadratic time.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "text/model.h"

namespace easydel::text {

/// Ranked merges: pair of ids -> rank and merged id; open addressing.
class MergeTable {
 public:
  struct Found {
    uint32_t rank;
    int32_t id;
  };
  static constexpr uint32_t kNone = UINT32_MAX;

  void reserve(size_t count);
  /// A repeated pair takes the later rank.
  void add(int32_t left, int32_t right, Found found);
  /// rank is kNone where the pair does not merge.
  Found find(int32_t left, int32_t right) const {
    const uint64_t key = key_of(left, right);
    for (size_t at = slot_of(key);; at = (at + 1) & mask_) {
      const Slot& slot = slots_[at];
      if (slot.key == key) return slot.found;
      if (slot.key == kFree) return {kNone, 0};
    }
  }

 private:
  static constexpr uint64_t kFree = UINT64_MAX;
  struct Slot {
    uint64_t key = kFree;
    Found found{kNone, 0};
  };
  static uint64_t key_of(int32_t left, int32_t right) {
    return static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 | static_cast<uint32_t>(right);
  }
  size_t slot_of(uint64_t key) const { return (key * 0x9E3779B97F4A7C15ULL >> shift_) & mask_; }

  std::vector<Slot> slots_ = std::vector<Slot>(2);
  size_t mask_ = 1;
  int shift_ = 63;
};

struct BpeOptions {
  std::optional<std::string> unk_token;
  std::string continuing_subword_prefix;  ///< before every character of a word but the first
  std::string end_of_word_suffix;         ///< behind the last character of a word
  bool fuse_unk = false;                  ///< one unknown token for a run of unknown characters
  bool byte_fallback = false;             ///< <0xNN> tokens for the bytes of an unknown character
  bool ignore_merges = false;  ///< a word that is in the vocabulary is one token, whatever the merges say
};

class Bpe final : public Model {
 public:
  Bpe(Vocabulary vocabulary, MergeTable merges, BpeOptions options);

  void encode(std::string_view word, bool bytes, Workspace& workspace,
              std::vector<int32_t>& ids) const override;
  const Vocabulary& vocabulary() const override { return vocabulary_; }
  bool takes_bytes() const override { return true; }
  bool is_bpe() const override { return true; }

 private:
  void encode_uncached(std::string_view word, bool bytes, Workspace& workspace,
                       std::vector<int32_t>& ids) const;
  void encode_words(std::string_view text, Workspace& workspace, std::vector<int32_t>& ids) const;
  void encode_cached(std::string_view word, bool bytes, Workspace& workspace,
                     std::vector<int32_t>& ids) const;
  void start_from_characters(std::string_view word, Workspace& workspace) const;
  void merge_short(Workspace& workspace, std::vector<int32_t>& ids) const;
  void merge_long(Workspace& workspace, std::vector<int32_t>& ids) const;
  bool find_word_boundary() const;

  Vocabulary vocabulary_;
  MergeTable merges_;
  BpeOptions options_;
  int32_t unk_id_ = -1;
  std::array<int32_t, 256> byte_ids_{};      // of the byte-level alphabet
  std::array<int32_t, 256> fallback_ids_{};  // of <0x00> .. <0xFF>
  bool all_bytes_ = false;                   // the whole byte-level alphabet is in the vocabulary
  bool all_fallbacks_ = false;
  bool splits_at_metaspace_ = false;  // no token joins another character with a U+2581 behind it
};

}  // namespace easydel::text
