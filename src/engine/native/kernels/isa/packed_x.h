// Products of many rows of x with weights that are read in place: x is packed instead, kPackedRows rows of it side by side,
// one per lane. Packing x costs once per product what packing weights costs once per task, and a quantized weight is
// decoded row by row, without a transpose.
//
// Bound by the dot products, or for some 16 rows by decoding or reading the weights. Sums have a lane per row of x; they are
// collected as [column][row] and turned at the end.
#pragma once

#include "engine/native/kernels/isa/fetch.h"
#include "engine/native/kernels/isa/panel.h"

namespace easydel::native::EASYDEL_KERNEL_ISA {

/// Sums of the columns of a block: [columns][rows], rows rounded up to whole groups and padded, so that neighbouring columns
/// are not in the same sets of the cache.
struct ColumnSums {
  float* data;
  int64_t rows;

  float* at(int64_t column, int64_t group) const { return data + column * rows + group * kPackedRows; }
};

inline int64_t groups_of(int64_t rows) {
  return (rows + kPackedRows - 1) / kPackedRows;
}

/// Rows up to whole groups, and one more of those.
inline int64_t padded_rows(int64_t rows) {
  return (groups_of(rows) + 1) * kPackedRows;
}

/// Writes the sums of a block, row by row.
inline void write_sums(const QuantizedBlock& block, const ColumnSums& sums) {
  static_assert(kPackedRows % kWidth == 0);
  for (int64_t m = 0; m < block.m; m += kWidth) {
    for (int64_t n = 0; n < block.n; n += kWidth) {
      const int count = static_cast<int>(least(kWidth, block.n - n));
      const Vec bias = block.bias != nullptr ? load_some(block.bias + n, count) : zero();
      Vec tile[kWidth];
      for (int i = 0; i < kWidth; ++i)
        tile[i] = i < count ? load(sums.data + (n + i) * sums.rows + m) : zero();
      transpose(tile);
      float* out = block.out + m * block.out_stride + n;
      for (int64_t i = 0; i < least(kWidth, block.m - m); ++i)
        store_some(out + i * block.out_stride, tile[i] + bias, count);
    }
  }
}

/// Weights of a row that are decoded at a time: all of them while x is small, else so many that the rows of x they meet
/// stay in the second-level cache.
inline int64_t packed_depth(int64_t rows) {
  constexpr int64_t kPiece = 1024, kMost = 8192;
  return rows <= kFewPackedRows ? kMost : kPiece;
}

template <typename Form>
int64_t packed_sums(int64_t rows, int64_t columns) {
  return (columns + Form::kColumns - 1) / Form::kColumns * Form::kColumns * padded_rows(rows);
}
/// Scratch that multiply_packed_x() needs for a block of at most so many rows and columns.
template <typename Form>
int64_t packed_scratch_floats(int64_t rows, int64_t columns, int64_t k) {
  return packed_sums<Form>(rows, columns) + Form::buffer_floats(least(packed_depth(1), k));
}

/// Form decodes Form::kColumns rows of weights at a time and multiplies them.
///   Form form(block, scratch);
///   form.take(n, columns, k, depth);                       // weights [n, n + columns) at [k, k + depth)
///   form.multiply<2>(group, columns, accumulate, sums);    // with 1 or 2 groups of x from `group` on
/// It says too how x is packed (pack_x, x_bytes), and of how many columns a block is best (kBlockColumns).
template <typename Form>
void multiply_packed_x(const QuantizedBlock& block, float* scratch) {
  const int64_t groups = groups_of(block.m);
  const ColumnSums sums{scratch, padded_rows(block.m)};
  Form form(block, scratch + packed_sums<Form>(block.m, block.n));
  const int64_t depth = packed_depth(block.m);
  for (int64_t k = 0; k < block.k || k == 0; k += depth) {
    for (int64_t n = 0; n < block.n; n += Form::kColumns) {
      const int64_t columns = least(Form::kColumns, block.n - n);
      form.take(n, columns, k, least(depth, block.k - k));
      const ColumnSums part{sums.at(n, 0), sums.rows};
      int64_t group = 0;
      for (; group + 2 <= groups; group += 2) form.template multiply<2>(group, columns, k > 0, part);
      if (group < groups) form.template multiply<1>(group, columns, k > 0, part);
    }
  }
  write_sums(block, sums);
}

}  // namespace easydel::native::EASYDEL_KERNEL_ISA
