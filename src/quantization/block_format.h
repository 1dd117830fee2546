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
#include "quantization/fit.h"
#include "quantization/format.h"
#include "quantization/importance.h"

namespace easydel::quantization {

constexpr float kMostF16 = 65504.0f;
/// Below f16's normal numbers, scales are rounded to whole multiples of 2^-24.
constexpr float kLeastHalfStep = 0x1p-25f;

/// A block's weights, fewer at the end of a row, and the places of its bytes, which are zeros.
struct BlockToEncode {
  std::span<const float> values, counts;  ///< counts: how much each weight's squared error matters
  Byte* codes;
  Byte* scales;
  ImportanceView importance;  ///< of the row
  size_t begin;               ///< the block's first column in it
};

/// Rounds the weights of a block one after the other. Where the importance says how, those that follow make up for the
/// error of each.
class Rounding {
 public:
  explicit Rounding(const BlockToEncode& block)
      : block_(block), values_(block.values.begin(), block.values.end()) {}

  /// Weights [begin, begin + count) to the codes nearest to (value - offset) / scale, less the lowest of the range.
  void round(size_t begin, size_t count, ScaleAndOffset line, CodeRange range, Byte* codes) {
    const std::span<const float> values = std::span(values_).subspan(begin, count);
    if (block_.importance.empty()) return round_codes(values, line, range, codes);
    for (size_t i = 0; i < count; ++i) {
      round_codes(values.subspan(i, 1), line, range, codes + i);
      settle(begin + i, (static_cast<float>(codes[i]) + range.lowest) * line.scale + line.offset);
    }
  }
  void round(ScaleAndOffset line, CodeRange range, Byte* codes) {
    round(0, values_.size(), line, range, codes);
  }

  /// For other codes: weight k as it is now, and what became of it.
  float value(size_t k) const { return values_[k]; }
  void settle(size_t k, float rounded) {
    if (block_.importance.empty()) return;
    const float error = values_[k] - rounded;
    const float* feedback = block_.importance.feedback(block_.begin + k);
    for (size_t j = k + 1; j < values_.size(); ++j) values_[j] -= error * feedback[j - k];
  }

 private:
  const BlockToEncode& block_;
  std::vector<float> values_;
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

/// Lets the weights behind a block, in its group of columns, make up for the errors of the block.
inline void pass_errors_on(const ImportanceView& importance, std::span<float> row, size_t begin,
                           std::span<const float> decoded) {
  constexpr auto kGroup = static_cast<size_t>(kColumnGroup);
  const size_t end = std::min(row.size(), (begin / kGroup + 1) * kGroup);
  for (size_t i = 0; i < decoded.size(); ++i) {
    const size_t k = begin + i;
    const float error = row[k] - decoded[i];
    const float* feedback = importance.feedback(k);
    for (size_t j = k + 1; j < end; ++j) row[j] -= error * feedback[j - k];
  }
}

template <typename Block>
void encode_blocks(std::span<const float> row, std::span<const float> packed_importance,
                   std::span<std::byte* const> parts) {
  constexpr auto kBlock = static_cast<size_t>(Block::kBlock);
  const ImportanceView importance(packed_importance, row.size());
  std::array<float, kBlock> ones;
  ones.fill(1);
  std::vector<float> moved;  // the weights with the errors of those before them
  if (!importance.empty()) {
    moved.assign(row.begin(), row.end());
    row = moved;
  }
  for (size_t block = 0; block < block_count(row.size(), Block::kBlock); ++block) {
    const size_t begin = block * kBlock, count = std::min(kBlock, row.size() - begin);
    auto* codes = reinterpret_cast<Byte*>(parts[0]) + block * Block::kCodeBytes;
    Byte* scales =
        Block::kScaleBytes == 0 ? nullptr : reinterpret_cast<Byte*>(parts[1]) + block * Block::kScaleBytes;
    std::memset(codes, 0, Block::kCodeBytes);
    Block::encode({.values = row.subspan(begin, count),
                   .counts = importance.empty() ? std::span<const float>(ones).first(count)
                                                : importance.counts().subspan(begin, count),
                   .codes = codes,
                   .scales = scales,
                   .importance = importance,
                   .begin = begin});
    if (importance.empty()) continue;
    float decoded[kBlock];
    Block::decode(codes, scales, decoded);
    pass_errors_on(importance, moved, begin, std::span<const float>(decoded).first(count));
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
