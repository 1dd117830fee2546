// A fast hash for short byte strings: 16 bytes a step, mixed by 64x64 -> 128-bit multiplication (after
// wyhash).
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace easydel::text {

inline uint64_t mix_hash(uint64_t a, uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

inline uint64_t hash_bytes(std::string_view bytes) {
  constexpr uint64_t kSeed = 0xA0761D6478BD642FULL, kOther = 0xE7037ED1A0B428DBULL;
  const char* data = bytes.data();
  size_t left = bytes.size();
  uint64_t hash = kSeed ^ left;
  const auto load = [](const char* from, size_t count) {
    uint64_t value = 0;
    std::memcpy(&value, from, count);
    return value;
  };
  for (; left > 16; left -= 16, data += 16) hash = mix_hash(load(data, 8) ^ kOther, load(data + 8, 8) ^ hash);
  uint64_t low = 0, high = 0;
  if (left >= 8) {
    low = load(data, 8);
    high = load(data + left - 8, 8);
  } else if (left >= 4) {
    low = load(data, 4);
    high = load(data + left - 4, 4);
  } else if (left > 0) {
    low = static_cast<uint64_t>(static_cast<unsigned char>(data[0])) << 16 |
          static_cast<uint64_t>(static_cast<unsigned char>(data[left / 2])) << 8 |
          static_cast<unsigned char>(data[left - 1]);
  }
  return mix_hash(low ^ kOther, high ^ hash ^ kSeed);
}

}  // namespace easydel::text
