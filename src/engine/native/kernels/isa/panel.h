// Panels: weights rearranged so that one step of k is kColumnVectors vectors of neighbouring columns, and the
// products of a block of rows with a panel.
//
// Bound by the multiply-add units: a tile of kTileRows x kTileVectors accumulators needs kTileVectors loads
// of the panel and kTileRows broadcasts for their product of multiply-adds.
#pragma once

#include "engine/native/kernels/isa/simd.h"

namespace easydel::native::EASYDEL_KERNEL_ISA {

/// Accumulators fill the registers but for the panel's vectors and a broadcast.
constexpr int kPanelVectors = kRegisters == 32 ? 4 : 2;
constexpr int64_t kPanelColumns = kPanelVectors * kWidth;
constexpr int kPanelRows = kRegisters == 32 ? 6 : 6;
/// Steps of k in a panel: with a panel's worth of x beside it, it stays in the second-level cache.
constexpr int64_t kPanelDepth = kRegisters == 32 ? 1024 : 2048;

constexpr int64_t least(int64_t a, int64_t b) {
  return a < b ? a : b;
}

/// f32 products.
struct F32Dot {
  using X = float;
  static Vec broadcast(const X* x) { return set1(*x); }
  static Vec step(Vec x, Vec w, Vec sum) { return fma(x, w, sum); }
};

#if defined(EASYDEL_KERNEL_BF16_DOT)
/// bf16 pairs; a step of k is two elements.
struct PairDot {
  using X = uint32_t;
  static Vec broadcast(const X* x) { return broadcast_pair(x); }
  static Vec step(Vec x, Vec w, Vec sum) { return dot_pairs(x, w, sum); }
};
#endif

/// Where a tile of results goes.
struct TileOutput {
  float* out;
  int64_t stride;
  bool accumulate;    ///< add to what is there
  const float* bias;  ///< null, or one per column
  int64_t columns;    ///< valid columns
};

template <int kRows, int kVectors>
inline void store_tile(const Vec (&sum)[kRows][kVectors], const TileOutput& to) {
  for (int v = 0; v < kVectors; ++v) {
    const int64_t left = to.columns - v * kWidth;
    if (left <= 0) return;
    const int count = left < kWidth ? static_cast<int>(left) : kWidth;
    const Vec bias = to.bias != nullptr ? load_some(to.bias + v * kWidth, count) : zero();
    for (int row = 0; row < kRows; ++row) {
      float* out = to.out + row * to.stride + v * kWidth;
      const Vec base = to.accumulate ? load_some(out, count) : zero();
      store_some(out, sum[row][v] + bias + base, count);
    }
  }
}

template <typename Dot, int kRows, int kVectors, typename W>
inline void multiply_tile(const typename Dot::X* x, int64_t x_stride, const W* panel, int64_t panel_stride,
                          int64_t depth, const TileOutput& to) {
  Vec sum[kRows][kVectors];
  for (int row = 0; row < kRows; ++row) {
    for (int v = 0; v < kVectors; ++v) sum[row][v] = zero();
  }
  for (int64_t k = 0; k < depth; ++k) {
    Vec w[kVectors];
    for (int v = 0; v < kVectors; ++v) w[v] = load(panel + k * panel_stride + v * kWidth);
    for (int row = 0; row < kRows; ++row) {
      const Vec xb = Dot::broadcast(x + row * x_stride + k);
      for (int v = 0; v < kVectors; ++v) sum[row][v] = Dot::step(xb, w[v], sum[row][v]);
    }
  }
  store_tile<kRows, kVectors>(sum, to);
}

/// `rows` rows of x against one panel of kVectors vectors. Panel rows are read whole: kVectors * kWidth
/// elements.
template <typename Dot, int kVectors, typename W>
inline void multiply_panel(const typename Dot::X* x, int64_t x_stride, int64_t rows, const W* panel,
                           int64_t panel_stride, int64_t depth, TileOutput to) {
  constexpr int kFull =
      kPanelRows * kPanelVectors / kVectors < 12 ? kPanelRows * kPanelVectors / kVectors : 12;
  const auto advance = [&](int count) {
    x += count * x_stride;
    to.out += count * to.stride;
    rows -= count;
  };
  for (; rows >= kFull; advance(kFull))
    multiply_tile<Dot, kFull, kVectors>(x, x_stride, panel, panel_stride, depth, to);
  for (; rows >= 4; advance(4)) multiply_tile<Dot, 4, kVectors>(x, x_stride, panel, panel_stride, depth, to);
  if (rows == 3) return multiply_tile<Dot, 3, kVectors>(x, x_stride, panel, panel_stride, depth, to);
  for (; rows >= 2; advance(2)) multiply_tile<Dot, 2, kVectors>(x, x_stride, panel, panel_stride, depth, to);
  for (; rows >= 1; advance(1)) multiply_tile<Dot, 1, kVectors>(x, x_stride, panel, panel_stride, depth, to);
}

/// All rows of x, f32 and x_stride floats apart, against a weight that pack(n, columns, k, depth) puts into the panel a
/// piece at a time. `block` is a MatmulBlock or a QuantizedBlock.
template <typename Block, typename Pack>
inline void multiply_packed(const Block& block, int64_t x_stride, const float* panel, const Pack& pack) {
  const auto* x = static_cast<const float*>(block.x);
  for (int64_t n = 0; n < block.n; n += kPanelColumns) {
    const int64_t columns = least(kPanelColumns, block.n - n);
    const float* bias = block.bias != nullptr ? block.bias + n : nullptr;
    for (int64_t k = 0; k < block.k || k == 0; k += kPanelDepth) {
      const int64_t depth = least(kPanelDepth, block.k - k);
      pack(n, columns, k, depth);
      multiply_panel<F32Dot, kPanelVectors>(
          x + k, x_stride, block.m, panel, kPanelColumns, depth,
          {block.out + n, block.out_stride, k > 0, k == 0 ? bias : nullptr, columns});
    }
  }
}

/// Copies `columns` rows of w (each `depth` elements, `stride` apart) into columns of a panel of kVectors
/// vectors; missing columns are zero.
template <int kVectors, typename W>
inline void pack_panel(const W* w, int64_t stride, int64_t columns, int64_t depth, float* panel) {
  constexpr int64_t kRow = kVectors * kWidth;
  for (int v = 0; v < kVectors; ++v) {
    const int64_t left = columns - v * kWidth;
    const W* first = w + v * kWidth * stride;
    for_vectors(depth, [&](int64_t k, int count) {
      Vec tile[kWidth];
      for (int i = 0; i < kWidth; ++i) {
        const W* p = first + i * stride + k;
        tile[i] = i < left ? load_some(p, count) : zero();
        __builtin_prefetch(p + kWidth * stride, 0, 2);
      }
      transpose(tile);
      for (int i = 0; i < count; ++i) store(panel + (k + i) * kRow + v * kWidth, tile[i]);
    });
  }
}

/// As pack_panel, for a weight that has columns side by side: `depth` rows of `columns` elements, `stride` apart.
template <int kVectors, typename W>
inline void copy_panel(const W* w, int64_t stride, int64_t columns, int64_t depth, float* panel) {
  constexpr int64_t kRow = kVectors * kWidth;
  for (int64_t k = 0; k < depth; ++k) {
    float* row = panel + k * kRow;
    for (int64_t n = columns / kWidth * kWidth; n < kRow; n += kWidth) store(row + n, zero());
    for_vectors(columns, [&](int64_t n, int count) { store(row + n, load_some(w + k * stride + n, count)); });
  }
}

#if defined(EASYDEL_KERNEL_BF16_DOT)
/// As copy_panel, for pairs: `depth` counts elements; the panel has (depth + 1) / 2 steps.
template <int kVectors>
inline void join_pairs(const Bf16* w, int64_t stride, int64_t columns, int64_t depth, float* panel) {
  constexpr int64_t kRow = kVectors * kWidth;
  for (int64_t k = 0; k < depth; k += 2) {
    float* row = panel + k / 2 * kRow;
    for (int64_t n = columns / kWidth * kWidth; n < kRow; n += kWidth) store(row + n, zero());
    for_vectors(columns, [&](int64_t n, int count) {
      const Bf16* first = w + k * stride + n;
      store(row + n, load_joined(first, k + 1 < depth ? first + stride : nullptr, count));
    });
  }
}

/// As pack_panel, for pairs: `depth` counts elements; the panel has (depth + 1) / 2 steps.
template <int kVectors>
inline void pack_pairs(const Bf16* w, int64_t stride, int64_t columns, int64_t depth, float* panel) {
  constexpr int64_t kRow = kVectors * kWidth;
  const int64_t steps = (depth + 1) / 2;
  for (int v = 0; v < kVectors; ++v) {
    const int64_t left = columns - v * kWidth;
    const Bf16* first = w + v * kWidth * stride;
    for_vectors(steps, [&](int64_t step, int count) {
      const int64_t rest = depth - 2 * step;
      Vec tile[kWidth];
      for (int i = 0; i < kWidth; ++i) {
        const Bf16* p = first + i * stride + 2 * step;
        __builtin_prefetch(p + kWidth * stride, 0, 2);
        tile[i] = i >= left            ? zero()
                  : rest >= 2 * kWidth ? load_pairs(p)
                                       : load_pairs_partial(p, static_cast<int>(rest));
      }
      transpose(tile);
      for (int i = 0; i < count; ++i) store(panel + (step + i) * kRow + v * kWidth, tile[i]);
    });
  }
}
#endif

}  // namespace easydel::native::EASYDEL_KERNEL_ISA
