// Packed x on AMX: tiles of 16 rows of weights, as they lie in memory, times tiles of x, whose pairs of k are rows.
#pragma once

#include "engine/native/kernels/isa/codes.h"
#include "engine/native/kernels/isa/packed_x.h"
#include "engine/native/kernels/isa/tiles.h"

#if defined(EASYDEL_KERNEL_TILES)

namespace easydel::native::EASYDEL_KERNEL_ISA {

constexpr int64_t kTileDepth = 32;  ///< weights of a row in a tile
static_assert(kPackedRows == kTileSide);

inline int64_t tile_steps(int64_t k) {
  return (k + kTileDepth - 1) / kTileDepth;
}

/// A group of rows of x: for each 32 of k a tile, of 16 pairs by 16 rows.
inline int64_t tiled_x_bytes(int64_t k) {
  return tile_steps(k) * kTileSide * 64;
}

/// The first `count` of 32 numbers in pairs, the rest zero.
template <typename X>
inline Vec pairs_of(const X* x, int64_t count) {
  return to_pairs(load_left(x, count), load_left(x + kWidth, count - kWidth));
}

inline void pack_tiled_x(FloatType type, const void* x, int64_t rows, void* out, int64_t k) {
  auto* to = static_cast<float*>(out);
  with_type(type, [&]<typename X>(const X*) {
    const auto* from = static_cast<const X*>(x);
    for (int64_t at = 0; at < k; at += kTileDepth, to += kTileSide * kTileSide) {
      Vec tile[kTileSide];
      for (int64_t row = 0; row < kTileSide; ++row)
        tile[row] = row < rows ? pairs_of(from + row * k + at, least(kTileDepth, k - at)) : zero();
      transpose(tile);
      for (int64_t i = 0; i < kTileSide; ++i) store(to + i * kTileSide, tile[i]);
    }
  });
}

/// Two tiles of 16 rows of weights for each step of k.
struct TileRows {
  const char *low, *high;
  int64_t row_stride, step_stride;  ///< in bytes
};

/// Tiles that were copied, one behind the other.
class TileBuffer {
 public:
  explicit TileBuffer(void* data) : data_(static_cast<char*>(data)) {}
  static int64_t floats(int64_t depth) { return tile_steps(depth) * kStepBytes / 4; }

  /// 32 weights of a row.
  Bf16* row(int64_t step, int64_t column) const {
    return reinterpret_cast<Bf16*>(data_ + step * kStepBytes + column * 64);
  }
  TileRows tiles() const { return {data_, data_ + kTileSide * 64, 64, kStepBytes}; }

 private:
  static constexpr int64_t kStepBytes = 2 * kTileSide * 64;
  char* data_;
};

/// bf16 weights. A few rows of x meet them where they are, but for what fills no tile.
class Bf16Rows {
 public:
  explicit Bf16Rows(const QuantizedBlock& block) : block_(block) {}

  TileRows take(int64_t n, int64_t columns, int64_t k, int64_t depth, const TileBuffer& buffer) const {
    const auto row = [&](int64_t column) {
      return reinterpret_cast<const Bf16*>(row_at(block_.codes, block_.codes_stride, n + column)) + k;
    };
    if (block_.m <= kFewPackedRows && columns == 2 * kTileSide && depth % kTileDepth == 0)
      return {reinterpret_cast<const char*>(row(0)), reinterpret_cast<const char*>(row(kTileSide)),
              block_.codes_stride, 64};
    for (int64_t column = 0; column < 2 * kTileSide; ++column) {
      for (int64_t step = 0; step < tile_steps(depth); ++step) {
        const int64_t left = depth - step * kTileDepth;
        store(reinterpret_cast<float*>(buffer.row(step, column)),
              column >= columns ? zero()
              : left >= kTileDepth
                  ? load_pairs(row(column) + step * kTileDepth)
                  : load_pairs_partial(row(column) + step * kTileDepth, static_cast<int>(left)));
      }
    }
    return buffer.tiles();
  }

 private:
  const QuantizedBlock& block_;
};

/// Quantized weights, rounded to bf16.
template <typename Codes>
class DecodedRows {
 public:
  explicit DecodedRows(const QuantizedBlock& block) : block_(block) {}

  /// k is a multiple of a step's weights.
  TileRows take(int64_t n, int64_t columns, int64_t k, int64_t depth, const TileBuffer& buffer) const {
    for (int64_t column = 0; column < 2 * kTileSide; ++column) {
      if (column < columns) {
        decode(Codes(block_, n + column), k / kBlockWeights, blocks_of(depth), buffer, column);
      } else {
        for (int64_t step = 0; step < tile_steps(depth); ++step)
          store(reinterpret_cast<float*>(buffer.row(step, column)), zero());
      }
    }
    return buffer.tiles();
  }

 private:
  using Order = typename Codes::Order;
  static_assert(kBlockWeights == kTileDepth);

  template <int kPart>
  static Vec part(Bytes codes) {
    if constexpr (Codes::kSigned) return signed_part<kPart>(codes);
    return unsigned_part<kPart>(codes);
  }

  /// Of the parts of a group's blocks; weight = code * scale + minimum.
  struct alignas(64) Numbers {
    float scale[kParts<Codes>][kGroupBlocks], minimum[kParts<Codes>][kGroupBlocks];

    explicit Numbers(const GroupScales& scales) {
      for (int part = 0; part < kParts<Codes>; ++part) {
        const Vec of_part = scales.scale[part][0];
        store(scale[part], of_part);
        store(minimum[part], Codes::kHasMinimum ? scales.minimum[0] : of_part * set1(-Codes::kZero));
      }
    }
    Vec weights(int part, int64_t block, Vec codes) const {
      return fma(codes, set1(scale[part][block]), set1(minimum[part][block]));
    }
  };

  /// The 32 weights of the kBlock-th block of a step.
  template <int kBlock>
  static void decode_block(const Bytes (&codes)[Order::kVectors], const Numbers& numbers, int64_t block,
                           Bf16* to) {
    constexpr bool kHalves = Order::kVectors == 2;
    constexpr int kLow = kHalves ? kBlock : 2 * kBlock, kHigh = kHalves ? kBlock : 2 * kBlock + 1;
    const Vec low = part<kLow>(codes[0]), high = part<kHigh>(codes[kHalves ? 1 : 0]);
    store_pairs(to, numbers.weights(0, block, low), numbers.weights(kParts<Codes> - 1, block, high));
  }

  static void decode(const Codes& row, int64_t first, int64_t blocks, const TileBuffer& to, int64_t column) {
    for (int64_t group = 0; group < blocks; group += kGroupBlocks) {
      const int64_t count = least(kGroupBlocks, blocks - group);
      GroupScales scales;
      row.read(first + group, count, scales);
      const Numbers numbers(scales);
      for (int64_t at = 0; at < count; at += Order::kStepBlocks) {
        Bytes codes[Order::kVectors];
        row.codes((first + group + at) / Order::kStepBlocks, codes);
        unrolled<Order::kStepBlocks>([&]<int kBlock>() {
          if (at + kBlock < count)
            decode_block<kBlock>(codes, numbers, at + kBlock, to.row(group + at + kBlock, column));
        });
      }
    }
  }

  const QuantizedBlock& block_;
};

/// See multiply_packed_x().
template <typename Rows>
class TiledProduct {
 public:
  static constexpr int64_t kColumns = 2 * kTileSide, kBlockColumns = kColumns;
  static constexpr auto pack_x = pack_tiled_x;
  static constexpr auto x_bytes = tiled_x_bytes;
  static int64_t buffer_floats(int64_t depth) { return TileBuffer::floats(depth); }

  TiledProduct(const QuantizedBlock& block, float* scratch)
      : block_(block), source_(block), buffer_(scratch) {}

  void take(int64_t n, int64_t columns, int64_t k, int64_t depth) {
    weights_ = source_.take(n, columns, k, depth, buffer_);
    first_step_ = k / kTileDepth;
    steps_ = tile_steps(depth);
  }

  /// Columns that are missing are zero.
  template <int kGroups>
  void multiply(int64_t group, int64_t, bool accumulate, const ColumnSums& sums) const {
    const auto* x = static_cast<const char*>(block_.x) + group * block_.x_stride + first_step_ * 1024;
    const int64_t stride = weights_.row_stride;
    const auto part = [&](int64_t column, int64_t g) {
      return TileOutput{sums.at(column, group + g), sums.rows, accumulate, nullptr, kTileSide};
    };
    // Sums are in 0 and 1 for the lower columns, 2 and 3 for the upper ones; weights in 4 and 5, x in 6 and 7.
    begin_sums<0>(part(0, 0));
    begin_sums<2>(part(kTileSide, 0));
    if constexpr (kGroups == 2) {
      begin_sums<1>(part(0, 1));
      begin_sums<3>(part(kTileSide, 1));
    }
    for (int64_t step = 0; step < steps_; ++step) {
      tile_load<4>(weights_.low + step * weights_.step_stride, stride);
      tile_load<6>(x + step * 1024, 64);
      tile_dot_pairs<0, 4, 6>();
      tile_load<5>(weights_.high + step * weights_.step_stride, stride);
      tile_dot_pairs<2, 5, 6>();
      if constexpr (kGroups == 2) {
        tile_load<7>(x + block_.x_stride + step * 1024, 64);
        tile_dot_pairs<1, 4, 7>();
        tile_dot_pairs<3, 5, 7>();
      }
    }
    finish_sums<0>(part(0, 0));
    finish_sums<2>(part(kTileSide, 0));
    if constexpr (kGroups == 2) {
      finish_sums<1>(part(0, 1));
      finish_sums<3>(part(kTileSide, 1));
    }
  }

 private:
  const TileScope scope_;
  const QuantizedBlock& block_;
  Rows source_;
  TileBuffer buffer_;
  TileRows weights_{};
  int64_t first_step_ = 0, steps_ = 0;
};

}  // namespace easydel::native::EASYDEL_KERNEL_ISA

#endif
