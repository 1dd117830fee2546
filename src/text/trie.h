// Trie: strings by their bytes, for the longest token at a position and for all tokens at it.
//
//   trie.add("<|end|>", 7);
//   for (int32_t node = 0; at < text.size() && (node = trie.child(node, text[at++])) >= 0;)
//   use(trie.value(node));
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "text/hash.h"

namespace easydel::text {

class Trie {
 public:
  /// A later value for the same string replaces the earlier one. `value` must not be negative.
  void add(std::string_view text, int32_t value) {
    int32_t node = 0;
    for (const char byte : text) {
      int32_t next = child(node, byte);
      if (next < 0) {
        next = static_cast<int32_t>(values_.size());
        values_.push_back(-1);
        insert(node, byte, next);
      }
      node = next;
    }
    values_[static_cast<size_t>(node)] = value;
  }

  /// The node behind `byte`, or -1. The root is 0.
  int32_t child(int32_t node, char byte) const {
    const uint64_t key = key_of(node, byte);
    for (size_t at = mix_hash(key, kMultiplier) & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1)) {
      if (slots_[at].key == key) return slots_[at].node;
      if (slots_[at].node < 0) return -1;
    }
  }
  /// The value of the string that ends in `node`, or -1.
  int32_t value(int32_t node) const { return values_[static_cast<size_t>(node)]; }
  bool empty() const { return values_.size() == 1; }

 private:
  static constexpr uint64_t kMultiplier = 0x9E3779B97F4A7C15ULL;
  struct Slot {
    uint64_t key = UINT64_MAX;
    int32_t node = -1;
  };
  static uint64_t key_of(int32_t node, char byte) {
    return static_cast<uint64_t>(static_cast<uint32_t>(node)) << 8 | static_cast<unsigned char>(byte);
  }
  void insert(int32_t node, char byte, int32_t next) {
    if (values_.size() * 2 > slots_.size()) {
      std::vector<Slot> old(slots_.size() * 4);
      old.swap(slots_);
      for (const Slot& slot : old)
        if (slot.node >= 0) place(slot);
    }
    place({key_of(node, byte), next});
  }
  void place(const Slot& slot) {
    size_t at = mix_hash(slot.key, kMultiplier) & (slots_.size() - 1);
    while (slots_[at].node >= 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = slot;
  }

  std::vector<Slot> slots_ = std::vector<Slot>(64);
  std::vector<int32_t> values_ = std::vector<int32_t>(1, -1);
};

}  // namespace easydel::text
