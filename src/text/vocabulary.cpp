#include "text/vocabulary.h"

#include <bit>

#include "text/hash.h"

namespace easydel::text {

void Vocabulary::reserve(size_t count, size_t bytes) {
  arena_.reserve(bytes);
  entries_.reserve(count);
  by_id_.reserve(count);
  grow(std::bit_ceil(count * 2 + 16));
}

void Vocabulary::grow(size_t slots) {
  slots_.assign(slots, Slot{});
  for (size_t i = 0; i < entries_.size(); ++i) {
    const uint64_t hash = hash_bytes(text(entries_[i]));
    size_t at = hash & (slots - 1);
    while (slots_[at].entry != 0) at = (at + 1) & (slots - 1);
    slots_[at] = {static_cast<uint32_t>(hash >> 32), static_cast<uint32_t>(i + 1)};
  }
}

Vocabulary::Added Vocabulary::add(std::string_view token, int32_t id) {
  if (find(token)) return Added::kRepeatedToken;
  const auto index = static_cast<size_t>(id);
  if (index < by_id_.size() && by_id_[index] != 0) return Added::kRepeatedId;
  if ((entries_.size() + 1) * 2 > slots_.size()) grow(std::bit_ceil(entries_.size() * 4 + 16));
  entries_.push_back({static_cast<uint32_t>(arena_.size()), static_cast<uint32_t>(token.size()), id});
  arena_.append(token);
  if (index >= by_id_.size()) by_id_.resize(index + 1);
  by_id_[index] = static_cast<uint32_t>(entries_.size());
  const uint64_t hash = hash_bytes(token);
  size_t at = hash & (slots_.size() - 1);
  while (slots_[at].entry != 0) at = (at + 1) & (slots_.size() - 1);
  slots_[at] = {static_cast<uint32_t>(hash >> 32), static_cast<uint32_t>(entries_.size())};
  return Added::kNew;
}

int32_t Vocabulary::find_or(std::string_view token, int32_t otherwise) const {
  if (slots_.empty()) return otherwise;
  const uint64_t hash = hash_bytes(token);
  const auto tag = static_cast<uint32_t>(hash >> 32);
  for (size_t at = hash & (slots_.size() - 1); slots_[at].entry != 0; at = (at + 1) & (slots_.size() - 1)) {
    if (slots_[at].tag != tag) continue;
    const Entry& entry = entries_[slots_[at].entry - 1];
    if (text(entry) == token) return entry.id;
  }
  return otherwise;
}

std::optional<std::string_view> Vocabulary::token(int32_t id) const {
  const auto index = static_cast<size_t>(id);
  if (id < 0 || index >= by_id_.size() || by_id_[index] == 0) return std::nullopt;
  return text(entries_[by_id_[index] - 1]);
}

}  // namespace easydel::text
