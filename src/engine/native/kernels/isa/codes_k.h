// Readers of GGUF's K-quants (codes.h says what a reader is): super-blocks of eight blocks, which share numbers in f16. A row
// is whole super-blocks.
//
// Neighbouring blocks share runs of bytes, of which each has its own bits. A vector takes such a run once for each of its
// blocks and shifts it by that block's number of bits: HalvesOrder again, for little more than a mask and a shift.
#pragma once

#include "engine/native/kernels/isa/codes.h"

#if defined(EASYDEL_KERNEL_BYTE_DOT)

namespace easydel::native::EASYDEL_KERNEL_ISA {

constexpr int64_t kSuperBlocks = 8;  ///< blocks of a super-block
constexpr int64_t kGroupSupers = 2;
static_assert(kGroupBlocks == kGroupSupers * kSuperBlocks);
/// A byte of each block of a group.
using BlockBytes = int8_t __attribute__((vector_size(kGroupBlocks)));

// Fields of a super-block: the bits of block b are those from shift(b) on of the 32 bytes at offset(b). Both are sums of what
// the first block of a step has and of what a block has by its place in the step.

/// Nibbles of two neighbours.
struct NibblesOfTwo {
  static constexpr int64_t offset(int64_t block) { return block / 2 * 32; }
  static constexpr int shift(int64_t block) { return static_cast<int>(block % 2 * 4); }
};
/// Nibbles of blocks that are two apart.
struct NibblesOfFour {
  static constexpr int64_t offset(int64_t block) { return block / 4 * 64 + block % 2 * 32; }
  static constexpr int shift(int64_t block) { return static_cast<int>(block / 2 % 2 * 4); }
};
/// One bit of all eight.
struct BitsOfEight {
  static constexpr int64_t offset(int64_t) { return 0; }
  static constexpr int shift(int64_t block) { return static_cast<int>(block); }
};
/// Two bits of four neighbours.
struct TwoBitsOfFour {
  static constexpr int64_t offset(int64_t block) { return block / 4 * 32; }
  static constexpr int shift(int64_t block) { return static_cast<int>(block % 4 * 2); }
};

/// One half, of 16 bytes, of each block of a step that begins with `block`; above the field's bits there may be others.
template <typename Field>
inline Bytes read_field(const unsigned char* fields, int64_t block, int half) {
  return shift_runs(
      load_runs_at(fields + Field::offset(block) + 16 * half, [](int i) { return Field::offset(i); }),
      Field::shift(block), [](int i) { return Field::shift(i); });
}

/// Unsigned, so that a compiler sees what it is of a group's first block and so many more.
inline int64_t block_in_super(int64_t block) {
  return static_cast<int64_t>(static_cast<uint64_t>(block) % kSuperBlocks);
}

/// Bytes of a group's blocks as floats, times the f16 numbers of its super-blocks, the first one in the lower half of `numbers`.
inline void scale_bytes(BlockBytes bytes, uint32_t numbers, Vec (&to)[kScaleVectors]) {
  F16 halves[kGroupSupers];
  __builtin_memcpy(halves, &numbers, sizeof halves);
  Vec supers[kScaleVectors] = {load_partial(halves, kGroupSupers)};
  int8_t of_blocks[kGroupBlocks];
  __builtin_memcpy(of_blocks, &bytes, sizeof of_blocks);
  for (int i = 0; i < kScaleVectors; ++i)
    to[i] = spread<kSuperBlocks>(supers, i) * load(of_blocks + i * kWidth);
}

/// Super-blocks of kStride bytes.
template <int kStride>
class SuperBlockCodes {
 public:
  using Order = HalvesOrder;
  static constexpr int kBytes = kStride;
  static constexpr bool kSigned = false;

  SuperBlockCodes(const QuantizedBlock& block, int64_t n)
      : row_(row_at(block.codes, block.codes_stride, n)) {}

 protected:
  /// That of a group's first block.
  const unsigned char* super_at(int64_t block) const { return row_ + block / kSuperBlocks * kStride; }
  /// That of a step's first block, with as much fetched ahead as the step's share.
  const unsigned char* fetch_at(int64_t block) const {
    constexpr int64_t kShare = kStride / kSuperBlocks;
    const unsigned char* super = super_at(block);
    for (int64_t at = 0; at < Order::kStepBlocks * kShare; at += 64)
      prefetch(super + block_in_super(block) * kShare + at);
    return super;
  }

 private:
  const unsigned char* row_;
};

/// Q4_K, and with kFifth Q5_K: two numbers in f16, which scales and minima of six bits are multiplied with, in twelve bytes;
/// fifth bits; nibbles.
template <bool kFifth>
class SixBitScaledCodes : public SuperBlockCodes<kFifth ? 176 : 144> {
 public:
  using Base = SuperBlockCodes<kFifth ? 176 : 144>;
  using Order = typename Base::Order;
  using Base::Base;
  static constexpr bool kHasMinimum = true;
  static constexpr int kZero = 0, kMostCode = kFifth ? 31 : 15;

  /// Those of blocks [first, first + count), and of all of their super-blocks; the rest are zero.
  void read(int64_t first, int64_t count, GroupScales& group) const {
    const unsigned char* super = this->super_at(first);
    const Numbers low = numbers_at(super);
    const Numbers high = count > kSuperBlocks ? numbers_at(super + Base::kBytes) : Numbers{};
    scale_bytes(join(low.scales, high.scales), (low.pair & 0xffffU) | high.pair << 16, group.scale[0]);
    // Minima are taken away.
    scale_bytes(join(low.minima, high.minima), (low.pair >> 16 | (high.pair & 0xffff0000U)) ^ 0x80008000U,
                group.minimum);
  }

  template <bool kWhole = false>
  void codes(int64_t step, Bytes (&to)[Order::kVectors]) const {
    const int64_t first = step * Order::kStepBlocks, block = block_in_super(first);
    const unsigned char* super = this->fetch_at(first);
    for (int half = 0; half < 2; ++half) {
      to[half] = low_nibbles(read_field<NibblesOfTwo>(super + (kFifth ? 48 : 16), block, half));
      if constexpr (kFifth)
        to[half] = add_upper_bits<1>(to[half], read_field<BitsOfEight>(super + 16, block, half));
    }
  }

 private:
  /// The two numbers of a super-block, and the bytes of its blocks.
  struct Numbers {
    uint32_t pair = 0;
    uint64_t scales = 0, minima = 0;
  };
  static uint64_t eight_bytes(uint32_t low, uint32_t high) { return low | uint64_t{high} << 32; }
  static Numbers numbers_at(const unsigned char* super) {
    uint32_t words[4];
    __builtin_memcpy(words, super, sizeof words);
    // The upper two bits of the bytes of the first two words belong to the nibbles of the third.
    const uint32_t scales = words[1], minima = words[2], nibbles = words[3];
    return {words[0],
            eight_bytes(scales & 0x3f3f3f3fU, (nibbles & 0x0f0f0f0fU) | (scales >> 2 & 0x30303030U)),
            eight_bytes(minima & 0x3f3f3f3fU, (nibbles >> 4 & 0x0f0f0f0fU) | (minima >> 2 & 0x30303030U))};
  }
  static BlockBytes join(uint64_t low, uint64_t high) {
    using Pair = uint64_t __attribute__((vector_size(16)));
    return reinterpret_cast<BlockBytes>(Pair{low, high});
  }
};

using Q4KCodes = SixBitScaledCodes<false>;
using Q5KCodes = SixBitScaledCodes<true>;

/// Nibbles, the two upper bits, a signed byte for each half of a block, and the f16 number they are multiplied with.
class Q6KCodes : public SuperBlockCodes<210> {
 public:
  using SuperBlockCodes::SuperBlockCodes;
  static constexpr bool kHasMinimum = false;
  static constexpr int kZero = 32, kMostCode = 63;

  /// As that of Q4_K.
  void read(int64_t first, int64_t count, GroupScales& group) const {
    const unsigned char *low = super_at(first), *high = low + kBytes;
    BlockBytes scales[kGroupSupers] = {};
    uint32_t numbers = two_bytes(low + 208);
    __builtin_memcpy(&scales[0], low + 192, sizeof scales[0]);
    if (count > kSuperBlocks) {
      numbers |= static_cast<uint32_t>(two_bytes(high + 208)) << 16;
      __builtin_memcpy(&scales[1], high + 192, sizeof scales[1]);
    }
    scale_bytes(__builtin_shufflevector(scales[0], scales[1], 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24,
                                        26, 28, 30),
                numbers, group.scale[0]);
    scale_bytes(__builtin_shufflevector(scales[0], scales[1], 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25,
                                        27, 29, 31),
                numbers, group.scale[1]);
  }

  template <bool kWhole = false>
  void codes(int64_t step, Bytes (&to)[Order::kVectors]) const {
    const int64_t first = step * Order::kStepBlocks, block = block_in_super(first);
    const unsigned char* super = fetch_at(first);
    for (int half = 0; half < 2; ++half)
      to[half] = add_upper_bits<2>(low_nibbles(read_field<NibblesOfFour>(super, block, half)),
                                   read_field<TwoBitsOfFour>(super + 128, block, half));
  }
};
template <>
constexpr int kParts<Q6KCodes> = 2;

}  // namespace easydel::native::EASYDEL_KERNEL_ISA

#endif
