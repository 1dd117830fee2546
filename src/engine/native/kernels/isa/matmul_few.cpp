// Products of few rows of x with a weight matrix: decoding.
//
// Bound by memory: each weight byte is read once, in place, whatever the number of rows of x. Weight rows are short,
// and a hardware prefetcher follows one stream of addresses at once but takes a while to find four new ones. Tried
// on Zen 4 with rows of 576 f32 (GB/s of one core; plain reading gives 21): one row after the other 20 to 22, where
// fetching ahead gains nothing (it does on Xeons with tiles: fetch.h); four rows side by side 8 to 14; the same, fetching the next four rows into the first
// level 11 to 18, the four after those into the second level 19 to 23. So one row of x takes the weight rows one by
// one; more rows of x take four side by side, to load x less often.
#include "engine/native/kernels/isa/fetch.h"
#include "engine/native/kernels/isa/functions.h"
#include "engine/native/kernels/isa/simd.h"

namespace easydel::native::EASYDEL_KERNEL_ISA {
namespace {

/// Weight rows that share a reduce_add4.
constexpr int kWeightRows = 4;
constexpr int kMostRows = kRegisters == 32 ? 4 : 2;

struct F32Row {
  static constexpr int64_t kStep = kWidth;
  template <typename T>
  static Vec load_whole(const T* p) {
    return load(p);
  }
  template <typename T>
  static Vec load_rest(const T* p, int count) {
    return load_partial(p, count);
  }
  static Vec step(Vec x, Vec w, Vec sum) { return fma(x, w, sum); }
};

#if defined(EASYDEL_KERNEL_BF16_DOT)
struct PairRow {
  static constexpr int64_t kStep = 2 * kWidth;
  static Vec load_whole(const Bf16* p) { return load_pairs(p); }
  static Vec load_rest(const Bf16* p, int count) { return load_pairs_partial(p, count); }
  static Vec step(Vec x, Vec w, Vec sum) { return dot_pairs(x, w, sum); }
};
#endif

/// Columns [n, n + count) of a block, count <= kWeightRows.
struct Columns {
  const MatmulBlock& block;
  int64_t n;
  int count;

  void write(int64_t m, const Vec (&sums)[kWeightRows]) const {
    float results[kWeightRows];
    reduce_add4(sums, results);
    float* out = block.out + m * block.out_stride + n;
    for (int i = 0; i < count; ++i) out[i] = results[i] + (block.bias != nullptr ? block.bias[n + i] : 0.0f);
  }
};

/// One row of x, weight rows one after the other.
template <typename Dot, typename X, typename W>
inline void stream_one(const Columns& columns, const X* x, const W* w) {
  const MatmulBlock& block = columns.block;
  Vec sums[kWeightRows];
  for (int i = 0; i < kWeightRows; ++i) {
    Vec sum = zero();
    if (i < columns.count) {
      const W* row = w + i * block.weight_stride;
      int64_t k = 0;
      for (; k + Dot::kStep <= block.k; k += Dot::kStep) {
        if constexpr (kFetchesFarAhead) prefetch(row + k);
        sum = Dot::step(Dot::load_whole(x + k), Dot::load_whole(row + k), sum);
      }
      if (k < block.k) {
        const int rest = static_cast<int>(block.k - k);
        sum = Dot::step(Dot::load_rest(x + k, rest), Dot::load_rest(row + k, rest), sum);
      }
    }
    sums[i] = sum;
  }
  columns.write(0, sums);
}

/// Rows [m, m + kRows) of x, four weight rows side by side; missing ones repeat the last. Additions have the order of
/// stream_one, so a row's result does not depend on its companions.
template <typename Dot, int kRows, typename X, typename W>
inline void stream_tile(const Columns& columns, int64_t m, const W* w) {
  const MatmulBlock& block = columns.block;
  const X* x = static_cast<const X*>(block.x) + m * block.x_stride;
  const W* rows[kWeightRows];
  for (int i = 0; i < kWeightRows; ++i)
    rows[i] = w + (i < columns.count ? i : columns.count - 1) * block.weight_stride;
  constexpr int64_t kFetchRows = 2 * kWeightRows;
  const int64_t fetch = m == 0 ? kFetchRows * block.weight_stride : 0;

  Vec sums[kRows][kWeightRows];
  for (int row = 0; row < kRows; ++row) {
    for (int i = 0; i < kWeightRows; ++i) sums[row][i] = zero();
  }
  int64_t k = 0;
  for (; k + Dot::kStep <= block.k; k += Dot::kStep) {
    Vec wv[kWeightRows];
    for (int i = 0; i < kWeightRows; ++i) {
      wv[i] = Dot::load_whole(rows[i] + k);
      __builtin_prefetch(rows[i] + k + fetch, 0, 2);
    }
    for (int row = 0; row < kRows; ++row) {
      const Vec xv = Dot::load_whole(x + row * block.x_stride + k);
      for (int i = 0; i < kWeightRows; ++i) sums[row][i] = Dot::step(xv, wv[i], sums[row][i]);
    }
  }
  if (k < block.k) {
    const int rest = static_cast<int>(block.k - k);
    for (int row = 0; row < kRows; ++row) {
      const Vec xv = Dot::load_rest(x + row * block.x_stride + k, rest);
      for (int i = 0; i < kWeightRows; ++i)
        sums[row][i] = Dot::step(xv, Dot::load_rest(rows[i] + k, rest), sums[row][i]);
    }
  }
  for (int row = 0; row < kRows; ++row) columns.write(m + row, sums[row]);
}

template <typename Dot, typename X, typename W>
void multiply(const MatmulBlock& block) {
  const auto* weight = static_cast<const W*>(block.weight);
  for (int64_t n = 0; n < block.n; n += kWeightRows) {
    const Columns columns{block, n, block.n - n < kWeightRows ? static_cast<int>(block.n - n) : kWeightRows};
    const W* w = weight + n * block.weight_stride;
    if (block.m == 1) {
      stream_one<Dot>(columns, static_cast<const X*>(block.x), w);
      continue;
    }
    int64_t m = 0;
    if constexpr (kMostRows > 2) {
      for (; m + kMostRows <= block.m; m += kMostRows) stream_tile<Dot, kMostRows, X>(columns, m, w);
      if (m + 3 == block.m) {
        stream_tile<Dot, 3, X>(columns, m, w);
        continue;
      }
    }
    for (; m + 2 <= block.m; m += 2) stream_tile<Dot, 2, X>(columns, m, w);
    if (m < block.m) stream_tile<Dot, 1, X>(columns, m, w);
  }
}

}  // namespace

void matmul_few(const MatmulBlock& block) {
  if (block.weight_is_in_out) return matmul_few_in_out(block);
#if defined(EASYDEL_KERNEL_BF16_DOT)
  if (block.x_is_bf16) return multiply<PairRow, Bf16, Bf16>(block);
#endif
  with_type(block.weight_type, [&]<typename W>(const W*) { multiply<F32Row, float, W>(block); });
}

void matmul_few_bytes(const MatmulBlock& block) {
  multiply<F32Row, float, int8_t>(block);
}

}  // namespace easydel::native::EASYDEL_KERNEL_ISA
