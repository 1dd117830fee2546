// Products with weights in the formats of quantization/blocks.h, decoded to f32 block by block.
//
// Few rows: bound by decoding, once per block and eight rows of x; a block's floats stay in the first-level cache. Many
// rows: as f32 weights, once the panel holds them. This file is compiled without contraction to multiply-adds, so that
// decoded weights have the same bits everywhere.
#include "engine/native/kernels/isa/float_codes.h"
#include "engine/native/kernels/isa/functions.h"
#include "engine/native/kernels/isa/panel.h"
#include "quantization/blocks.h"

namespace easydel::native::EASYDEL_KERNEL_ISA {
namespace {

namespace blocks = quantization::EASYDEL_KERNEL_ISA;

template <typename Block>
constexpr bool kUnpadded = false;
template <>
constexpr bool kUnpadded<blocks::Int8> = true;

/// A row of weights.
struct Row {
  const blocks::Byte* codes;
  const blocks::Byte* scales;

  /// Block b as floats, of a row of k weights.
  template <typename Block>
  void decode(int64_t b, int64_t k, float* out) const {
    const blocks::Byte* from = codes + b * Block::kCodeBytes;
    const blocks::Byte* scale = Block::kScaleBytes == 0 ? nullptr : scales + b * Block::kScaleBytes;
    if constexpr (kUnpadded<Block>) {
      if (const int64_t left = k - b * Block::kBlock; left < Block::kBlock) {
        blocks::Byte padded[Block::kCodeBytes] = {};
        __builtin_memcpy(padded, from, static_cast<size_t>(left));
        return Block::decode(padded, scale, out);
      }
    }
#if defined(EASYDEL_KERNEL_BYTE_DOT)
    if constexpr (kHasFloatCodes<Block>) return decode_floats<Block>(from, scale, out);
#endif
    Block::decode(from, scale, out);
  }
};

Row row_of(const QuantizedBlock& block, int64_t n) {
  const auto* scales = static_cast<const blocks::Byte*>(block.scales);
  return {static_cast<const blocks::Byte*>(block.codes) + n * block.codes_stride,
          scales == nullptr ? nullptr : scales + n * block.scales_stride};
}

/// Rows [m, m + kRows) of x times weight row n.
template <typename Block, int kRows>
void dot_rows(const QuantizedBlock& block, int64_t m, int64_t n) {
  const Row weights = row_of(block, n);
  const auto* x = reinterpret_cast<const float*>(static_cast<const char*>(block.x) + m * block.x_stride);
  const int64_t stride = block.x_stride / static_cast<int64_t>(sizeof(float));
  Vec sums[kRows];
  for (Vec& sum : sums) sum = zero();
  for (int64_t begin = 0; begin < block.k; begin += Block::kBlock) {
    float decoded[Block::kBlock];
    weights.decode<Block>(begin / Block::kBlock, block.k, decoded);
    for_vectors(least(Block::kBlock, block.k - begin), [&](int64_t i, int count) {
      const Vec w = load_some(decoded + i, count);
      for (int row = 0; row < kRows; ++row)
        sums[row] = fma(load_some(x + row * stride + begin + i, count), w, sums[row]);
    });
  }
  for (int row = 0; row < kRows; ++row)
    block.out[(m + row) * block.out_stride + n] =
        reduce_add(sums[row]) + (block.bias != nullptr ? block.bias[n] : 0.0f);
}

template <typename Block>
void matmul_few_decoded(const QuantizedBlock& block) {
  for (int64_t n = 0; n < block.n; ++n) {
    int64_t m = 0;
    for (; m + 8 <= block.m; m += 8) dot_rows<Block, 8>(block, m, n);
    for (; m + 2 <= block.m; m += 2) dot_rows<Block, 2>(block, m, n);
    for (; m < block.m; ++m) dot_rows<Block, 1>(block, m, n);
  }
}

/// As pack_panel(), of weights [n, n + columns) at [k, k + depth).
template <typename Block>
void pack_decoded(const QuantizedBlock& block, int64_t n, int64_t columns, int64_t k, int64_t depth,
                  float* panel) {
  for (int v = 0; v < kPanelVectors; ++v) {
    for (int64_t begin = 0; begin < depth; begin += Block::kBlock) {
      float decoded[kWidth][Block::kBlock] = {};
      for (int i = 0; i < kWidth && v * kWidth + i < columns; ++i)
        row_of(block, n + v * kWidth + i).decode<Block>((k + begin) / Block::kBlock, block.k, decoded[i]);
      for_vectors(least(Block::kBlock, depth - begin), [&](int64_t at, int count) {
        Vec tile[kWidth];
        for (int i = 0; i < kWidth; ++i) tile[i] = load_some(decoded[i] + at, count);
        transpose(tile);
        for (int i = 0; i < count; ++i) store(panel + (begin + at + i) * kPanelColumns + v * kWidth, tile[i]);
      });
    }
  }
}

template <typename Block>
void matmul_many_decoded(const QuantizedBlock& block, float* panel) {
  static_assert(kPanelDepth % Block::kBlock == 0);
  const int64_t stride = block.x_stride / static_cast<int64_t>(sizeof(float));
  multiply_packed(block, stride, panel, [&](int64_t n, int64_t columns, int64_t k, int64_t depth) {
    pack_decoded<Block>(block, n, columns, k, depth, panel);
  });
}

template <typename Block>
void decode_row(const void* codes, const void* scales, float* out, int64_t k) {
  const Row row = {static_cast<const blocks::Byte*>(codes), static_cast<const blocks::Byte*>(scales)};
  for (int64_t begin = 0; begin < k; begin += Block::kBlock) {
    float decoded[Block::kBlock];
    row.decode<Block>(begin / Block::kBlock, k, decoded);
    for_vectors(least(Block::kBlock, k - begin), [&](int64_t i, int count) {
      store_some(out + begin + i, load_some(decoded + i, count), count);
    });
  }
}

template <typename Block>
QuantizedKernels kernels_of() {
  QuantizedKernels kernels{};
  kernels.matmul_few = matmul_few_decoded<Block>;
  kernels.matmul_many = matmul_many_decoded<Block>;
  kernels.decode = decode_row<Block>;
  return kernels;
}

}  // namespace

void add_decoded_kernels(Kernels& table) {
  table.int8 = kernels_of<blocks::Int8>();
  table.int4 = kernels_of<blocks::Int4<32>>();
  table.int4_g64 = kernels_of<blocks::Int4<64>>();
  table.int4_g128 = kernels_of<blocks::Int4<128>>();
  table.int4_zp = kernels_of<blocks::Int4Zp<32>>();
  table.int4_zp_g64 = kernels_of<blocks::Int4Zp<64>>();
  table.int4_zp_g128 = kernels_of<blocks::Int4Zp<128>>();
  table.nf4 = kernels_of<blocks::Nf4>();
  table.fp8_e4m3 = kernels_of<blocks::Fp8E4M3>();
  table.q8_0 = kernels_of<blocks::Q8_0>();
  table.q4_0 = kernels_of<blocks::Q4_0>();
  table.q4_1 = kernels_of<blocks::Q4_1>();
  table.q5_0 = kernels_of<blocks::Q5_0>();
  table.q5_1 = kernels_of<blocks::Q5_1>();
  table.q4_k = kernels_of<blocks::Q4K>();
  table.q5_k = kernels_of<blocks::Q5K>();
  table.q6_k = kernels_of<blocks::Q6K>();
#if defined(EASYDEL_KERNEL_BYTE_DOT)
  table.nf4.matmul_few = matmul_few_floats<blocks::Nf4>;
  table.fp8_e4m3.matmul_few = matmul_few_floats<blocks::Fp8E4M3>;
#endif
}

}  // namespace easydel::native::EASYDEL_KERNEL_ISA
