// Packed x as bytes: x is quantized by blocks of 32 as in codes_few.h; four codes of each of 16 rows are a vector, and four
// codes of a weight are broadcast to all of them.
//
// Bound by the dot products: 8 per block, column and vector beside three instructions for the scales.
#pragma once

#include "engine/native/kernels/isa/codes_few.h"
#include "engine/native/kernels/isa/packed_x.h"

#if defined(EASYDEL_KERNEL_BYTE_DOT)

namespace easydel::native::EASYDEL_KERNEL_ISA {

/// A group of rows of x: steps of four codes of each row; then for each block the rows' scales, and for each of its kOfParts
/// parts the sums of their codes times a number that depends on the weights. Parts are numbered through.
template <int kOfParts>
struct PackedCodes {
  static constexpr int64_t kStepBytes = 4 * kPackedRows;
  static constexpr int64_t kBlockSteps = kBlockWeights / 4, kPartSteps = kBlockSteps / kOfParts;
  static constexpr int kVectors = static_cast<int>(kPackedRows) / kWidth;
  static int64_t padded_blocks(int64_t k) { return (blocks_of(k) + 1) / 2 * 2; }
  static int64_t code_bytes(int64_t k) { return padded_blocks(k) * kBlockSteps * kStepBytes; }
  static int64_t bytes(int64_t k) {
    return code_bytes(k) + padded_blocks(k) * kPackedRows * 4 * (1 + kOfParts);
  }

  /// Its rows from one on.
  PackedCodes from_row(int64_t row) const {
    PackedCodes rows = *this;
    rows.codes += 4 * row;
    rows.scales += row;
    rows.sums += row;
    return rows;
  }
  const int8_t* codes_of(int64_t part) const { return codes + part * kPartSteps * kStepBytes; }
  const float* scales_of(int64_t part) const { return scales + part / kOfParts * kPackedRows; }
  const int32_t* sums_of(int64_t part) const { return sums + part * kPackedRows; }

  const int8_t* codes = nullptr;
  const float* scales = nullptr;
  const int32_t* sums = nullptr;

  PackedCodes() = default;
  PackedCodes(const void* group, int64_t k)
      : codes(static_cast<const int8_t*>(group)),
        scales(reinterpret_cast<const float*>(codes + code_bytes(k))),
        sums(reinterpret_cast<const int32_t*>(scales + padded_blocks(k) * kPackedRows)) {}
};

/// The sums are multiplied by kSumFactor.
template <int kOfParts, int32_t kSumFactor>
void pack_x_codes(FloatType type, const void* x, int64_t rows, void* out, int64_t k) {
  constexpr int64_t kPairBytes = 2 * kBlockWeights;
  static_assert(kPairBytes % kByteLanes == 0 && kPackedRows % kWidth == 0);
  using Packed = PackedCodes<kOfParts>;
  auto* codes = static_cast<int8_t*>(out);
  auto* scales = reinterpret_cast<float*>(codes + Packed::code_bytes(k));
  auto* sums = reinterpret_cast<int32_t*>(scales + Packed::padded_blocks(k) * kPackedRows);
  with_type(type, [&]<typename X>(const X*) {
    const auto* from = static_cast<const X*>(x);
    for (int64_t pair = 0; pair < Packed::padded_blocks(k); pair += 2) {
      alignas(64) int8_t rows_codes[kPackedRows][kPairBytes] = {};
      for (int64_t row = 0; row < kPackedRows; ++row) {
        for (int64_t b = pair; b < pair + 2; ++b) {
          const auto sum_of = [&](int part) -> int32_t& {
            return sums[(b * kOfParts + part) * kPackedRows + row];
          };
          scales[b * kPackedRows + row] = 0;
          for (int part = 0; part < kOfParts; ++part) sum_of(part) = 0;
          if (row >= rows || b * kBlockWeights >= k) continue;
          int8_t* to = rows_codes[row] + (b - pair) * kBlockWeights;
          const BlockOfX block = quantize_block(from + row * k + b * kBlockWeights,
                                                least(kBlockWeights, k - b * kBlockWeights), to, to + 16);
          scales[b * kPackedRows + row] = block.scale;
          for (int part = 0; part < kOfParts; ++part) {
            if (const float sum = block.sum<kOfParts>(part); sum == sum)
              sum_of(part) = kSumFactor * static_cast<int32_t>(sum);  // of NaN the scale tells
          }
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
            store(reinterpret_cast<float*>(to + (byte / 4 + i) * Packed::kStepBytes + 4 * row), tile[i]);
        }
      }
    }
  });
}

/// At most 16 columns of a weight as bytes in the order of the row: each column's codes, and by part of a block the columns'
/// scales, with a minimum their minima. Codes are raised by 128 where kRaises says so; those that are stored as they are multiplied
/// stay where they are.
template <typename Codes, bool kRaises>
class CodeColumns {
 public:
  static constexpr int64_t kMost = 16;
  using X = PackedCodes<kParts<Codes>>;
  /// What has to be taken away from a code as it is here.
  static constexpr int32_t kZero = Codes::kZero + (kRaises ? 128 : 0);
  /// Of the sums of x: what a block's product begins with, or with a minimum 1.
  static constexpr int32_t kSumFactor = Codes::kHasMinimum ? 1 : -kZero;
  static int64_t floats(int64_t depth) {
    return kMost *
           (column_floats(depth) + (Codes::kHasMinimum ? 2 : 1) * kParts<Codes> * grouped_blocks(depth));
  }

  CodeColumns(const QuantizedBlock& block, float* buffer) : block_(block), buffer_(buffer) {}

  /// k is a multiple of a group's weights.
  void take(int64_t n, int64_t columns, int64_t k, int64_t depth) {
    blocks_ = blocks_of(depth);
    first_block_ = k / kBlockWeights;
    scales_ = buffer_ + kMost * column_floats(depth);
    minima_ = scales_ + kMost * kParts<Codes> * grouped_blocks(depth);
    if (kAreBytes<Codes> && !kRaises && columns == kMost && depth % kBlockWeights == 0) {
      codes_ = row_at(block_.codes, block_.codes_stride, n) + k;
      stride_ = block_.codes_stride;
    } else {
      codes_ = reinterpret_cast<const unsigned char*>(buffer_);
      stride_ = 4 * column_floats(depth);
      for (int64_t column = 0; column < columns; ++column) take_codes(Codes(block_, n + column), column);
    }
    for (int64_t group = 0; group < blocks_; group += kGroupBlocks) take_scales(n, columns, group);
  }

  /// Parts of blocks that were taken, and which the first one is of the row.
  int64_t parts() const { return blocks_ * kParts<Codes>; }
  int64_t first_part() const { return first_block_ * kParts<Codes>; }
  /// Bytes between columns.
  int64_t stride() const { return stride_; }
  const unsigned char* codes(int64_t column, int64_t part) const {
    return codes_ + column * stride_ + part * X::kPartSteps * 4;
  }
  /// Of column 0; the others' are behind it.
  const float* scales(int64_t part) const { return scales_ + part * kMost; }
  const float* minima(int64_t part) const { return minima_ + part * kMost; }

 private:
  using Order = typename Codes::Order;

  /// With half a cache line more than whole ones, so that the columns of a tile are not in the same sets of the cache.
  static int64_t column_floats(int64_t depth) { return grouped_blocks(depth) * (kBlockWeights / 4) + 8; }

  void take_codes(const Codes& row, int64_t column) const {
    auto* to = reinterpret_cast<unsigned char*>(buffer_) + column * stride_;
    for (int64_t at = 0; at < blocks_; at += Order::kStepBlocks, to += Order::kStepBlocks * kBlockWeights) {
      Bytes step[Order::kVectors];
      row.codes((first_block_ + at) / Order::kStepBlocks, step);
      if constexpr (Order::kHalves) {
        store_halves(to, step[0], step[1]);
      } else {
        for (int i = 0; i < Order::kVectors; ++i)
          store_bytes(to + i * kByteLanes, kRaises ? raised(step[i]) : step[i]);
      }
    }
  }
  /// Those of a group of blocks.
  void take_scales(int64_t n, int64_t columns, int64_t first) const {
    constexpr int kOfParts = kParts<Codes>;
    static_assert(kOfParts == 1 || !Codes::kHasMinimum);
    GroupScales of_columns[kMost];
    for (int64_t column = 0; column < kMost; ++column) {
      of_columns[column] = {};
      if (column < columns)
        Codes(block_, n + column)
            .read(first_block_ + first, least(kGroupBlocks, blocks_ - first), of_columns[column]);
    }
    for (int64_t column = 0; column < kMost; column += kWidth) {
      for (int v = 0; v < kScaleVectors; ++v) {
        const int64_t block = first + v * kWidth;
        const GroupScales* numbers = of_columns + column;
        for (int part = 0; part < kOfParts; ++part)
          store_turned([&](int i) { return numbers[i].scale[part][v]; },
                       scales_ + (block * kOfParts + part) * kMost + column, kOfParts * kMost);
        if constexpr (Codes::kHasMinimum)
          store_turned([&](int i) { return numbers[i].minimum[v]; }, minima_ + block * kMost + column, kMost);
      }
    }
  }
  /// Vectors of neighbouring columns become rows, so many floats apart.
  template <typename Row>
  static void store_turned(const Row& row, float* to, int64_t stride) {
    Vec tile[kWidth];
    for (int i = 0; i < kWidth; ++i) tile[i] = row(i);
    transpose(tile);
    for (int i = 0; i < kWidth; ++i) store(to + i * stride, tile[i]);
  }

  const QuantizedBlock& block_;
  float *buffer_, *scales_ = nullptr, *minima_ = nullptr;
  const unsigned char* codes_ = nullptr;
  int64_t blocks_ = 0, first_block_ = 0, stride_ = 0;
};

/// See multiply_packed_x().
template <typename Codes>
class PackedDotProduct {
  using Sums = PartialSums<Codes::kSigned, Codes::kMostCode>;

 public:
  using Columns = CodeColumns<Codes, Sums::kRaises>;
  using X = typename Columns::X;
  static constexpr int64_t kColumns = 12, kBlockColumns = 2 * kColumns;
  static constexpr auto pack_x = pack_x_codes<kParts<Codes>, Columns::kSumFactor>;
  static constexpr auto x_bytes = X::bytes;
  static int64_t buffer_floats(int64_t depth) { return Columns::floats(depth); }

  PackedDotProduct(const QuantizedBlock& block, float* scratch) : block_(block), columns_(block, scratch) {}

  void take(int64_t n, int64_t columns, int64_t k, int64_t depth) { columns_.take(n, columns, k, depth); }

  template <int kGroups>
  void multiply(int64_t group, int64_t columns, bool accumulate, const ColumnSums& sums) const {
    // Products, vectors of x and what the instruction set needs besides fit the registers.
    constexpr int kProducts = kRegisters == 32 ? 12 : 8;
    constexpr int kAtOnce = X::kVectors == 1 ? kGroups : 1;
    constexpr int kTile = kProducts / (kAtOnce * X::kVectors);
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
  template <int kGroups, int kTile>
  void multiply_tile(int64_t group, int64_t column, bool accumulate, const ColumnSums& to) const {
    constexpr int kVectors = kGroups * X::kVectors;
    X x[kVectors];  // from the vector's first row on
    float* sums_to[kVectors];
    for (int v = 0; v < kVectors; ++v) {
      const int64_t of_vector = group + v / X::kVectors, row = v % X::kVectors * kWidth;
      x[v] = X(static_cast<const char*>(block_.x) + of_vector * block_.x_stride, block_.k).from_row(row);
      sums_to[v] = to.at(column, of_vector) + row;
    }
    Vec sums[kTile][kVectors];
    for (int c = 0; c < kTile; ++c) {
      for (int v = 0; v < kVectors; ++v) sums[c][v] = accumulate ? load(sums_to[v] + c * to.rows) : zero();
    }
    for (int64_t part = 0; part < columns_.parts(); ++part) {
      const int64_t x_part = columns_.first_part() + part;
      Vec x_scales[kVectors], x_sums[kVectors];
      Bytes products[kTile][kVectors];
      const int8_t* x_codes[kVectors];
      for (int v = 0; v < kVectors; ++v) {
        const Bytes code_sums = load_bytes(x[v].sums_of(x_part));
        x_codes[v] = x[v].codes_of(x_part);
        x_scales[v] = load(x[v].scales_of(x_part));
        if constexpr (Codes::kHasMinimum) x_sums[v] = to_floats(code_sums) * x_scales[v];
        constexpr bool kAddsSums = !Codes::kHasMinimum && Columns::kSumFactor != 0;
        for (int c = 0; c < kTile; ++c) products[c][v] = kAddsSums ? code_sums : set1_int(0);
      }
      add_part(x_codes, columns_.codes(column, part), products);
      for (int c = 0; c < kTile; ++c) {
        for (int v = 0; v < kVectors; ++v) {
          const Vec scale = set1(columns_.scales(part)[column + c]) * x_scales[v];
          sums[c][v] = fma(to_floats(products[c][v]), scale, sums[c][v]);
          if constexpr (Codes::kHasMinimum)
            sums[c][v] = fma(set1(columns_.minima(part)[column + c]), x_sums[v], sums[c][v]);
        }
      }
    }
    for (int c = 0; c < kTile; ++c) {
      for (int v = 0; v < kVectors; ++v) store(sums_to[v] + c * to.rows, sums[c][v]);
    }
  }

  /// Adds the products of a part's codes; those of neighbouring columns are stride() bytes apart.
  template <int kTile, int kVectors>
  inline __attribute__((always_inline)) void add_part(const int8_t* const (&x)[kVectors],
                                                      const unsigned char* codes,
                                                      Bytes (&products)[kTile][kVectors]) const {
    constexpr int64_t kSteps = least(Sums::kSteps, X::kPartSteps);
    static_assert(X::kPartSteps % kSteps == 0);
    const int64_t stride = columns_.stride();
    for (int64_t first = 0; first < X::kPartSteps; first += kSteps) {
      Bytes sums[kTile][kVectors];
      for (int c = 0; c < kTile; ++c) {
        for (int v = 0; v < kVectors; ++v) sums[c][v] = Sums::begin(products[c][v]);
      }
#pragma GCC unroll 8
      for (int64_t step = first; step < first + kSteps; ++step) {
        Bytes of_x[kVectors];
        for (int v = 0; v < kVectors; ++v) of_x[v] = load_bytes(x[v] + step * X::kStepBytes);
        for (int c = 0; c < kTile; ++c) {
          const Bytes weights = broadcast_bytes(codes + c * stride + 4 * step);
          for (int v = 0; v < kVectors; ++v) sums[c][v] = Sums::add(weights, of_x[v], sums[c][v]);
        }
      }
      for (int c = 0; c < kTile; ++c) {
        for (int v = 0; v < kVectors; ++v) products[c][v] = Sums::end(sums[c][v], products[c][v]);
      }
    }
  }

  const QuantizedBlock& block_;
  Columns columns_;
};

}  // namespace easydel::native::EASYDEL_KERNEL_ISA

#endif
