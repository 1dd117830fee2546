// Packed x as bytes: x is quantized by blocks of 32 as in codes_few.h; four codes of each of 16 rows are a vector, and four
// codes of a weight are broadcast to all of them.
//
// Bound by the dot products: 8 per block, column and vector beside three instructions for the scales. Only where one
// instruction multiplies and adds bytes; else weights widened to f32 are as fast.
#pragma once

#include "engine/native/kernels/isa/codes_few.h"
#include "engine/native/kernels/isa/packed_x.h"

#if defined(__AVX512VNNI__)
#define EASYDEL_KERNEL_PACKED_DOT 1

namespace easydel::native::EASYDEL_KERNEL_ISA {

/// A group of rows of x: steps of four codes of each row; then for each block the rows' scales, and for each of its kOfParts
/// parts the sums of their codes times a number that depends on the weights. Parts are numbered through.
template <int kOfParts>
struct PackedCodes {
  static constexpr int64_t kStepBytes = 4 * kPackedRows;
  static constexpr int64_t kBlockSteps = kBlockWeights / 4, kPartSteps = kBlockSteps / kOfParts;
  static int64_t padded_blocks(int64_t k) { return (blocks_of(k) + 1) / 2 * 2; }
  static int64_t code_bytes(int64_t k) { return padded_blocks(k) * kBlockSteps * kStepBytes; }
  static int64_t bytes(int64_t k) {
    return code_bytes(k) + padded_blocks(k) * kPackedRows * 4 * (1 + kOfParts);
  }

  const int8_t* codes_of(int64_t part) const { return codes + part * kPartSteps * kStepBytes; }
  const float* scales_of(int64_t part) const { return scales + part / kOfParts * kPackedRows; }
  const int32_t* sums_of(int64_t part) const { return sums + part * kPackedRows; }

  const int8_t* codes;
  const float* scales;
  const int32_t* sums;

  PackedCodes(const void* group, int64_t k)
      : codes(static_cast<const int8_t*>(group)),
        scales(reinterpret_cast<const float*>(codes + code_bytes(k))),
        sums(reinterpret_cast<const int32_t*>(scales + padded_blocks(k) * kPackedRows)) {}
};

/// The sums are multiplied by kSumFactor.
template <int kOfParts, int32_t kSumFactor>
void pack_x_codes(FloatType type, const void* x, int64_t rows, void* out, int64_t k) {
  static_assert(kWidth == kPackedRows);
  using Packed = PackedCodes<kOfParts>;
  auto* codes = static_cast<int8_t*>(out);
  auto* scales = reinterpret_cast<float*>(codes + Packed::code_bytes(k));
  auto* sums = reinterpret_cast<int32_t*>(scales + Packed::padded_blocks(k) * kPackedRows);
  with_type(type, [&]<typename X>(const X*) {
    const auto* from = static_cast<const X*>(x);
    for (int64_t pair = 0; pair < Packed::padded_blocks(k); pair += 2) {
      Vec tile[kPackedRows];
      for (int64_t row = 0; row < kPackedRows; ++row) {
        alignas(64) int8_t row_codes[2 * kBlockWeights] = {};
        for (int64_t b = pair; b < pair + 2; ++b) {
          const auto sum_of = [&](int part) -> int32_t& {
            return sums[(b * kOfParts + part) * kPackedRows + row];
          };
          scales[b * kPackedRows + row] = 0;
          for (int part = 0; part < kOfParts; ++part) sum_of(part) = 0;
          if (row >= rows || b * kBlockWeights >= k) continue;
          int8_t* to = row_codes + (b - pair) * kBlockWeights;
          const BlockOfX block = quantize_block(from + row * k + b * kBlockWeights,
                                                least(kBlockWeights, k - b * kBlockWeights), to, to + 16);
          scales[b * kPackedRows + row] = block.scale;
          for (int part = 0; part < kOfParts; ++part) {
            if (const float sum = block.sum<kOfParts>(part); sum == sum)
              sum_of(part) = kSumFactor * static_cast<int32_t>(sum);  // of NaN the scale tells
          }
        }
        tile[row] = load(reinterpret_cast<const float*>(row_codes));
      }
      transpose(tile);
      for (int64_t step = 0; step < 2 * Packed::kBlockSteps; ++step)
        store(reinterpret_cast<float*>(codes + (pair * Packed::kBlockSteps + step) * Packed::kStepBytes),
              tile[step]);
    }
  });
}

/// At most 16 columns of a weight as bytes in the order of the row: each column's codes, and by part of a block the columns'
/// scales, with a minimum their minima. Signed codes are raised by 128 where kUnsigned says so.
template <typename Codes, bool kUnsigned>
class CodeColumns {
 public:
  static constexpr int64_t kMost = 16;
  using X = PackedCodes<kParts<Codes>>;
  /// What has to be taken away from a code as it is here.
  static constexpr int32_t kZero = Codes::kZero + (Codes::kSigned && kUnsigned ? 128 : 0);
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
    stride_ = column_floats(depth);
    scales_ = buffer_ + kMost * stride_;
    minima_ = scales_ + kMost * kParts<Codes> * grouped_blocks(depth);
    for (int64_t column = 0; column < columns; ++column) take_codes(Codes(block_, n + column), column);
    for (int64_t group = 0; group < blocks_; group += kGroupBlocks) take_scales(n, columns, group);
  }

  /// Parts of blocks that were taken, and which the first one is of the row.
  int64_t parts() const { return blocks_ * kParts<Codes>; }
  int64_t first_part() const { return first_block_ * kParts<Codes>; }
  /// Floats between columns.
  int64_t stride() const { return stride_; }
  const float* codes(int64_t column, int64_t part) const {
    return buffer_ + column * stride_ + part * X::kPartSteps;
  }
  /// Of column 0; the others' are behind it.
  const float* scales(int64_t part) const { return scales_ + part * kMost; }
  const float* minima(int64_t part) const { return minima_ + part * kMost; }

 private:
  using Order = typename Codes::Order;

  /// With half a cache line more than whole ones, so that the columns of a tile are not in the same sets of the cache.
  static int64_t column_floats(int64_t depth) { return grouped_blocks(depth) * (kBlockWeights / 4) + 8; }

  void take_codes(const Codes& row, int64_t column) const {
    auto* to = reinterpret_cast<unsigned char*>(buffer_ + column * stride_);
    for (int64_t at = 0; at < blocks_; at += Order::kStepBlocks, to += Order::kStepBlocks * kBlockWeights) {
      Bytes step[Order::kVectors];
      row.codes((first_block_ + at) / Order::kStepBlocks, step);
      if constexpr (Order::kVectors == 2) {
        store_halves(to, step[0], step[1]);
      } else {
        store_bytes(to, Codes::kSigned && kUnsigned ? raised(step[0]) : step[0]);
      }
    }
  }
  /// Those of a group of blocks.
  void take_scales(int64_t n, int64_t columns, int64_t first) const {
    static_assert(kMost == kWidth && kGroupBlocks == kWidth);
    constexpr int kOfParts = kParts<Codes>;
    static_assert(kOfParts == 1 || !Codes::kHasMinimum);
    Vec scales[kOfParts][kWidth], minima[kWidth];
    for (int64_t column = 0; column < kWidth; ++column) {
      GroupScales numbers{};
      if (column < columns)
        Codes(block_, n + column).read(first_block_ + first, least(kGroupBlocks, blocks_ - first), numbers);
      for (int part = 0; part < kOfParts; ++part) scales[part][column] = numbers.scale[part][0];
      if constexpr (Codes::kHasMinimum) minima[column] = numbers.minimum[0];
    }
    for (int part = 0; part < kOfParts; ++part) {
      transpose(scales[part]);
      for (int64_t i = 0; i < kWidth; ++i)
        store(scales_ + ((first + i) * kOfParts + part) * kMost, scales[part][i]);
    }
    if constexpr (Codes::kHasMinimum) {
      transpose(minima);
      for (int64_t i = 0; i < kWidth; ++i) store(minima_ + (first + i) * kMost, minima[i]);
    }
  }

  const QuantizedBlock& block_;
  float *buffer_, *scales_ = nullptr, *minima_ = nullptr;
  int64_t blocks_ = 0, first_block_ = 0, stride_ = 0;
};

/// See multiply_packed_x().
template <typename Codes>
class PackedDotProduct {
 public:
  using Columns = CodeColumns<Codes, true>;
  using X = typename Columns::X;
  static constexpr int64_t kColumns = 12, kBlockColumns = 2 * kColumns;
  static constexpr auto pack_x = pack_x_codes<kParts<Codes>, Columns::kSumFactor>;
  static constexpr auto x_bytes = X::bytes;
  static int64_t buffer_floats(int64_t depth) { return Columns::floats(depth); }

  PackedDotProduct(const QuantizedBlock& block, float* scratch) : block_(block), columns_(block, scratch) {}

  void take(int64_t n, int64_t columns, int64_t k, int64_t depth) { columns_.take(n, columns, k, depth); }

  template <int kGroups>
  void multiply(int64_t group, int64_t columns, bool accumulate, const ColumnSums& sums) const {
    constexpr int kTile = kColumns / kGroups;
    for (int64_t column = 0; column < columns;) {
      if (columns - column >= kTile) {
        multiply_tile<kGroups, kTile>(group, column, accumulate, sums);
        column += kTile;
      } else {
        multiply_tile<kGroups, 1>(group, column, accumulate, sums);
        ++column;
      }
    }
  }

 private:
  template <int kGroups, int kTile>
  void multiply_tile(int64_t group, int64_t column, bool accumulate, const ColumnSums& to) const {
    const auto x_of = [&](int g) {
      return X(static_cast<const char*>(block_.x) + (group + g) * block_.x_stride, block_.k);
    };
    Vec sums[kTile][kGroups];
    for (int c = 0; c < kTile; ++c) {
      for (int g = 0; g < kGroups; ++g) sums[c][g] = accumulate ? load(to.at(column + c, group + g)) : zero();
    }
    for (int64_t part = 0; part < columns_.parts(); ++part) {
      const int64_t x_part = columns_.first_part() + part;
      Vec x_scales[kGroups], x_sums[kGroups];
      Bytes products[kTile][kGroups];
      for (int g = 0; g < kGroups; ++g) {
        const Bytes code_sums = load_bytes(x_of(g).sums_of(x_part));
        x_scales[g] = load(x_of(g).scales_of(x_part));
        if constexpr (Codes::kHasMinimum) x_sums[g] = to_floats(code_sums) * x_scales[g];
        for (int c = 0; c < kTile; ++c) products[c][g] = Codes::kHasMinimum ? set1_int(0) : code_sums;
      }
      for (int64_t step = 0; step < X::kPartSteps; ++step) {
        Bytes x[kGroups];
        for (int g = 0; g < kGroups; ++g) x[g] = load_bytes(x_of(g).codes_of(x_part) + step * X::kStepBytes);
        for (int c = 0; c < kTile; ++c) {
          const Bytes weights = broadcast_bytes(columns_.codes(column + c, part) + step);
          for (int g = 0; g < kGroups; ++g) products[c][g] = dot_codes(weights, x[g], products[c][g]);
        }
      }
      for (int c = 0; c < kTile; ++c) {
        for (int g = 0; g < kGroups; ++g) {
          sums[c][g] = fma(to_floats(products[c][g]), set1(columns_.scales(part)[column + c]) * x_scales[g],
                           sums[c][g]);
          if constexpr (Codes::kHasMinimum)
            sums[c][g] = fma(set1(columns_.minima(part)[column + c]), x_sums[g], sums[c][g]);
        }
      }
    }
    for (int c = 0; c < kTile; ++c) {
      for (int g = 0; g < kGroups; ++g) store(to.at(column + c, group + g), sums[c][g]);
    }
  }

  const QuantizedBlock& block_;
  Columns columns_;
};

}  // namespace easydel::native::EASYDEL_KERNEL_ISA

#endif
