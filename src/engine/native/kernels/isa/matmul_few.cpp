// Products of few rows of x with a weight matrix: decoding.
//
// Bound by memory: each weight byte is read once, in place, whatever the number of rows of x. Four weight
// rows at a time give four independent sums; the next four are fetched ahead, since a hardware prefetcher has
// to find each row anew.
#include "engine/native/kernels/isa/functions.h"
#include "engine/native/kernels/isa/simd.h"

namespace easydel::native::EASYDEL_KERNEL_ISA {
namespace {

/// Rows of weights per tile; reduce_add4 makes four the natural count.
constexpr int kWeightRows = 4;
constexpr int kMostRows = kRegisters == 32 ? 4 : 2;
constexpr int64_t kPrefetchBytes = 4096;

struct F32Dot {
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
struct PairDot {
  static constexpr int64_t kStep = 2 * kWidth;
  static Vec load_whole(const Bf16* p) { return load_pairs(p); }
  static Vec load_rest(const Bf16* p, int count) { return load_pairs_partial(p, count); }
  static Vec step(Vec x, Vec w, Vec sum) { return dot_pairs(x, w, sum); }
};
#endif

/// kRows rows of x with `count` <= 4 rows of weights; the missing ones repeat the last.
template <typename Dot, int kRows, typename X, typename W>
inline void dot_tile(const X* x, int64_t x_stride, const W* const (&w)[kWeightRows], int64_t k_count,
                     float (&sums)[kRows][kWeightRows]) {
  Vec sum[kRows][kWeightRows];
  for (int row = 0; row < kRows; ++row) {
    for (int i = 0; i < kWeightRows; ++i) sum[row][i] = zero();
  }
  int64_t k = 0;
  for (; k + Dot::kStep <= k_count; k += Dot::kStep) {
    Vec wv[kWeightRows];
    for (int i = 0; i < kWeightRows; ++i) {
      __builtin_prefetch(reinterpret_cast<const char*>(w[i] + k) + kPrefetchBytes);
      wv[i] = Dot::load_whole(w[i] + k);
    }
    for (int row = 0; row < kRows; ++row) {
      const Vec xv = Dot::load_whole(x + row * x_stride + k);
      for (int i = 0; i < kWeightRows; ++i) sum[row][i] = Dot::step(xv, wv[i], sum[row][i]);
    }
  }
  if (k < k_count) {
    const int rest = static_cast<int>(k_count - k);
    for (int row = 0; row < kRows; ++row) {
      const Vec xv = Dot::load_rest(x + row * x_stride + k, rest);
      for (int i = 0; i < kWeightRows; ++i)
        sum[row][i] = Dot::step(xv, Dot::load_rest(w[i] + k, rest), sum[row][i]);
    }
  }
  for (int row = 0; row < kRows; ++row) reduce_add4(sum[row], sums[row]);
}

template <typename Dot, int kRows, typename X, typename W>
inline void dot_rows(const MatmulBlock& block, int64_t m, int64_t n, int count,
                     const W* const (&w)[kWeightRows]) {
  float sums[kRows][kWeightRows];
  dot_tile<Dot, kRows>(static_cast<const X*>(block.x) + m * block.x_stride, block.x_stride, w, block.k, sums);
  for (int row = 0; row < kRows; ++row) {
    float* out = block.out + (m + row) * block.out_stride + n;
    for (int i = 0; i < count; ++i)
      out[i] = sums[row][i] + (block.bias != nullptr ? block.bias[n + i] : 0.0f);
  }
}

template <typename Dot, typename X, typename W>
void multiply(const MatmulBlock& block) {
  const auto* weight = static_cast<const W*>(block.weight);
  for (int64_t n = 0; n < block.n; n += kWeightRows) {
    const int count = block.n - n < kWeightRows ? static_cast<int>(block.n - n) : kWeightRows;
    const W* w[kWeightRows];
    for (int i = 0; i < kWeightRows; ++i)
      w[i] = weight + (n + (i < count ? i : count - 1)) * block.weight_stride;
    int64_t m = 0;
    for (; m + kMostRows <= block.m; m += kMostRows) dot_rows<Dot, kMostRows, X>(block, m, n, count, w);
    if constexpr (kMostRows > 2) {
      for (; m + 2 <= block.m; m += 2) dot_rows<Dot, 2, X>(block, m, n, count, w);
    }
    for (; m < block.m; ++m) dot_rows<Dot, 1, X>(block, m, n, count, w);
  }
}

}  // namespace

void matmul_few(const MatmulBlock& block) {
#if defined(EASYDEL_KERNEL_BF16_DOT)
  if (block.x_is_bf16) return multiply<PairDot, Bf16, Bf16>(block);
#endif
  with_type(block.weight_type, [&]<typename W>(const W*) { multiply<F32Dot, float, W>(block); });
}

}  // namespace easydel::native::EASYDEL_KERNEL_ISA
