// Products of bf16 pairs on AMX: eight tile registers, each 16 rows of 64 bytes, and an instruction that adds the
// products of 16 x 32 with 32 x 16 numbers to 16 x 16 sums. The second operand is laid out as pack_pairs() packs panels.
#pragma once

#include "engine/native/kernels/isa/panel.h"

#if defined(__AMX_TILE__) && defined(__AMX_BF16__)
#define EASYDEL_KERNEL_TILES 1

#include <immintrin.h>

namespace easydel::native::EASYDEL_KERNEL_ISA {

constexpr int64_t kTileSide = 16;  ///< rows, columns, and steps of pairs
/// Rows of x that two tiles of them take; with two of the panel beside them, four products share four loads.
constexpr int64_t kTileRows = 2 * kTileSide;

/// The tile registers are this thread's while it lives.
class TileScope {
 public:
  TileScope() {
    struct alignas(64) {
      uint8_t palette = 1, start_row = 0, reserved[14] = {};
      uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
      uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
    } config;
    _tile_loadconfig(&config);
  }
  ~TileScope() { _tile_release(); }
  TileScope(const TileScope&) = delete;
  TileScope& operator=(const TileScope&) = delete;
};

// The intrinsics take numbers of registers as constants. Sums are in 0 to 3 (2 * row + column), x in 4 and 5, the panel
// in 6 and 7.
#define EASYDEL_FOR_SUMS(row, column, action) \
  switch (2 * (row) + (column)) {             \
    case 0:                                   \
      action(0);                              \
      break;                                  \
    case 1:                                   \
      action(1);                              \
      break;                                  \
    case 2:                                   \
      action(2);                              \
      break;                                  \
    default:                                  \
      action(3);                              \
  }

/// One tile of sums to begin with: what is there, the bias in every row, or zeros.
inline void begin_sums(int row, int column, const TileOutput& to) {
  if (to.accumulate) {
#define EASYDEL_LOAD(tile) _tile_loadd(tile, to.out, to.stride * 4)
    EASYDEL_FOR_SUMS(row, column, EASYDEL_LOAD)
#undef EASYDEL_LOAD
  } else if (to.bias != nullptr) {
#define EASYDEL_LOAD(tile) _tile_loadd(tile, to.bias, 0)
    EASYDEL_FOR_SUMS(row, column, EASYDEL_LOAD)
#undef EASYDEL_LOAD
  } else {
    EASYDEL_FOR_SUMS(row, column, _tile_zero)
  }
}

inline void store_sums(int row, int column, float* out, int64_t stride) {
#define EASYDEL_STORE(tile) _tile_stored(tile, out, stride * 4)
  EASYDEL_FOR_SUMS(row, column, EASYDEL_STORE)
#undef EASYDEL_STORE
}
#undef EASYDEL_FOR_SUMS

/// A tile at the right edge: its sums go through memory of its own, where no columns are missing.
inline void store_edge(int row, int column, const TileOutput& to) {
  alignas(64) float sums[kTileSide * kTileSide];
  store_sums(row, column, sums, kTileSide);
  for (int64_t r = 0; r < kTileSide; ++r) {
    Vec sum[1][1] = {{load(sums + r * kTileSide)}};
    store_tile<1, 1>(sum, {to.out + r * to.stride, to.stride, to.accumulate, to.bias, to.columns});
  }
}

/// 16 * kRows rows of x against 32 columns of a panel; `steps`, of pairs, is a multiple of 16.
template <int kRows>
inline void multiply_tiles(const uint32_t* x, int64_t x_stride, const float* panel, int64_t panel_stride,
                           int64_t steps, const TileOutput& to) {
  const auto part = [&](int row, int column) {
    const int64_t first = column * kTileSide;
    return TileOutput{to.out + row * kTileSide * to.stride + first, to.stride, to.accumulate,
                      to.bias != nullptr ? to.bias + first : nullptr, to.columns - first};
  };
  const auto is_whole = [&](int column) { return to.columns >= (column + 1) * kTileSide; };
  for (int row = 0; row < kRows; ++row)
    for (int column = 0; column < 2; ++column)
      begin_sums(row, column, is_whole(column) ? part(row, column) : TileOutput{});
  __asm__ volatile("" ::: "memory");  // the intrinsics' loads do not say that they read memory
  for (int64_t step = 0; step < steps; step += kTileSide) {
    _tile_loadd(6, panel + step * panel_stride, panel_stride * 4);
    _tile_loadd(7, panel + step * panel_stride + kTileSide, panel_stride * 4);
    _tile_loadd(4, x + step, x_stride * 4);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    if constexpr (kRows == 2) {
      _tile_loadd(5, x + kTileSide * x_stride + step, x_stride * 4);
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    }
  }
  for (int row = 0; row < kRows; ++row)
    for (int column = 0; column < 2; ++column) {
      const TileOutput out = part(row, column);
      if (is_whole(column)) {
        store_sums(row, column, out.out, out.stride);
      } else if (out.columns > 0) {
        store_edge(row, column, out);
      }
    }
}

/// As multiply_panel<PairDot>; rows and steps that fill no tile go through vectors.
inline void multiply_panel_on_tiles(const uint32_t* x, int64_t x_stride, int64_t rows, const float* panel,
                                    int64_t steps, TileOutput to) {
  const int64_t tiled_steps = steps / kTileSide * kTileSide;
  const int64_t tiled_rows = tiled_steps == 0 ? 0 : rows / kTileSide * kTileSide;
  const auto rows_from = [&](int64_t row) {
    TileOutput out = to;
    out.out += row * to.stride;
    return out;
  };
  if (tiled_rows > 0) {
    const TileScope scope;
    __asm__ volatile("" ::: "memory");
    for (int64_t row = 0; row < tiled_rows; row += kTileRows) {
      for (int64_t column = 0; column < kPanelColumns && column < to.columns; column += 2 * kTileSide) {
        TileOutput out = rows_from(row);
        out.out += column;
        out.columns -= column;
        if (out.bias != nullptr) out.bias += column;
        if (tiled_rows - row >= kTileRows) {
          multiply_tiles<2>(x + row * x_stride, x_stride, panel + column, kPanelColumns, tiled_steps, out);
        } else {
          multiply_tiles<1>(x + row * x_stride, x_stride, panel + column, kPanelColumns, tiled_steps, out);
        }
      }
    }
  }
  if (tiled_rows > 0 && tiled_steps < steps) {
    TileOutput rest = to;
    rest.accumulate = true;
    rest.bias = nullptr;
    multiply_panel<PairDot, kPanelVectors>(x + tiled_steps, x_stride, tiled_rows,
                                           panel + tiled_steps * kPanelColumns, kPanelColumns,
                                           steps - tiled_steps, rest);
  }
  if (tiled_rows < rows)
    multiply_panel<PairDot, kPanelVectors>(x + tiled_rows * x_stride, x_stride, rows - tiled_rows, panel,
                                           kPanelColumns, steps, rows_from(tiled_rows));
}

}  // namespace easydel::native::EASYDEL_KERNEL_ISA

#endif
