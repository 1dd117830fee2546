// Products of few rows of x with a weight matrix: decoding.
//
// Bound by memory: each weight byte is read once, in place, whatever the number of rows of x. Weight rows are short,
// and a hardware prefetcher follows one stream of addresses at once but takes a while to find four new ones. Tried
// on Zen 4 with rows of 576 f32 (GB/s of one core; plain reading gives 21): one row after the other 20 to 22, where
// fetching ahead gains nothing (it does on Xeons with tiles, see fetch.h); four rows side by side 8 to 14. So one row of x takes
// the weight rows one by one. More rows of x are bound by loads and multiply-adds too: they meet pieces of eight weight
// rows that stay in the first level, in tiles whose sums stay in registers, and fetch the next eight rows meanwhile.
#include "engine/native/kernels/isa/fetch.h"
#include "engine/native/kernels/isa/functions.h"
#include "engine/native/kernels/isa/simd.h"

namespace easydel::native::EASYDEL_KERNEL_ISA {
namespace {

/// Weight rows that share a reduce_add4, and those that several rows of x meet at a time.
constexpr int kWeightRows = 4, kTogether = 2 * kWeightRows;
/// Rows of x in a tile, whose sums fit the registers, and at a time.
constexpr int kTileRows = kRegisters == 32 ? 6 : 3, kMostRows = 32;

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

  void write(int64_t m, const Vec* of_columns) const {
    Vec sums[kWeightRows];
    for (int i = 0; i < kWeightRows; ++i) sums[i] = of_columns[i];
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

/// Bytes of weights that a step of a tile reads.
template <typename Dot, typename W>
constexpr int64_t kReadBytes = static_cast<int64_t>(sizeof(W)) * kWeightRows* Dot::kStep;

/// Weights that are fetched into the second level while others are multiplied, `step` bytes of at most kLines cache lines at a time: the
/// bursts of a FetchAhead hold up the loads beside them.
template <int kLines>
struct RowsAhead {
  const char* at;
  int64_t step;

  void fetch() {
    for (int i = 0; i < kLines; ++i) __builtin_prefetch(at + 64 * i, 0, 2);
    at += step;
  }
};

/// Adds the products of kRows rows of x with four weight rows from `k` to `end`, those of row r and column i to sums[r * kTogether + i].
/// Additions have the order of stream_one, so a row's result does not depend on its companions.
template <typename Dot, int kRows, typename X, typename W, typename Ahead>
inline void add_tile(const X* x, int64_t x_stride, const W* const (&rows)[kWeightRows], int64_t k,
                     int64_t end, Ahead& ahead_of, Vec* sums_of) {
  Ahead ahead = ahead_of;  // which stays in a register, as do the sums
  Vec sums[kRows][kWeightRows];
  for (int row = 0; row < kRows; ++row) {
    for (int i = 0; i < kWeightRows; ++i) sums[row][i] = sums_of[row * kTogether + i];
  }
  const auto add = [&](const auto& load) __attribute__((always_inline)) {
    Vec xv[kRows];
    for (int row = 0; row < kRows; ++row) xv[row] = load(x + row * x_stride + k);
    for (int i = 0; i < kWeightRows; ++i) {
      const Vec w = load(rows[i] + k);
      for (int row = 0; row < kRows; ++row) sums[row][i] = Dot::step(xv[row], w, sums[row][i]);
    }
  };
  for (; k + Dot::kStep <= end; k += Dot::kStep) {
    ahead.fetch();
    add([](const auto* p) __attribute__((always_inline)) { return Dot::load_whole(p); });
  }
  if (k < end)
    add([rest = static_cast<int>(end - k)](const auto* p)
            __attribute__((always_inline)) { return Dot::load_rest(p, rest); });
  for (int row = 0; row < kRows; ++row) {
    for (int i = 0; i < kWeightRows; ++i) sums_of[row * kTogether + i] = sums[row][i];
  }
  ahead_of = ahead;
}

/// As add_tile, of `count` rows.
template <typename Dot, typename X, typename W, typename Ahead>
inline void add_rows(const X* x, int64_t x_stride, int64_t count, const W* const (&rows)[kWeightRows],
                     int64_t k, int64_t end, Ahead& ahead, Vec* sums) {
  int64_t m = 0;
  const auto add = [&]<int kRows>() {
    add_tile<Dot, kRows>(x + m * x_stride, x_stride, rows, k, end, ahead, sums + m * kTogether);
    m += kRows;
  };
  while (count - m >= kTileRows) add.template operator()<kTileRows>();
  switch (count - m) {
    case 5:
      if constexpr (kTileRows > 5) add.template operator()<5>();
      break;
    case 4:
      if constexpr (kTileRows > 4) add.template operator()<4>();
      break;
    case 3:
      if constexpr (kTileRows > 3) add.template operator()<3>();
      break;
    case 2:
      add.template operator()<2>();
      break;
    case 1:
      add.template operator()<1>();
      break;
  }
}

/// Rows [m, m + count) of x, count <= kMostRows: pieces of eight weight rows, which stay in the first level, meet all of them.
/// The next eight are fetched meanwhile.
template <typename Dot, int kLines, typename X, typename W>
inline void stream_tiles(const MatmulBlock& block, int64_t m, int64_t count) {
  constexpr int64_t kPiece = 1024 / sizeof(W);
  static_assert(kPiece % Dot::kStep == 0);
  const auto* weight = static_cast<const W*>(block.weight);
  const X* x = static_cast<const X*>(block.x) + m * block.x_stride;
  // The tiles of x share this work.
  const int64_t tiles = (count + kTileRows - 1) / kTileRows, step = (kReadBytes<Dot, W> + tiles - 1) / tiles;
  Vec sums[kMostRows][kTogether];
  for (int64_t n = 0; n < block.n; n += kTogether) {
    const int columns = block.n - n < kTogether ? static_cast<int>(block.n - n) : kTogether;
    for (int64_t row = 0; row < count; ++row) {
      for (Vec& sum : sums[row]) sum = zero();
    }
    RowsAhead<kLines> ahead{reinterpret_cast<const char*>(weight + (n + kTogether) * block.weight_stride),
                            step};
    for (int64_t k = 0; k < block.k; k += kPiece) {
      const int64_t end = block.k - k < kPiece ? block.k : k + kPiece;
      for (int first = 0; first < columns; first += kWeightRows) {
        const W* rows[kWeightRows];  // missing ones repeat the last
        for (int i = 0; i < kWeightRows; ++i)
          rows[i] = weight + (n + (first + i < columns ? first + i : columns - 1)) * block.weight_stride;
        add_rows<Dot>(x, block.x_stride, count, rows, k, end, ahead, &sums[0][first]);
      }
    }
    for (int64_t row = 0; row < count; ++row) {
      for (int first = 0; first < columns; first += kWeightRows) {
        const int left = columns - first < kWeightRows ? columns - first : kWeightRows;
        Columns{block, n + first, left}.write(m + row, &sums[row][first]);
      }
    }
  }
}

/// As stream_tiles, of any number of rows.
template <typename Dot, typename X, typename W>
void stream_many(const MatmulBlock& block) {
  constexpr int kLines = static_cast<int>((kReadBytes<Dot, W> + 63) / 64), kHalf = (kLines + 1) / 2;
  for (int64_t m = 0; m < block.m; m += kMostRows) {
    const int64_t count = block.m - m < kMostRows ? block.m - m : kMostRows;
    if (m > 0) {
      stream_tiles<Dot, 0, X, W>(block, m, count);
    } else if (count <= kTileRows) {
      stream_tiles<Dot, kLines, X, W>(block, m, count);
    } else {
      stream_tiles<Dot, kHalf, X, W>(block, m, count);
    }
  }
}

template <typename Dot, typename X, typename W>
void multiply(const MatmulBlock& block) {
  const auto* weight = static_cast<const W*>(block.weight);
  if (block.m > 1) return stream_many<Dot, X, W>(block);
  for (int64_t n = 0; n < block.n; n += kWeightRows) {
    const Columns columns{block, n, block.n - n < kWeightRows ? static_cast<int>(block.n - n) : kWeightRows};
    stream_one<Dot>(columns, static_cast<const X*>(block.x), weight + n * block.weight_stride);
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
