// WordCache: the ids of recent short words, one cache line each; a new word replaces the one in its line.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "text/hash.h"

namespace easydel::text {

class WordCache {
 public:
  static constexpr size_t kMaxBytes = 30;
  static constexpr size_t kMaxIds = 8;

  static bool fits(std::string_view word) { return word.size() <= kMaxBytes; }

  /// Appends the ids of `word` when they are known.
  bool find(std::string_view word, uint64_t hash, std::vector<int32_t>& ids) {
    if (lines_.empty()) lines_.resize(kLines);
    const Line& line = lines_[hash % kLines];
    if (line.size != word.size() || std::memcmp(line.word, word.data(), word.size()) != 0) return false;
    ids.insert(ids.end(), line.ids, line.ids + line.count);
    return true;
  }

  void insert(std::string_view word, uint64_t hash, std::span<const int32_t> ids) {
    if (ids.size() > kMaxIds) return;
    Line& line = lines_[hash % kLines];
    line.size = static_cast<uint8_t>(word.size());
    line.count = static_cast<uint8_t>(ids.size());
    std::memcpy(line.word, word.data(), word.size());
    std::memcpy(line.ids, ids.data(), ids.size_bytes());
  }

 private:
  static constexpr size_t kLines = 1 << 14;  // 1 MiB: stays in the second-level cache
  struct alignas(64) Line {
    char word[kMaxBytes];
    uint8_t size = 0, count = 0;  // no word is empty, so size 0 is a free line
    int32_t ids[kMaxIds];
  };
  static_assert(sizeof(Line) == 64);
  std::vector<Line> lines_;
};

}  // namespace easydel::text
