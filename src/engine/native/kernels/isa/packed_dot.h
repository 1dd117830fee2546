// Packed x as bytes: x is quantized by blocks of 32 as in codes_few.h; four codes of each of 16 rows are a vector, and four
// codes of a weight are broadcast to all of them.
//
// Bound by the dot products: 8 per block, column and vector beside three instructions for the scales.
#pragma once

#include "engine/native/kernels/isa/codes_few.h"
#include "engine/native/kernels/isa/packed_x.h"

#if defined(EASYDEL_KERNEL_BYTE_DOT)

namespace easydel::native::EASYDEL_KERNEL_ISA {

/// A group of rows of x: steps of four codes of each row; then for each block the rows' scales, and the sums of their codes
/// times a number that depends on the weights.
struct PackedCodes {
  static constexpr int64_t kStepBytes = 4 * kPackedRows;
  static constexpr int64_t kBlockSteps = kBlockWeights / 4;
  static constexpr int kVectors = static_cast<int>(kPackedRows) / kWidth;
  static int64_t padded_blocks(int64_t k) { return (blocks_of(k) + 1) / 2 * 2; }
  static int64_t code_bytes(int64_t k) { return padded_blocks(k) * kBlockSteps * kStepBytes; }
  static int64_t bytes(int64_t k) { return code_bytes(k) + padded_blocks(k) * kPackedRows * 8; }

  const int8_t* codes;
  const float* scales;
  const int32_t* sums;

  PackedCodes(const void* group, int64_t k)
      : codes(static_cast<const int8_t*>(group)),
        scales(reinterpret_cast<const float*>(codes + code_bytes(k))),
        sums(reinterpret_cast<const int32_t*>(scales + padded_blocks(k) * kPackedRows)) {}
};

/// The sums are multiplied by kSumFactor.
template <int32_t kSumFactor>
void pack_x_codes(FloatType type, const void* x, int64_t rows, void* out, int64_t k) {
  constexpr int64_t kPairBytes = 2 * kBlockWeights;
  static_assert(kPairBytes % kByteLanes == 0 && kPackedRows % kWidth == 0);
  auto* codes = static_cast<int8_t*>(out);
  auto* scales = reinterpret_cast<float*>(codes + PackedCodes::code_bytes(k));
  auto* sums = reinterpret_cast<int32_t*>(scales + PackedCodes::padded_blocks(k) * kPackedRows);
  with_type(type, [&]<typename X>(const X*) {
    const auto* from = static_cast<const X*>(x);
    for (int64_t pair = 0; pair < PackedCodes::padded_blocks(k); pair += 2) {
      alignas(64) int8_t rows_codes[kPackedRows][kPairBytes] = {};
      for (int64_t row = 0; row < kPackedRows; ++row) {
        for (int64_t b = pair; b < pair + 2; ++b) {
          const int64_t at = b * kPackedRows + row;
          scales[at] = 0;
          sums[at] = 0;
          if (row >= rows || b * kBlockWeights >= k) continue;
          int8_t* to = rows_codes[row] + (b - pair) * kBlockWeights;
          const BlockOfX block = quantize_block(from + row * k + b * kBlockWeights,
                                                least(kBlockWeights, k - b * kBlockWeights), to, to + 16);
          scales[at] = block.scale;
          if (block.sum == block.sum)
            sums[at] = kSumFactor * static_cast<int32_t>(block.sum);  // of NaN the scale tells
        }
      }
      // Four codes are a lane here.
      int8_t* to = codes + pair * kBlockWeights * kPackedRows;
      for (int64_t byte = 0; byte < kPairBytes; byte += kByteLanes) {
        for (int64_t row = 0; row < kPackedRows; row += kWidth) {
          Vec tile[kWidth];
          for (int i = 0; i < kWidth; ++i)
            tile[i] = load(reinterpret_cast<const float*>(rows_codes[row + i] + byte));
          transpose(tile);
          for (int i = 0; i < kWidth; ++i)
            store(reinterpret_cast<float*>(to + (byte / 4 + i) * PackedCodes::kStepBytes + 4 * row), tile[i]);
        }
      }
    }
  });
}

/// At most 16 columns of a weight as bytes in the order of the row: each column's codes, and by block the columns' scales,
/// with a minimum their minima. Signed codes are raised by 128 where kRaises says so.
template <typename Codes, bool kRaises>
class CodeColumns {
 public:
  static constexpr int64_t kMost = 16;
  /// What has to be taken away from a code as it is here.
  static constexpr int32_t kZero = Codes::kZero + (Codes::kSigned && kRaises ? 128 : 0);
  /// Of the sums of x: what a block's product begins with, or with a minimum 1.
  static constexpr int32_t kSumFactor = Codes::kHasMinimum ? 1 : -kZero;
  static int64_t floats(int64_t depth) {
    return kMost * (column_floats(depth) + (Codes::kHasMinimum ? 2 : 1) * grouped_blocks(depth));
  }

  CodeColumns(const QuantizedBlock& block, float* buffer) : block_(block), buffer_(buffer) {}

  /// k is a multiple of a group's weights.
  void take(int64_t n, int64_t columns, int64_t k, int64_t depth) {
    blocks_ = blocks_of(depth);
    first_block_ = k / kBlockWeights;
    stride_ = column_floats(depth);
    scales_ = buffer_ + kMost * stride_;
    minima_ = scales_ + kMost * grouped_blocks(depth);
    for (int64_t column = 0; column < columns; ++column) take_codes(Codes(block_, n + column), column);
    for (int64_t group = 0; group < blocks_; group += kGroupBlocks) take_scales(n, columns, group);
  }

  int64_t blocks() const { return blocks_; }
  int64_t first_block() const { return first_block_; }
  /// Floats between columns.
  int64_t stride() const { return stride_; }
  const float* codes(int64_t column, int64_t block) const {
    return buffer_ + column * stride_ + block * (kBlockWeights / 4);
  }
  /// Of column 0; the others' are behind it.
  const float* scales(int64_t block) const { return scales_ + block * kMost; }
  const float* minima(int64_t block) const { return minima_ + block * kMost; }

 private:
  using Order = typename Codes::Order;

  /// With half a cache line more than whole ones, so that the columns of a tile are not in the same sets of the cache.
  static int64_t column_floats(int64_t depth) { return grouped_blocks(depth) * (kBlockWeights / 4) + 8; }

  void take_codes(const Codes& row, int64_t column) const {
    auto* to = reinterpret_cast<unsigned char*>(buffer_ + column * stride_);
    for (int64_t at = 0; at < blocks_; at += Order::kStepBlocks, to += Order::kStepBlocks * kBlockWeights) {
      Bytes step[Order::kVectors];
      row.codes((first_block_ + at) / Order::kStepBlocks, step);
      if constexpr (Order::kHalves) {
        store_halves(to, step[0], step[1]);
      } else {
        for (int i = 0; i < Order::kVectors; ++i)
          store_bytes(to + i * kByteLanes, Codes::kSigned && kRaises ? raised(step[i]) : step[i]);
      }
    }
  }
  /// Those of a group of blocks.
  void take_scales(int64_t n, int64_t columns, int64_t first) const {
    GroupScales of_columns[kMost];
    for (int64_t column = 0; column < kMost; ++column) {
      GroupScales& numbers = of_columns[column];
      for (int i = 0; i < kScaleVectors; ++i) numbers.scale[i] = numbers.minimum[i] = zero();
      if (column < columns)
        Codes(block_, n + column).read(first_block_ + first, least(kGroupBlocks, blocks_ - first), numbers);
    }
    store_columns(of_columns, &GroupScales::scale, scales_ + first * kMost);
    if constexpr (Codes::kHasMinimum) store_columns(of_columns, &GroupScales::minimum, minima_ + first * kMost);
  }
  /// Numbers of each column, by block.
  static void store_columns(const GroupScales (&of_columns)[kMost], Vec (GroupScales::*numbers)[kScaleVectors],
                            float* to) {
    for (int64_t column = 0; column < kMost; column += kWidth) {
      for (int v = 0; v < kScaleVectors; ++v) {
        Vec tile[kWidth];
        for (int i = 0; i < kWidth; ++i) tile[i] = (of_columns[column + i].*numbers)[v];
        transpose(tile);
        for (int i = 0; i < kWidth; ++i) store(to + (v * kWidth + i) * kMost + column, tile[i]);
      }
    }
  }

  const QuantizedBlock& block_;
  float *buffer_, *scales_ = nullptr, *minima_ = nullptr;
  int64_t blocks_ = 0, first_block_ = 0, stride_ = 0;
};

/// See multiply_packed_x().
template <typename Codes>
class PackedDotProduct {
  using Sums = PartialSums<Codes::kSigned, Codes::kMostCode>;

 public:
  using Columns = CodeColumns<Codes, Sums::kRaises>;
  static constexpr int64_t kColumns = 12, kBlockColumns = 2 * kColumns;
  static constexpr auto pack_x = pack_x_codes<Columns::kSumFactor>;
  static constexpr auto x_bytes = PackedCodes::bytes;
  static int64_t buffer_floats(int64_t depth) { return Columns::floats(depth); }

  PackedDotProduct(const QuantizedBlock& block, float* scratch) : block_(block), columns_(block, scratch) {}

  void take(int64_t n, int64_t columns, int64_t k, int64_t depth) { columns_.take(n, columns, k, depth); }

  template <int kGroups>
  void multiply(int64_t group, int64_t columns, bool accumulate, const ColumnSums& sums) const {
    // Products, vectors of x and what the instruction set needs besides fit the registers.
    constexpr int kProducts = kRegisters == 32 ? 12 : 8;
    constexpr int kAtOnce = PackedCodes::kVectors == 1 ? kGroups : 1;
    constexpr int kTile = kProducts / (kAtOnce * PackedCodes::kVectors);
    for (int g = 0; g < kGroups; g += kAtOnce) {
      for (int64_t column = 0; column < columns;) {
        if (columns - column >= kTile) {
          multiply_tile<kAtOnce, kTile>(group + g, column, accumulate, sums);
          column += kTile;
        } else {
          multiply_tile<kAtOnce, 1>(group + g, column, accumulate, sums);
          ++column;
        }
      }
    }
  }

 private:
  /// Where a vector of rows of x lies: its codes, scales and sums, of the block at hand.
  struct VectorOfX {
    const int8_t* codes;
    const float* scales;
    const int32_t* sums;
  };

  template <int kGroups, int kTile>
  void multiply_tile(int64_t group, int64_t column, bool accumulate, const ColumnSums& to) const {
    constexpr int kVectors = kGroups * PackedCodes::kVectors;
    VectorOfX x[kVectors];
    float* sums_to[kVectors];
    unrolled<kVectors>([&]<int v>() {
      const int64_t of_vector = group + v / PackedCodes::kVectors;
      constexpr int64_t kRow = v % PackedCodes::kVectors * kWidth;
      const PackedCodes packed(static_cast<const char*>(block_.x) + of_vector * block_.x_stride, block_.k);
      const int64_t first = columns_.first_block() * kPackedRows;
      x[v] = {packed.codes + first * kBlockWeights + 4 * kRow, packed.scales + first + kRow,
              packed.sums + first + kRow};
      sums_to[v] = to.at(column, of_vector) + kRow;
    });
    Vec sums[kTile][kVectors];
    each<kTile, kVectors>([&]<int c, int v>() {
      sums[c][v] = accumulate ? load(sums_to[v] + c * to.rows) : zero();
    });
    for (int64_t b = 0; b < columns_.blocks(); ++b) {
      Vec x_scales[kVectors], x_sums[kVectors];
      Bytes products[kTile][kVectors];
      unrolled<kVectors>([&]<int v>() {
        const Bytes code_sums = load_bytes(x[v].sums);
        x_scales[v] = load(x[v].scales);
        if constexpr (Codes::kHasMinimum) x_sums[v] = to_floats(code_sums) * x_scales[v];
        const bool adds_sums = !Codes::kHasMinimum && Columns::kSumFactor != 0;
        unrolled<kTile>([&]<int c>() { products[c][v] = adds_sums ? code_sums : set1_int(0); });
      });
      add_block(x, columns_.codes(column, b), products);
      each<kTile, kVectors>([&]<int c, int v>() {
        const Vec scale = set1(columns_.scales(b)[column + c]) * x_scales[v];
        sums[c][v] = fma(to_floats(products[c][v]), scale, sums[c][v]);
        if constexpr (Codes::kHasMinimum)
          sums[c][v] = fma(set1(columns_.minima(b)[column + c]), x_sums[v], sums[c][v]);
      });
      for (VectorOfX& vector : x)
        vector = {vector.codes + kBlockWeights * kPackedRows, vector.scales + kPackedRows,
                  vector.sums + kPackedRows};
    }
    each<kTile, kVectors>([&]<int c, int v>() { store(sums_to[v] + c * to.rows, sums[c][v]); });
  }

  /// Adds the products of a block's codes; those of neighbouring columns are stride() floats apart.
  template <int kTile, int kVectors>
  inline __attribute__((always_inline)) void add_block(const VectorOfX (&x)[kVectors], const float* codes,
                                                       Bytes (&products)[kTile][kVectors]) const {
    constexpr int64_t kSteps = least(Sums::kSteps, PackedCodes::kBlockSteps);
    static_assert(PackedCodes::kBlockSteps % kSteps == 0);
    const int64_t stride = columns_.stride();
    for (int64_t first = 0; first < PackedCodes::kBlockSteps; first += kSteps) {
      Bytes sums[kTile][kVectors];
      each<kTile, kVectors>([&]<int c, int v>() { sums[c][v] = Sums::begin(products[c][v]); });
#pragma GCC unroll 8
      for (int64_t step = first; step < first + kSteps; ++step) {
        Bytes of_x[kVectors];
        unrolled<kVectors>(
            [&]<int v>() { of_x[v] = load_bytes(x[v].codes + step * PackedCodes::kStepBytes); });
        unrolled<kTile>([&]<int c>() {
          const Bytes weights = broadcast_bytes(codes + c * stride + step);
          unrolled<kVectors>([&]<int v>() { sums[c][v] = Sums::add(weights, of_x[v], sums[c][v]); });
        });
      }
      each<kTile, kVectors>([&]<int c, int v>() { products[c][v] = Sums::end(sums[c][v], products[c][v]); });
    }
  }

  /// Calls body for each column and vector of a tile.
  template <int kTile, int kVectors, typename Body>
  static inline __attribute__((always_inline)) void each(const Body& body) {
    unrolled<kTile>([&]<int c>() { unrolled<kVectors>([&]<int v>() { body.template operator()<c, v>(); }); });
  }

  const QuantizedBlock& block_;
  Columns columns_;
};

}  // namespace easydel::native::EASYDEL_KERNEL_ISA

#endif
