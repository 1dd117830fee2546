// FNV-1a over 64 bits: a hash that is the same on every machine and in every version.
//
//   const uint64_t name = fnv1a("model.norm.weight");
#pragma once

#include <cstdint>
#include <string_view>

namespace easydel {

/// Two strings one after the other: fnv1a(second, fnv1a(first)) differs from the hash of their concatenation.
inline uint64_t fnv1a(std::string_view bytes, uint64_t seed = 0) {
  uint64_t hash = 0xcbf29ce484222325u ^ seed;
  for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3u;
  return hash;
}

}  // namespace easydel
