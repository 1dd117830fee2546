// Vocabulary: the model's tokens, string to id and id to string, in one arena and one flat hash table.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace easydel::text {

class Vocabulary {
 public:
  /// Makes room for `count` tokens of `bytes` bytes in all.
  void reserve(size_t count, size_t bytes);

  enum class Added { kNew, kRepeatedToken, kRepeatedId };
  /// Adds a token. A repeated one or a taken id leaves the vocabulary as it was.
  Added add(std::string_view token, int32_t id);

  std::optional<int32_t> find(std::string_view token) const {
    const int32_t id = find_or(token, -1);
    return id < 0 ? std::nullopt : std::optional(id);
  }
  int32_t find_or(std::string_view token, int32_t otherwise) const;
  /// The token's text; nullopt for an id that no token has.
  std::optional<std::string_view> token(int32_t id) const;
  size_t size() const { return entries_.size(); }
  /// One more than the largest id.
  size_t id_limit() const { return by_id_.size(); }

 private:
  struct Entry {
    uint32_t offset, length;
    int32_t id;
  };
  struct Slot {
    uint32_t tag;    // high half of the hash
    uint32_t entry;  // index + 1; 0 is free
  };
  std::string_view text(const Entry& entry) const {
    return std::string_view(arena_).substr(entry.offset, entry.length);
  }
  void grow(size_t slots);

  std::string arena_;
  std::vector<Entry> entries_;
  std::vector<Slot> slots_;
  std::vector<uint32_t> by_id_;  // entry index + 1
};

}  // namespace easydel::text
