// Products of few rows of x with quantized weights as integer dot products: x is quantized by blocks of 32, so that a
// block's sum is exact and is scaled once.
//
// Bound by memory: each weight byte is read once, and 64 bytes take some eight instructions beside the load.
#pragma once

#include "engine/native/kernels/isa/codes.h"

#if defined(EASYDEL_KERNEL_BYTE_DOT)
#include "engine/native/kernels/isa/panel.h"

namespace easydel::native::EASYDEL_KERNEL_ISA {

/// A row of x: codes in the order of the weights' vectors, padded with zeros to whole steps; a scale of each block; and what
/// each block adds by the sum of its codes, times the weights' minimum or else scale, for one part of the blocks after the other.
/// Scales and sums are padded to whole groups.
template <typename Codes>
struct QuantizedX {
  using Order = typename Codes::Order;
  using Sums = PartialSums<Codes::kSigned, Codes::kMostCode>;
  /// A block's product is that of the codes as they are multiplied, and so many times the sum of x.
  static constexpr int kSumFactor = Codes::kHasMinimum ? 1 : -(Codes::kZero + (Sums::kRaises ? 128 : 0));

  static int64_t code_bytes(int64_t k) {
    return (blocks_of(k) + Order::kStepBlocks - 1) / Order::kStepBlocks * Order::kStepBlocks * kBlockWeights;
  }
  static int64_t bytes(int64_t k) {
    return (code_bytes(k) + 4 * (1 + kParts<Codes>)*grouped_blocks(k) + 63) / 64 * 64;
  }

  const int8_t* codes = nullptr;
  const float* scales = nullptr;
  const float* sums[kParts<Codes>] = {};

  QuantizedX() = default;
  QuantizedX(const void* row, int64_t k)
      : codes(static_cast<const int8_t*>(row)),
        scales(reinterpret_cast<const float*>(codes + code_bytes(k))) {
    for (int part = 0; part < kParts<Codes>; ++part) sums[part] = scales + (1 + part) * grouped_blocks(k);
  }
};

/// A block of x: codes times scale, and the sums of each half's codes, in lanes. NaN and infinities make all of them NaN, and
/// with them results.
struct BlockOfX {
  float scale = 0;
  Vec lower_sums = zero(), upper_sums = zero();

  /// Of one part of so many.
  template <int kOfParts>
  float sum(int part) const {
    return reduce_add(kOfParts == 1 ? lower_sums + upper_sums : part == 0 ? lower_sums : upper_sums);
  }
};

/// Of 32 numbers, of which `count` are there. The codes of each half go to `low` and `high`.
template <typename X>
inline BlockOfX quantize_block(const X* from, int64_t count, int8_t* low, int8_t* high) {
  constexpr int kVectors = static_cast<int>(kBlockWeights) / kWidth;
  Vec x[kVectors];
  Vec greatest_of = zero(), poison_of = zero();
  for (int i = 0; i < kVectors; ++i) {
    x[i] = load_left(from + i * kWidth, count - i * kWidth);
    greatest_of = max(greatest_of, abs(x[i]));
    poison_of = fma(x[i], zero(), poison_of);
  }
  const float greatest = reduce_max(greatest_of);
  const Vec inverse = set1(greatest > 0 ? 127.0f / greatest : 0.0f);
  BlockOfX block{
      .scale = greatest / 127.0f + reduce_add(poison_of), .lower_sums = poison_of, .upper_sums = poison_of};
  for (int i = 0; i < kVectors; ++i) {
    const Vec code = round_nearest(x[i] * inverse);
    store_rounded_bytes((i < kVectors / 2 ? low : high) + i % (kVectors / 2) * kWidth, code);
    Vec& sums = i < kVectors / 2 ? block.lower_sums : block.upper_sums;
    sums = sums + code;
  }
  return block;
}

template <typename Codes>
void quantize_x(FloatType type, const void* x, void* out, int64_t k) {
  using Row = QuantizedX<Codes>;
  using Order = typename Codes::Order;
  auto* codes = static_cast<int8_t*>(out);
  auto* scales = reinterpret_cast<float*>(codes + Row::code_bytes(k));
  float* sums = scales + grouped_blocks(k);
  const int64_t code_blocks = Row::code_bytes(k) / kBlockWeights;
  with_type(type, [&]<typename X>(const X*) {
    const auto* from = static_cast<const X*>(x);
    for (int64_t b = 0; b < grouped_blocks(k); ++b) {
      BlockOfX block{};
      if (b < code_blocks)
        block = quantize_block(from + b * kBlockWeights, least(k - b * kBlockWeights, kBlockWeights),
                               codes + Order::offset(b, 0), codes + Order::offset(b, 1));
      scales[b] = block.scale;
      for (int part = 0; part < kParts<Codes>; ++part)
        sums[part * grouped_blocks(k) + b] =
            Row::kSumFactor * block.template sum<kParts<Codes>>(part) * block.scale;
    }
  });
}

/// Rows of weights times rows [m, m + kRows) of x.
template <typename Codes, int kRows>
class RowProduct {
 public:
  RowProduct(const QuantizedBlock& block, int64_t m) : block_(block) {
    for (int row = 0; row < kRows; ++row)
      x_[row] = Row(static_cast<const char*>(block.x) + (m + row) * block.x_stride, block.k);
  }

  /// The sums of row n, in pieces. Additions have one order, so that a row's result does not depend on its companions.
  void run(int64_t n, Vec (&to)[kRows]) const {
    const Codes weights(block_, n);
    Vec sums[kRows];  // which stay in registers
    for (Vec& sum : sums) sum = zero();
    const int64_t k = block_.k, blocks = blocks_of(k);
    for (int64_t first = 0; first < blocks; first += kGroupBlocks) {
      const int64_t count = least(kGroupBlocks, blocks - first);
      Scales scales;
      begin_group(weights, first, count, scales, sums);
      const int64_t first_step = first / Order::kStepBlocks;
      // One row is bound by instructions where its weights come from a cache: whole groups have no loop.
      if (kRows == 1 && (first + kGroupBlocks) * kBlockWeights <= k) {
        unrolled<kGroupSteps>(
            [&]<int step>() { add_step<true>(weights, first_step + step, step, scales, sums); });
      } else {
        for (int step = 0; step * Order::kStepBlocks < count; ++step)
          add_step<false>(weights, first_step + step, step, scales, sums);
      }
    }
    for (int row = 0; row < kRows; ++row) to[row] = sums[row];
  }

 private:
  using Order = typename Codes::Order;
  using Row = QuantizedX<Codes>;
  using Sums = typename Row::Sums;
  static constexpr int kOfParts = kParts<Codes>;
  static constexpr int kGroupSteps = static_cast<int>(kGroupBlocks) / Order::kStepBlocks;
  static constexpr int kRun = kWidth / Order::kStepBlocks;  // lanes of a block
  static_assert(Order::kVectors / kOfParts <= Sums::kSteps);
  /// Those of a group's blocks, of the weights times x.
  using Scales = Vec[kRows][kOfParts][kScaleVectors];

  /// Reads the scales, and adds what the sums of x are multiplied with.
  inline __attribute__((always_inline)) void begin_group(const Codes& weights, int64_t first, int64_t count,
                                                         Scales& scales, Vec (&sums)[kRows]) const {
    GroupScales group;
    weights.read(first, count, group);
    for (int row = 0; row < kRows; ++row) {
      const Row& x = x_[row];
      for (int i = 0; i < kScaleVectors; ++i) {
        for (int part = 0; part < kOfParts; ++part) {
          scales[row][part][i] = group.scale[part][i] * load(x.scales + first + i * kWidth);
          if constexpr (Row::kSumFactor != 0)
            sums[row] = fma(load(x.sums[part] + first + i * kWidth),
                            Codes::kHasMinimum ? group.minimum[i] : group.scale[part][i], sums[row]);
        }
      }
    }
  }

  /// A step of the row, number `of_group` of its group. All of its codes are there if kWhole says so.
  template <bool kWhole>
  inline __attribute__((always_inline)) void add_step(const Codes& weights, int64_t step, int of_group,
                                                      const Scales& scales, Vec (&sums)[kRows]) const {
    Bytes codes[Order::kVectors];
    weights.template codes<kWhole>(step, codes);
    if constexpr (Sums::kRaises)
      for (Bytes& vector : codes) vector = raised(vector);
    for (int row = 0; row < kRows; ++row) {
      const int8_t* x = x_[row].codes + step * Order::kVectors * kByteLanes;
      for (int part = 0; part < kOfParts; ++part) {
        const Bytes nothing = set1_int(0);
        Bytes products = Sums::begin(nothing);
        for (int i = part; i < Order::kVectors; i += kOfParts)
          products = Sums::add(codes[i], load_bytes(x + i * kByteLanes), products);
        products = Sums::end(products, nothing);
        sums[row] = fma(to_floats(products), spread<kRun>(scales[row][part], of_group), sums[row]);
      }
    }
  }

  const QuantizedBlock& block_;
  Row x_[kRows];
};

/// Rows of weights one after the other, which is how a prefetcher reads fastest; four share their last additions.
template <typename Codes, int kRows>
inline void dot_rows(const QuantizedBlock& block, int64_t m, int64_t n) {
  constexpr int kColumns = 4;
  const int count = static_cast<int>(least(kColumns, block.n - n));
  const RowProduct<Codes, kRows> product(block, m);
  Vec sums[kRows][kColumns];
  for (int column = 0; column < kColumns; ++column) {
    Vec of_rows[kRows];
    if (column < count) {
      product.run(n + column, of_rows);
    } else {
      for (Vec& sum : of_rows) sum = zero();
    }
    for (int row = 0; row < kRows; ++row) sums[row][column] = of_rows[row];
  }
  for (int row = 0; row < kRows; ++row) {
    float results[kColumns];
    reduce_add4(sums[row], results);
    float* out = block.out + (m + row) * block.out_stride + n;
    for (int i = 0; i < count; ++i) out[i] = results[i] + (block.bias != nullptr ? block.bias[n + i] : 0.0f);
  }
}

template <typename Codes>
void matmul_few_codes(const QuantizedBlock& block) {
  constexpr int kMostRows = kRegisters == 32 ? 4 : 2;
  for (int64_t n = 0; n < block.n; n += 4) {
    int64_t m = 0;
    for (; m + kMostRows <= block.m; m += kMostRows) dot_rows<Codes, kMostRows>(block, m, n);
    for (; m < block.m; ++m) dot_rows<Codes, 1>(block, m, n);
  }
}

}  // namespace easydel::native::EASYDEL_KERNEL_ISA

#endif
