// int8 products as integer dot products: x is quantized by the blocks of the weights, so that a block's sum is exact and
// is scaled once.
//
// Few rows: bound by memory, each weight byte is read once; 64 weights take six instructions beside the load. Many rows:
// bound by the dot products, 8 per block and vector of columns beside three instructions for its scales.
#include "engine/native/kernels/isa/int8.h"

#if defined(EASYDEL_KERNEL_BYTE_DOT)
#include "engine/native/kernels/isa/panel.h"

namespace easydel::native::EASYDEL_KERNEL_ISA {
namespace {

constexpr int64_t kStep = 64;         // weights in a vector: two blocks
constexpr int64_t kGroupBlocks = 16;  // blocks whose scales are a vector

Int8Row row_of(const QuantizedBlock& block, int64_t m) {
  return {static_cast<const char*>(block.x) + m * block.x_stride, block.k};
}

/// Rows [m, m + kRows) of x times weight rows [n, n + kColumns). Additions have one order, so that a row's result does
/// not depend on its companions.
template <int kRows, int kColumns>
void dot_tile(const QuantizedBlock& block, int64_t m, int64_t n) {
  Vec sums[kRows][kColumns];
  for (auto& row : sums) {
    for (Vec& sum : row) sum = zero();
  }
  const int64_t blocks = int8_blocks(block.k);
  for (int64_t first = 0; first < blocks; first += kGroupBlocks) {
    const int count = static_cast<int>(least(kGroupBlocks, blocks - first));
    Vec scales[kRows][kColumns];
    for (int column = 0; column < kColumns; ++column) {
      const Vec weight_scales = load_some(scales_of(block, n + column) + first, count);
      for (int row = 0; row < kRows; ++row) {
        const Int8Row x = row_of(block, m + row);
        scales[row][column] = weight_scales * load(x.scales + first);
        sums[row][column] =
            fma(to_floats(load_bytes(x.offsets + first)), scales[row][column], sums[row][column]);
      }
    }
    for (int pair = 0; 2 * pair < count; ++pair) {
      const int64_t k = first * kInt8Block + pair * kStep;
      Bytes w[kColumns];
      for (int column = 0; column < kColumns; ++column) {
        const int8_t* codes = codes_of(block, n + column) + k;
        w[column] =
            to_unsigned(k + kStep <= block.k ? load_bytes(codes) : load_bytes_partial(codes, block.k - k));
      }
      for (int row = 0; row < kRows; ++row) {
        const Bytes x = load_bytes(row_of(block, m + row).codes + k);
        for (int column = 0; column < kColumns; ++column)
          sums[row][column] = fma(to_floats(dot_bytes(w[column], x, set1_int(0))),
                                  spread_pair(scales[row][column], pair), sums[row][column]);
      }
    }
  }
  for (int row = 0; row < kRows; ++row) {
    for (int column = 0; column < kColumns; ++column)
      block.out[(m + row) * block.out_stride + n + column] =
          reduce_add(sums[row][column]) + (block.bias != nullptr ? block.bias[n + column] : 0.0f);
  }
}

template <int kColumns>
void dot_columns(const QuantizedBlock& block, int64_t n) {
  int64_t m = 0;
  for (; m + 4 <= block.m; m += 4) dot_tile<4, kColumns>(block, m, n);
  for (; m < block.m; ++m) dot_tile<1, kColumns>(block, m, n);
}

/// Vectors of columns in a panel, and in the tile that is in registers.
constexpr int kTileVectors = 2;
constexpr int64_t kDepth = 2048;                // weights of a row in a panel
constexpr int64_t kStepFloats = kPanelColumns;  // four weights of each column are as long as a float of each
/// The scales lie behind the codes.
constexpr int64_t kPanelCodes = kDepth / 4 * kStepFloats;
static_assert(kPanelCodes + kDepth / kInt8Block * kPanelColumns <= kPanelColumns * kPanelDepth);

/// Weights [n, n + columns) at [k, k + depth): steps of four codes of each column, unsigned, and the columns' scales of
/// each block.
void pack(const QuantizedBlock& block, int64_t n, int64_t columns, int64_t k, int64_t depth, float* panel) {
  const int64_t blocks = int8_blocks(depth);
  float* panel_scales = panel + kPanelCodes;
  for (int v = 0; v < kPanelVectors; ++v) {
    for (int64_t at = 0; at < blocks * kInt8Block; at += kStep) {
      Vec tile[kWidth];
      for (int i = 0; i < kWidth; ++i) {
        const int64_t column = v * kWidth + i;
        Bytes codes = set1_int(0);
        if (column < columns) codes = load_bytes_partial(codes_of(block, n + column) + k + at, depth - at);
        tile[i] = reinterpret_cast<Vec>(to_unsigned(codes));
      }
      transpose(tile);
      const int64_t steps = least(kStep, blocks * kInt8Block - at) / 4;
      for (int64_t step = 0; step < steps; ++step)
        store(panel + (at / 4 + step) * kStepFloats + v * kWidth, tile[step]);
    }
    for (int64_t b = 0; b < blocks; b += kWidth) {
      const int count = static_cast<int>(least(kWidth, blocks - b));
      Vec tile[kWidth];
      for (int i = 0; i < kWidth; ++i) {
        const int64_t column = v * kWidth + i;
        tile[i] =
            column < columns ? load_some(scales_of(block, n + column) + k / kInt8Block + b, count) : zero();
      }
      transpose(tile);
      for (int i = 0; i < count; ++i) store(panel_scales + (b + i) * kPanelColumns + v * kWidth, tile[i]);
    }
  }
}

/// Rows [m, m + kRows) of x times kTileVectors vectors of a panel's columns, from weight k of the row on.
template <int kRows>
void multiply_rows(const QuantizedBlock& block, int64_t m, int64_t k, int64_t depth, const float* panel,
                   const TileOutput& to) {
  Vec sums[kRows][kTileVectors];
  for (auto& row : sums) {
    for (Vec& sum : row) sum = zero();
  }
  for (int64_t b = 0; b < int8_blocks(depth); ++b) {
    const int64_t x_block = k / kInt8Block + b;
    Bytes parts[kRows][kTileVectors];
    for (int row = 0; row < kRows; ++row) {
      for (Bytes& part : parts[row]) part = set1_int(row_of(block, m + row).offsets[x_block]);
    }
    for (int64_t step = 0; step < kInt8Block / 4; ++step) {
      const float* codes = panel + (b * kInt8Block / 4 + step) * kStepFloats;
      Bytes w[kTileVectors];
      for (int v = 0; v < kTileVectors; ++v) w[v] = load_bytes(codes + v * kWidth);
      for (int row = 0; row < kRows; ++row) {
        const Bytes x = broadcast_bytes(row_of(block, m + row).codes + x_block * kInt8Block + 4 * step);
        for (int v = 0; v < kTileVectors; ++v) parts[row][v] = dot_bytes(w[v], x, parts[row][v]);
      }
    }
    for (int v = 0; v < kTileVectors; ++v) {
      const Vec scales = load(panel + kPanelCodes + b * kPanelColumns + v * kWidth);
      for (int row = 0; row < kRows; ++row)
        sums[row][v] = fma(to_floats(parts[row][v]), scales * set1(row_of(block, m + row).scales[x_block]),
                           sums[row][v]);
    }
  }
  store_tile<kRows, kTileVectors>(sums, to);
}

}  // namespace

void int8_quantize_x(FloatType type, const void* x, void* out, int64_t k) {
  auto* codes = static_cast<int8_t*>(out);
  auto* scales = reinterpret_cast<float*>(codes + Int8Row::code_bytes(k));
  auto* offsets = reinterpret_cast<int32_t*>(scales + Int8Row::padded_blocks(k));
  const int64_t code_blocks = Int8Row::code_bytes(k) / kInt8Block;
  with_type(type, [&]<typename X>(const X*) {
    const auto* from = static_cast<const X*>(x);
    for (int64_t b = 0; b < Int8Row::padded_blocks(k); ++b) {
      const int64_t left = k - b * kInt8Block;
      Vec half[2];
      for (int i = 0; i < 2; ++i) {
        const int64_t count = left - i * kWidth;
        half[i] = count <= 0
                      ? zero()
                      : load_some(from + b * kInt8Block + i * kWidth, static_cast<int>(least(count, kWidth)));
      }
      // NaN and infinities give a scale of NaN, and with it NaN results.
      const float poison = reduce_add(fma(half[0], zero(), half[1] * zero()));
      const float greatest = reduce_max(max(abs(half[0]), abs(half[1])));
      scales[b] = greatest / 127.0f + poison;
      offsets[b] = 0;
      if (b >= code_blocks) continue;
      const Vec inverse = set1(greatest > 0 ? 127.0f / greatest : 0.0f);
      int8_t* to = codes + b * kInt8Block;
      for (int i = 0; i < 2; ++i) store_rounded_bytes(to + i * kWidth, half[i] * inverse);
      int32_t sum = 0;
      for (int64_t i = 0; i < kInt8Block; ++i) sum += to[i];
      offsets[b] = -128 * sum;
    }
  });
}

void int8_few_dot(const QuantizedBlock& block) {
  constexpr int kColumns = 2;
  int64_t n = 0;
  for (; n + kColumns <= block.n; n += kColumns) dot_columns<kColumns>(block, n);
  if (n < block.n) dot_columns<1>(block, n);
}

void int8_many_dot(const QuantizedBlock& block, float* panel) {
  constexpr int kRows = 6;
  for (int64_t n = 0; n < block.n; n += kPanelColumns) {
    const int64_t columns = least(kPanelColumns, block.n - n);
    for (int64_t k = 0; k < block.k || k == 0; k += kDepth) {
      const int64_t depth = least(kDepth, block.k - k);
      pack(block, n, columns, k, depth, panel);
      for (int64_t tile = 0; tile < columns; tile += kTileVectors * kWidth) {
        const auto to = [&](int64_t m) {
          const float* bias = block.bias != nullptr && k == 0 ? block.bias + n + tile : nullptr;
          return TileOutput{block.out + m * block.out_stride + n + tile, block.out_stride, k > 0, bias,
                            columns - tile};
        };
        int64_t m = 0;
        for (; m + kRows <= block.m; m += kRows)
          multiply_rows<kRows>(block, m, k, depth, panel + tile, to(m));
        for (; m + 2 <= block.m; m += 2) multiply_rows<2>(block, m, k, depth, panel + tile, to(m));
        if (m < block.m) multiply_rows<1>(block, m, k, depth, panel + tile, to(m));
      }
    }
  }
}

}  // namespace easydel::native::EASYDEL_KERNEL_ISA
#endif
