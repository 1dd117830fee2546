// int8 products where codes are widened to f32: no instruction multiplies bytes without losing sums (AVX2, AVX-512
// without VNNI), or there are no vectors at all.
//
// Few rows: bound by widening, some 12 instructions per 32 weights and row of x. Many rows: as f32 weights, once the
// panel holds them.
#include "engine/native/kernels/isa/int8.h"
#include "engine/native/kernels/isa/panel.h"

namespace easydel::native::EASYDEL_KERNEL_ISA {
namespace {

/// Rows [m, m + kRows) of x times one row of weights.
template <int kRows>
void dot_rows(const QuantizedBlock& block, int64_t m, int64_t n) {
  constexpr int64_t kScales = 16;  // of so many blocks at once
  const int8_t* codes = codes_of(block, n);
  const F16* scales = scales_of(block, n);
  const auto* x = reinterpret_cast<const float*>(static_cast<const char*>(block.x) + m * block.x_stride);
  const int64_t stride = block.x_stride / static_cast<int64_t>(sizeof(float));
  Vec sums[kRows];
  for (Vec& sum : sums) sum = zero();
  for (int64_t first = 0; first * kInt8Block < block.k; first += kScales) {
    const int64_t blocks = least(kScales, int8_blocks(block.k) - first);
    float scale[kScales];
    for_vectors(blocks, [&](int64_t i, int count) {
      store_some(scale + i, load_some(scales + first + i, count), count);
    });
    for (int64_t b = 0; b < blocks; ++b) {
      const int64_t begin = (first + b) * kInt8Block;
      Vec parts[kRows];
      for (Vec& part : parts) part = zero();
      for_vectors(least(kInt8Block, block.k - begin), [&](int64_t i, int count) {
        const Vec w = load_some(codes + begin + i, count);
        for (int row = 0; row < kRows; ++row)
          parts[row] = fma(load_some(x + row * stride + begin + i, count), w, parts[row]);
      });
      for (int row = 0; row < kRows; ++row) sums[row] = fma(parts[row], set1(scale[b]), sums[row]);
    }
  }
  for (int row = 0; row < kRows; ++row)
    block.out[(m + row) * block.out_stride + n] =
        reduce_add(sums[row]) + (block.bias != nullptr ? block.bias[n] : 0.0f);
}

/// As pack_panel(), of weights [n, n + columns) at [k, k + depth).
void pack_widened(const QuantizedBlock& block, int64_t n, int64_t columns, int64_t k, int64_t depth,
                  float* panel) {
  for (int v = 0; v < kPanelVectors; ++v) {
    const int64_t left = columns - v * kWidth;
    for (int64_t begin = 0; begin < depth; begin += kInt8Block) {
      float column_scales[kWidth];
      for (int i = 0; i < kWidth; ++i)
        column_scales[i] =
            i < left
                ? reduce_add(load_partial(scales_of(block, n + v * kWidth + i) + (k + begin) / kInt8Block, 1))
                : 0.0f;
      const Vec scales = load(column_scales);
      for_vectors(least(kInt8Block, depth - begin), [&](int64_t at, int count) {
        Vec tile[kWidth];
        for (int i = 0; i < kWidth; ++i)
          tile[i] =
              i < left ? load_some(codes_of(block, n + v * kWidth + i) + k + begin + at, count) : zero();
        transpose(tile);
        for (int i = 0; i < count; ++i)
          store(panel + (begin + at + i) * kPanelColumns + v * kWidth, tile[i] * scales);
      });
    }
  }
}

}  // namespace

void int8_few_widened(const QuantizedBlock& block) {
  for (int64_t n = 0; n < block.n; ++n) {
    int64_t m = 0;
    for (; m + 4 <= block.m; m += 4) dot_rows<4>(block, m, n);
    for (; m < block.m; ++m) dot_rows<1>(block, m, n);
  }
}

void int8_many_widened(const QuantizedBlock& block, float* panel) {
  static_assert(kPanelDepth % kInt8Block == 0);
  const int64_t stride = block.x_stride / static_cast<int64_t>(sizeof(float));
  multiply_packed(block, stride, panel, [&](int64_t n, int64_t columns, int64_t k, int64_t depth) {
    pack_widened(block, n, columns, k, depth, panel);
  });
}

}  // namespace easydel::native::EASYDEL_KERNEL_ISA
