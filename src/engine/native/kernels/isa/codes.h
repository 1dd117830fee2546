// Codes of the quantized formats (quantization/blocks.h) as vectors of bytes, for integer dot products and for decoding
// many rows at once.
//
// A reader walks one row of weights by steps of kStepBlocks blocks of 32. A step is kVectors vectors of codes, whose lanes
// of four bytes belong to the step's blocks in turn, the same number of lanes to each. Formats of nibbles give the lower
// halves of the blocks in one vector and the upper ones in the next: a mask and a shift, no shuffle. A reader's Order says where
// the codes of x go for it.
#pragma once

#include "engine/native/kernels/isa/fetch.h"
#include "engine/native/kernels/isa/simd.h"

#if defined(EASYDEL_KERNEL_BYTE_DOT)

namespace easydel::native::EASYDEL_KERNEL_ISA {

constexpr int64_t kBlockWeights = 32;
/// Blocks whose scales are read together.
constexpr int64_t kGroupBlocks = 16;
constexpr int kScaleVectors = static_cast<int>(kGroupBlocks) / kWidth;
constexpr int64_t kByteLanes = 4 * kWidth;  ///< bytes in a vector

inline int64_t blocks_of(int64_t k) {
  return (k + kBlockWeights - 1) / kBlockWeights;
}

/// Blocks of k weights up to whole groups.
inline int64_t grouped_blocks(int64_t k) {
  return (blocks_of(k) + kGroupBlocks - 1) / kGroupBlocks * kGroupBlocks;
}

/// Parts of a block that have scales of their own: one, or two halves. Two need HalvesOrder.
template <typename Codes>
constexpr int kParts = 1;
/// Whether a row's codes are stored as bytes, one behind the other.
template <typename Codes>
constexpr bool kAreBytes = false;
/// weight = code * scale[part] + minimum; minimum is left alone where the reader has none, and so is a scale without its part.
struct GroupScales {
  Vec scale[2][kScaleVectors], minimum[kScaleVectors];
};

/// Weights one behind the other.
struct PlainOrder {
  static constexpr bool kHalves = false;
  static constexpr int kStepBlocks =
      kByteLanes < kBlockWeights ? 1 : static_cast<int>(kByteLanes / kBlockWeights);
  static constexpr int kVectors =
      kByteLanes < kBlockWeights ? static_cast<int>(kBlockWeights / kByteLanes) : 1;
  /// Where the 16 weights go that are number `half` of their block.
  static constexpr int64_t offset(int64_t block, int half) { return block * kBlockWeights + 16 * half; }
};
/// The lower halves of a step's blocks, then the upper ones.
struct HalvesOrder {
  static constexpr bool kHalves = true;
  static constexpr int kStepBlocks = static_cast<int>(kByteLanes / 16);
  static constexpr int kVectors = 2;
  static constexpr int64_t offset(int64_t block, int half) {
    return block / kStepBlocks * kStepBlocks * kBlockWeights + half * kByteLanes + block % kStepBlocks * 16;
  }
};

inline const unsigned char* row_at(const void* first, int64_t stride, int64_t n) {
  return static_cast<const unsigned char*>(first) + n * stride;
}
inline uint16_t two_bytes(const unsigned char* p) {
  return static_cast<uint16_t>(p[0] | p[1] << 8);
}

/// The pairs of f16 of a group's blocks: scales, and with kMinimum what stands behind them.
template <bool kMinimum>
inline void read_pairs(const unsigned char* from, int64_t stride, int64_t count, GroupScales& group) {
  for (int i = 0; i < kScaleVectors; ++i) {
    const int lanes = lanes_of(count - i * kWidth);
    const unsigned char* pairs = from + i * kWidth * stride;
    group.scale[0][i] = gather_f16<false>(pairs, stride, lanes);
    if constexpr (kMinimum) group.minimum[i] = gather_f16<true>(pairs, stride, lanes);
  }
}

/// Easydel's own formats: rows of codes and rows of scales, each without gaps. kScaleBlocks blocks share a scale; with
/// kMinimum it is a pair of f16.
template <int kScaleBlocks, bool kMinimum>
class SeparateScales {
 public:
  SeparateScales(const QuantizedBlock& block, int64_t n)
      : scales_(row_at(block.scales, block.scales_stride, n)) {}

  /// Those of blocks [first, first + count) of a group; the rest are zero.
  void read(int64_t first, int64_t count, GroupScales& group) const {
    const int64_t scales = (count + kScaleBlocks - 1) / kScaleBlocks;
    const unsigned char* from = scales_ + first / kScaleBlocks * (kMinimum ? 4 : 2);
    prefetch<512>(from);
    if constexpr (kMinimum) {
      read_pairs<true>(from, 4, scales, group);
      repeat(group.minimum);
    } else {
      const auto* numbers = reinterpret_cast<const F16*>(from);
      for (int i = 0; i < kScaleVectors; ++i)
        group.scale[0][i] = load_left(numbers + i * kWidth, scales - i * kWidth);
    }
    repeat(group.scale[0]);
  }

 private:
  /// Each number kScaleBlocks times.
  static void repeat(Vec (&numbers)[kScaleVectors]) {
    if constexpr (kScaleBlocks > 1) {
      Vec repeated[kScaleVectors];
      for (int i = 0; i < kScaleVectors; ++i) repeated[i] = spread<kScaleBlocks>(numbers, i);
      for (int i = 0; i < kScaleVectors; ++i) numbers[i] = repeated[i];
    }
  }
  const unsigned char* scales_;
};

/// GGUF's formats: the scale, and with kMinimum the minimum, are the first f16 numbers of a block of kStride bytes.
template <int kStride, bool kMinimum>
class InterleavedScales {
 public:
  InterleavedScales(const QuantizedBlock& block, int64_t n)
      : row_(row_at(block.codes, block.codes_stride, n)) {}

  void read(int64_t first, int64_t count, GroupScales& group) const {
    read_pairs<kMinimum>(row_ + first * kStride, kStride, count, group);
  }

 protected:
  const unsigned char* row_;
};

class Int8Codes : public SeparateScales<1, false> {
 public:
  using Order = PlainOrder;
  static constexpr bool kSigned = true, kHasMinimum = false;
  static constexpr int kZero = 0, kMostCode = 127;

  Int8Codes(const QuantizedBlock& block, int64_t n)
      : SeparateScales(block, n), codes_(row_at(block.codes, block.codes_stride, n)), k_(block.k) {}

  /// Step `step` of kStepBlocks blocks; codes behind the row's end are zero. With kWhole all of them are before it.
  template <bool kWhole = false>
  void codes(int64_t step, Bytes (&to)[Order::kVectors]) const {
    for (int i = 0; i < Order::kVectors; ++i) {
      const int64_t at = (step * Order::kVectors + i) * kByteLanes;
      prefetch(codes_ + at);
      to[i] = kWhole || at + kByteLanes <= k_ ? load_bytes(codes_ + at)
                                              : load_bytes_partial(codes_ + at, at < k_ ? k_ - at : 0);
    }
  }

 private:
  const unsigned char* codes_;
  int64_t k_;
};

template <>
inline constexpr bool kAreBytes<Int8Codes> = true;

template <int kScaleBlocks, bool kMinimum>
class Int4Codes : public SeparateScales<kScaleBlocks, kMinimum> {
 public:
  using Order = HalvesOrder;
  static constexpr bool kSigned = false, kHasMinimum = kMinimum;
  static constexpr int kZero = kMinimum ? 0 : 8, kMostCode = 15;

  Int4Codes(const QuantizedBlock& block, int64_t n)
      : SeparateScales<kScaleBlocks, kMinimum>(block, n),
        codes_(row_at(block.codes, block.codes_stride, n)),
        bytes_(blocks_of(block.k) * 16) {}

  template <bool kWhole = false>
  void codes(int64_t step, Bytes (&to)[Order::kVectors]) const {
    const int64_t at = step * kByteLanes;
    prefetch(codes_ + at);
    const Bytes both = kWhole || at + kByteLanes <= bytes_ ? load_bytes(codes_ + at)
                                                           : load_bytes_partial(codes_ + at, bytes_ - at);
    to[0] = low_nibbles(both);
    to[1] = high_nibbles(both);
  }

 private:
  const unsigned char* codes_;
  int64_t bytes_;
};

/// Runs of kRun bytes of neighbouring blocks, kStride apart; those of missing blocks are zero.
template <bool kWhole, int kRun, int kStride>
inline Bytes load_block_runs(const unsigned char* p, int64_t blocks) {
  constexpr int64_t kRuns = kByteLanes < kRun ? 1 : kByteLanes / kRun;
  if (kWhole || blocks >= kRuns) return load_runs<kRun>(p, kStride);
  alignas(64) unsigned char bytes[kByteLanes] = {};
  for (int64_t i = 0; i < blocks; ++i) __builtin_memcpy(bytes + i * kRun, p + i * kStride, kRun);
  return load_bytes(bytes);
}

class Q8_0Codes : public InterleavedScales<34, false> {
 public:
  using Order = PlainOrder;
  static constexpr bool kSigned = true, kHasMinimum = false;
  static constexpr int kZero = 0, kMostCode = 127;

  Q8_0Codes(const QuantizedBlock& block, int64_t n)
      : InterleavedScales(block, n), blocks_(blocks_of(block.k)) {}

  template <bool kWhole = false>
  void codes(int64_t step, Bytes (&to)[Order::kVectors]) const {
    const int64_t first = step * Order::kStepBlocks;
    const unsigned char* from = row_ + first * 34 + 2;
    prefetch(from);
    if constexpr (Order::kVectors > 1) {
      for (int i = 0; i < Order::kVectors; ++i) to[i] = load_bytes(from + i * kByteLanes);
    } else {
      to[0] = load_block_runs<kWhole, 32, 34>(from, blocks_ - first);
    }
  }

 private:
  int64_t blocks_;
};

/// Blocks of kStride bytes: f16 numbers, with kFifth the fifth bits of 32 codes, nibbles.
template <int kStride, bool kMinimum, bool kFifth>
class NibbleBlockCodes : public InterleavedScales<kStride, kMinimum> {
 public:
  using Order = HalvesOrder;
  static constexpr bool kSigned = false, kHasMinimum = kMinimum;
  static constexpr int kZero = kMinimum ? 0 : kFifth ? 16 : 8, kMostCode = kFifth ? 31 : 15;

  NibbleBlockCodes(const QuantizedBlock& block, int64_t n)
      : InterleavedScales<kStride, kMinimum>(block, n), blocks_(blocks_of(block.k)) {}

  template <bool kWhole = false>
  void codes(int64_t step, Bytes (&to)[Order::kVectors]) const {
    constexpr int kHead = kMinimum ? 4 : 2;
    static_assert(kStride == kHead + (kFifth ? 4 : 0) + 16);
    const int64_t first = step * Order::kStepBlocks;
    const unsigned char* from = this->row_ + first * kStride;
    prefetch(from);
    const Bytes both = load_block_runs<kWhole, 16, kStride>(from + kStride - 16, blocks_ - first);
    to[0] = low_nibbles(both);
    to[1] = high_nibbles(both);
    if constexpr (kFifth) {
      uint64_t low = 0, high = 0;
      for (int i = 0; i < Order::kStepBlocks && (kWhole || first + i < blocks_); ++i) {
        const unsigned char* bits = from + i * kStride + kHead;
        low |= uint64_t{two_bytes(bits)} << 16 * i;
        high |= uint64_t{two_bytes(bits + 2)} << 16 * i;
      }
      to[0] = add_fifth_bits(to[0], low);
      to[1] = add_fifth_bits(to[1], high);
    }
  }

 private:
  int64_t blocks_;
};

using Q4_0Codes = NibbleBlockCodes<18, false, false>;
using Q4_1Codes = NibbleBlockCodes<20, true, false>;
using Q5_0Codes = NibbleBlockCodes<22, false, true>;
using Q5_1Codes = NibbleBlockCodes<24, true, true>;

}  // namespace easydel::native::EASYDEL_KERNEL_ISA

#endif
