#include "quantization/int8.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "quantization/fit.h"

namespace easydel::quantization::int8 {
namespace {

constexpr float kMostCode = 127.0f;

size_t block_count(size_t weights) {
  return (weights + kInt8Block - 1) / kInt8Block;
}

}  // namespace

void encode(std::span<const float> row, std::span<const float>, std::span<std::byte* const> parts) {
  auto* codes = reinterpret_cast<int8_t*>(parts[0]);
  for (size_t block = 0; block < block_count(row.size()); ++block) {
    const size_t begin = block * kInt8Block;
    const std::span<const float> values =
        row.subspan(begin, std::min<size_t>(kInt8Block, row.size() - begin));
    float greatest = 0;
    for (const float value : values) greatest = std::max(greatest, std::abs(value));
    const Float16 scale(greatest / kMostCode);
    std::memcpy(parts[1] + 2 * block, &scale.bits, 2);
    const auto rounded = static_cast<float>(scale);  // codes are those of the scale that is stored
    const float inverse = rounded == 0 ? 0 : 1 / rounded;
    for (size_t i = 0; i < values.size(); ++i)
      codes[begin + i] =
          static_cast<int8_t>(std::clamp(round_nearest(values[i] * inverse), -kMostCode, kMostCode));
  }
}

void decode(std::span<const std::byte* const> parts, std::span<float> row) {
  const auto* codes = reinterpret_cast<const int8_t*>(parts[0]);
  for (size_t i = 0; i < row.size(); ++i) {
    uint16_t bits;
    std::memcpy(&bits, parts[1] + 2 * (i / kInt8Block), 2);
    row[i] = static_cast<float>(codes[i]) * static_cast<float>(Float16::from_bits(bits));
  }
}

// Half a step, where the scale is rounded to f16's 11 bits, or to 2^-24 below its normal numbers.
float error_bound(float magnitude) {
  return magnitude / (2 * kMostCode) * (1 + 0x1p-10f) + kMostCode * 0x1p-25f;
}

}  // namespace easydel::quantization::int8
