// Threefry-2x32 with 20 rounds: random bits as a function of a key and a counter (Salmon et al. 2011,
// doi:10.1145/2063384.2063405). JAX's default generator.
//
//   const auto [first, second] = threefry2x32({seed_high, seed_low}, {0, index});
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace easydel {

/// Left rotations of the rounds, by turns of four.
inline constexpr std::array<std::array<int, 4>, 2> kThreefryRotations = {{{13, 15, 26, 6}, {17, 29, 16, 24}}};
/// The third word of the key schedule is this, exclusive or both words of the key.
inline constexpr uint32_t kThreefryParity = 0x1BD11BDA;

inline std::array<uint32_t, 2> threefry2x32(std::array<uint32_t, 2> key, std::array<uint32_t, 2> counter) {
  const std::array<uint32_t, 3> keys = {key[0], key[1], key[0] ^ key[1] ^ kThreefryParity};
  uint32_t x0 = counter[0] + keys[0], x1 = counter[1] + keys[1];
  for (uint32_t group = 0; group < 5; ++group) {
    for (const int rotation : kThreefryRotations[group % 2]) {
      x0 += x1;
      x1 = std::rotl(x1, rotation) ^ x0;
    }
    x0 += keys[(group + 1) % 3];
    x1 += keys[(group + 2) % 3] + group + 1;
  }
  return {x0, x1};
}

}  // namespace easydel
