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
  explicit TileScope(int left_bytes = 64) {
    const auto left = static_cast<uint16_t>(left_bytes);
    const auto right = static_cast<uint8_t>(left_bytes / 4);
    // Registers 4 and 5 are first operands of products, 6 and 7 second ones.
    const struct alignas(64) {
      uint8_t palette = 1, start_row = 0, reserved[14] = {};
      uint16_t row_bytes[16];
      uint8_t rows[16];
    } config = {.row_bytes = {64, 64, 64, 64, left, left, 64, 64},
                .rows = {16, 16, 16, 16, 16, 16, right, right}};
    __asm__ volatile("ldtilecfg %0" : : "m"(config));  // GCC's intrinsic reads the first bytes alone
  }
  ~TileScope() { __asm__ volatile("tilerelease"); }
  TileScope(const TileScope&) = delete;
  TileScope& operator=(const TileScope&) = delete;
};

// GCC's intrinsics take the numbers of registers from the source's text, and do not say that they use memory.

template <int kTile>
inline void tile_zero() {
  __asm__ volatile("tilezero %%tmm%c0" : : "i"(kTile));
}
/// Rows lie `stride` bytes apart.
template <int kTile>
inline void tile_load(const void* p, int64_t stride) {
  __asm__ volatile("tileloadd (%0,%1,1), %%tmm%c2" : : "r"(p), "r"(stride), "i"(kTile) : "memory");
}
template <int kTile>
inline void tile_store(void* p, int64_t stride) {
  __asm__ volatile("tilestored %%tmm%c2, (%0,%1,1)" : : "r"(p), "r"(stride), "i"(kTile) : "memory");
}
/// Adds the products of pairs of bf16.
template <int kSum, int kLeft, int kRight>
inline void tile_dot_pairs() {
  __asm__ volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" : : "i"(kSum), "i"(kLeft), "i"(kRight));
}
/// Adds the products of four bytes: signed by signed, or unsigned by signed.
template <int kSum, int kLeft, int kRight, bool kLeftIsSigned>
inline void tile_dot_bytes() {
  if constexpr (kLeftIsSigned) {
    __asm__ volatile("tdpbssd %%tmm%c2, %%tmm%c1, %%tmm%c0" : : "i"(kSum), "i"(kLeft), "i"(kRight));
  } else {
    __asm__ volatile("tdpbusd %%tmm%c2, %%tmm%c1, %%tmm%c0" : : "i"(kSum), "i"(kLeft), "i"(kRight));
  }
}

/// A tile of sums to begin with: what is there, the bias in every row, or zeros.
template <int kTile>
inline void begin_sums(const TileOutput& to) {
  if (to.accumulate) {
    tile_load<kTile>(to.out, to.stride * 4);
  } else if (to.bias != nullptr) {
    tile_load<kTile>(to.bias, 0);
  } else {
    tile_zero<kTile>();
  }
}

/// A tile at the right edge goes through memory of its own, where no columns are missing.
template <int kTile>
inline void finish_sums(const TileOutput& to) {
  if (to.columns >= kTileSide) return tile_store<kTile>(to.out, to.stride * 4);
  if (to.columns <= 0) return;
  alignas(64) float sums[kTileSide * kTileSide];
  tile_store<kTile>(sums, kTileSide * 4);
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
  // Those of an edge begin with zeros.
  const auto first_sums = [&](int row, int column) {
    return to.columns >= (column + 1) * kTileSide ? part(row, column) : TileOutput{};
  };
  // Sums are in 0 to 3 (2 * row + column), x in 4 and 5, the panel in 6 and 7.
  begin_sums<0>(first_sums(0, 0));
  begin_sums<1>(first_sums(0, 1));
  if constexpr (kRows == 2) {
    begin_sums<2>(first_sums(1, 0));
    begin_sums<3>(first_sums(1, 1));
  }
  for (int64_t step = 0; step < steps; step += kTileSide) {
    tile_load<6>(panel + step * panel_stride, panel_stride * 4);
    tile_load<7>(panel + step * panel_stride + kTileSide, panel_stride * 4);
    tile_load<4>(x + step, x_stride * 4);
    tile_dot_pairs<0, 4, 6>();
    tile_dot_pairs<1, 4, 7>();
    if constexpr (kRows == 2) {
      tile_load<5>(x + kTileSide * x_stride + step, x_stride * 4);
      tile_dot_pairs<2, 5, 6>();
      tile_dot_pairs<3, 5, 7>();
    }
  }
  finish_sums<0>(part(0, 0));
  finish_sums<1>(part(0, 1));
  if constexpr (kRows == 2) {
    finish_sums<2>(part(1, 0));
    finish_sums<3>(part(1, 1));
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

#if defined(EASYDEL_KERNEL_BF16_DOT)
namespace easydel::native::EASYDEL_KERNEL_ISA {

/// Rows of bf16 pairs, x_stride pairs apart, against a panel of pairs: on tiles where there are some.
inline void multiply_panel_of_pairs(const uint32_t* x, int64_t x_stride, int64_t rows, const float* panel,
                                    int64_t steps, const TileOutput& to) {
#if defined(EASYDEL_KERNEL_TILES)
  multiply_panel_on_tiles(x, x_stride, rows, panel, steps, to);
#else
  multiply_panel<PairDot, kPanelVectors>(x, x_stride, rows, panel, kPanelColumns, steps, to);
#endif
}

}  // namespace easydel::native::EASYDEL_KERNEL_ISA
#endif
