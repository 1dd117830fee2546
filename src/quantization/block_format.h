// Formats whose rows are whole blocks (quantization/blocks.h): what remains for each is how a block is encoded.
//
//   struct Q4_0Rows : Q4_0 {
//     static void encode(const BlockToEncode& block);
//   };
//   constexpr Format kQ4_0 = block_format<Q4_0Rows>("q4_0", kMostF16 * 8, error_bound);
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "quantization/blocks.h"
#include "quantization/format.h"

namespace easydel::quantization {

constexpr float kMostF16 = 65504.0f;
/// Below f16's normal numbers, scales are rounded to whole multiples of 2^-24.
constexpr float kLeastHalfStep = 0x1p-25f;

/// A block's weights, fewer at the end of a row, and the places of its bytes, which are zeros.
struct BlockToEncode {
  std::span<const float> values, counts;  ///< counts: how much each weight's squared error matters
  Byte* codes;
  Byte* scales;
};

/// Rounds to f16, stores it, and gives what is stored.
inline float store_half(float value, Byte* to) {
  const Float16 half(value);
  std::memcpy(to, &half.bits, sizeof half.bits);
  return static_cast<float>(half);
}

/// The halves of bytes: codes [0, count) low, those behind them high.
inline void join_nibbles(const Byte* codes, int count, Byte* bytes) {
  for (int i = 0; i < count; ++i) bytes[i] = static_cast<Byte>((codes[i] & 15) | codes[count + i] << 4);
}

inline size_t block_count(size_t weights, int block) {
  return (weights + static_cast<size_t>(block) - 1) / static_cast<size_t>(block);
}

template <typename Block>
void encode_blocks(std::span<const float> row, std::span<const float> importance,
                   std::span<std::byte* const> parts) {
  constexpr auto kBlock = static_cast<size_t>(Block::kBlock);
  std::array<float, kBlock> ones;
  ones.fill(1);
  for (size_t block = 0; block < block_count(row.size(), Block::kBlock); ++block) {
    const size_t begin = block * kBlock, count = std::min(kBlock, row.size() - begin);
    auto* codes = reinterpret_cast<Byte*>(parts[0]) + block * Block::kCodeBytes;
    std::memset(codes, 0, Block::kCodeBytes);
    Block::encode({.values = row.subspan(begin, count),
                   .counts = importance.empty() ? std::span<const float>(ones).first(count)
                                                : importance.subspan(begin, count),
                   .codes = codes,
                   .scales = Block::kScaleBytes == 0
                                 ? nullptr
                                 : reinterpret_cast<Byte*>(parts[1]) + block * Block::kScaleBytes});
  }
}

template <typename Block>
void decode_blocks(std::span<const std::byte* const> parts, std::span<float> row) {
  constexpr auto kBlock = static_cast<size_t>(Block::kBlock);
  for (size_t block = 0; block < block_count(row.size(), Block::kBlock); ++block) {
    float weights[kBlock];
    Block::decode(reinterpret_cast<const Byte*>(parts[0]) + block * Block::kCodeBytes,
                  Block::kScaleBytes == 0
                      ? nullptr
                      : reinterpret_cast<const Byte*>(parts[1]) + block * Block::kScaleBytes,
                  weights);
    const std::span<float> out = row.subspan(block * kBlock, std::min(kBlock, row.size() - block * kBlock));
    std::copy_n(weights, out.size(), out.begin());
  }
}

template <typename Block>
constexpr Part kBlockParts[] = {{"", DType::kU8, Block::kBlock, Block::kCodeBytes},
                                {"_scale", DType::kF16, Block::kBlock, Block::kScaleBytes / 2}};

template <typename Block>
constexpr Format block_format(std::string_view name, float greatest, float (*error_bound)(float)) {
  return {.name = name,
          .block = Block::kBlock,
          .parts = std::span(kBlockParts<Block>).first(Block::kScaleBytes == 0 ? 1 : 2),
          .encode = encode_blocks<Block>,
          .decode = decode_blocks<Block>,
          .greatest = greatest,
          .error_bound = error_bound};
}

}  // namespace easydel::quantization
