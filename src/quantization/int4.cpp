#include "quantization/int4.h"

#include "quantization/block_format.h"
#include "quantization/fit.h"

namespace easydel::quantization {
namespace {

constexpr CodeRange kSigned = {-8, 7}, kUnsigned = {0, 15};

void store_nibbles(const Byte* codes, int count, Byte* to) {
  for (int i = 0; i < count; i += 32) join_nibbles(codes + i, 16, to + i / 2);
}

template <int kWeights>
struct Int4Rows : Int4<kWeights> {
  static void encode(const BlockToEncode& block) {
    const float scale = store_half(fit_scale(block.values, block.counts, kSigned), block.scales);
    Byte codes[kWeights] = {};
    Rounding(block).round({scale, 0}, kSigned, codes);
    store_nibbles(codes, kWeights, block.codes);
  }
};

template <int kWeights>
struct Int4ZpRows : Int4Zp<kWeights> {
  static void encode(const BlockToEncode& block) {
    const ScaleAndOffset fit =
        fit_scale_and_offset(block.values, block.counts, kUnsigned.highest, /*offset_is_negative=*/false);
    const ScaleAndOffset stored = {store_half(fit.scale, block.scales),
                                   store_half(fit.offset, block.scales + 2)};
    Byte codes[kWeights] = {};
    Rounding(block).round(stored, kUnsigned, codes);
    store_nibbles(codes, kWeights, block.codes);
  }
};

struct Nf4Rows : Nf4 {
  static void encode(const BlockToEncode& block) {
    const float scale = store_half(fit_table_scale(block.values, block.counts, kTable), block.scales);
    const float inverse = scale == 0 ? 0 : 1 / scale;
    const TableMiddles middles(kTable);
    Byte codes[kBlock] = {};
    Rounding rounding(block);
    for (size_t i = 0; i < block.values.size(); ++i) {
      const size_t code = middles.code_of(rounding.value(i) * inverse);
      rounding.settle(i, kTable[code] * scale);
      codes[i] = static_cast<Byte>(code);
    }
    store_nibbles(codes, kBlock, block.codes);
  }
};

// The best scale may leave the greatest weights outside, by about two codes.
float signed_bound(float magnitude) {
  return magnitude * 2.5f / 9 + 8 * kLeastHalfStep;
}
// The same of a range twice as wide; the offset is rounded to f16 too.
float unsigned_bound(float magnitude) {
  return magnitude * (4.0f / 17 + 0x1p-11f) + 16 * kLeastHalfStep;
}
// Half the widest gap, between the two lowest entries, is 0.15; the best scale may cut as much off the greatest.
float nf4_bound(float magnitude) {
  return magnitude * 0.3f + kLeastHalfStep;
}

constexpr float kGreatest = 7 * kMostF16;

}  // namespace

constinit const Format kInt4 = block_format<Int4Rows<32>>("int4", kGreatest, signed_bound);
constinit const Format kInt4G64 = block_format<Int4Rows<64>>("int4_g64", kGreatest, signed_bound);
constinit const Format kInt4G128 = block_format<Int4Rows<128>>("int4_g128", kGreatest, signed_bound);
constinit const Format kInt4Zp = block_format<Int4ZpRows<32>>("int4_zp", kMostF16, unsigned_bound);
constinit const Format kInt4ZpG64 = block_format<Int4ZpRows<64>>("int4_zp_g64", kMostF16, unsigned_bound);
constinit const Format kInt4ZpG128 = block_format<Int4ZpRows<128>>("int4_zp_g128", kMostF16, unsigned_bound);
constinit const Format kNf4 = block_format<Nf4Rows>("nf4", 0.8f * kMostF16, nf4_bound);

}  // namespace easydel::quantization
