// Numbers that kernels which round x to int8 leave as they are.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>

namespace easydel {

/// Rounds rows of `inner` numbers of spread 40 so that quantizing them by blocks of 32 changes nothing, and bf16 holds them:
/// codes / 64, the first of each block the greatest code.
inline void round_to_int8_grid(std::span<float> numbers, int64_t inner) {
  for (size_t i = 0; i < numbers.size(); ++i) {
    const bool is_first = static_cast<int64_t>(i) % inner % 32 == 0;
    numbers[i] = (is_first ? 127.0f : std::clamp(std::round(numbers[i]), -127.0f, 127.0f)) / 64;
  }
}

}  // namespace easydel
