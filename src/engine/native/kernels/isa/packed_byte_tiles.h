// Packed x on AMX as bytes, for so few rows that decoding weights to bf16 would bound the product: a tile of 16 columns by
// the 32 codes of a block, or the 16 of its half where halves have scales, times the codes of a group of x. Sums are whole
// numbers, scaled on vectors.
//
// Bound by the scaling: three instructions for each column of a block, as many as 16 rows of x share.
#pragma once

#include "engine/native/kernels/isa/packed_dot.h"
#include "engine/native/kernels/isa/tiles.h"

#if defined(EASYDEL_KERNEL_TILES)

namespace easydel::native::EASYDEL_KERNEL_ISA {

/// See multiply_packed_x().
template <typename Codes>
class ByteTiledProduct {
 public:
  using Columns = CodeColumns<Codes, false>;
  using X = typename Columns::X;
  static constexpr int64_t kColumns = kTileSide, kBlockColumns = 2 * kColumns;
  static constexpr auto pack_x = pack_x_codes<kParts<Codes>, Columns::kSumFactor>;
  static constexpr auto x_bytes = X::bytes;
  static int64_t buffer_floats(int64_t depth) { return Columns::floats(depth); }

  ByteTiledProduct(const QuantizedBlock& block, float* scratch) : block_(block), columns_(block, scratch) {}

  void take(int64_t n, int64_t columns, int64_t k, int64_t depth) {
    columns_.take(n, columns, k, depth);
    // Memory would be idle while these columns are multiplied.
    const int64_t next = n + kColumns, left = least(kColumns, block_.n - next);
    codes_ahead_ = scales_ahead_ = {};
    if (left <= 0) return;
    const int64_t pairs = (columns_.parts() + 1) / 2;
    codes_ahead_ = {row_at(block_.codes, block_.codes_stride, next), left * block_.codes_stride, pairs};
    if (block_.scales != nullptr)
      scales_ahead_ = {row_at(block_.scales, block_.scales_stride, next), left * block_.scales_stride, pairs};
  }

  template <int kGroups>
  void multiply(int64_t group, int64_t, bool accumulate, const ColumnSums& sums) {
    for (int g = 0; g < kGroups; ++g) multiply_group(group + g, accumulate, sums);
  }

 private:
  /// The products of one part of a block, by column, then row of x.
  using Products = int32_t[kTileSide * kTileSide];

  /// The products of a part in the register of that number, and from there in memory.
  template <int kSums>
  void multiply_part(const X& x, int64_t part, Products& to) const {
    const int64_t x_part = columns_.first_part() + part;
    constexpr int kLeft = 4 + kSums % 2, kRight = 6 + kSums % 2;
    if constexpr (Columns::kZero == 0) {
      tile_zero<kSums>();
    } else {
      tile_load<kSums>(x.sums_of(x_part), 0);
    }
    tile_load<kLeft>(columns_.codes(0, part), columns_.stride());
    tile_load<kRight>(x.codes_of(x_part), 64);
    tile_dot_bytes<kSums, kLeft, kRight, Codes::kSigned>();
    tile_store<kSums>(to, 64);
  }
  template <int kSums>
  void multiply_pair(const X& x, int64_t part, Products (&to)[2]) {
    codes_ahead_.fetch();
    scales_ahead_.fetch();
    multiply_part<kSums>(x, part, to[0]);
    if (part + 1 < columns_.parts()) multiply_part<kSums + 1>(x, part + 1, to[1]);
  }

  void add_part(const X& x, int64_t part, const Products& products, Vec (&sums)[kTileSide]) const {
    const int64_t x_part = columns_.first_part() + part;
    const Vec scales = load(x.scales_of(x_part));
    Vec x_sums = zero();
    if constexpr (Codes::kHasMinimum) x_sums = to_floats(load_bytes(x.sums_of(x_part))) * scales;
    const float* weight_scales = columns_.scales(part);
    const float* minima = columns_.minima(part);
    unrolled<kTileSide>([&]<int c>() {
      const Vec product = to_floats(load_bytes(products + c * kTileSide)) * scales;
      sums[c] = fma(product, set1(weight_scales[c]), sums[c]);
      if constexpr (Codes::kHasMinimum) sums[c] = fma(x_sums, set1(minima[c]), sums[c]);
    });
  }
  void add_pair(const X& x, int64_t part, const Products (&products)[2], Vec (&sums)[kTileSide]) const {
    add_part(x, part, products[0], sums);
    if (part + 1 < columns_.parts()) add_part(x, part + 1, products[1], sums);
  }

  void multiply_group(int64_t group, bool accumulate, const ColumnSums& to) {
    const X x(static_cast<const char*>(block_.x) + group * block_.x_stride, block_.k);
    Vec sums[kTileSide];
    unrolled<kTileSide>([&]<int c>() { sums[c] = accumulate ? load(to.at(c, group)) : zero(); });
    // Two parts are on the tiles while the two before them are added.
    alignas(64) Products even[2], odd[2];
    const int64_t parts = columns_.parts();
    if (parts > 0) multiply_pair<0>(x, 0, even);
    for (int64_t part = 0; part < parts; part += 4) {
      if (part + 2 < parts) multiply_pair<2>(x, part + 2, odd);
      add_pair(x, part, even, sums);
      if (part + 4 < parts) multiply_pair<0>(x, part + 4, even);
      if (part + 2 < parts) add_pair(x, part + 2, odd, sums);
    }
    unrolled<kTileSide>([&]<int c>() { store(to.at(c, group), sums[c]); });
  }

  const TileScope scope_{static_cast<int>(4 * X::kPartSteps)};
  const QuantizedBlock& block_;
  Columns columns_;
  FetchAhead codes_ahead_, scales_ahead_;
};

}  // namespace easydel::native::EASYDEL_KERNEL_ISA

#endif
