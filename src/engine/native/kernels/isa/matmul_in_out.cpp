// Products of few rows of x with a weight matrix that is stored [in, out]: decoding of GPT-2.
//
// Bound by memory: each weight byte is read once, in place. Neighbouring columns lie side by side, so products are
// added to the results themselves, a stretch of columns that stays in the first-level cache at a time; four steps of k
// share one load and store of a result.
#include "engine/native/kernels/isa/functions.h"
#include "engine/native/kernels/isa/simd.h"

namespace easydel::native::EASYDEL_KERNEL_ISA {
namespace {

constexpr int kSteps = 4;
/// Results, of all rows, that take half of a first-level cache; and columns that a stretch has at the least.
constexpr int64_t kResults = 4096, kLeastStretch = 128;

struct F32Step {
  using X = float;
  static constexpr int64_t kDepth = 1;
  static Vec broadcast(const float* x) { return set1(*x); }
  template <typename W>
  static Vec load_weight(const W* w, int64_t, bool, int count) {
    return load_some(w, count);
  }
  static Vec step(Vec x, Vec w, Vec sum) { return fma(x, w, sum); }
};

#if defined(EASYDEL_KERNEL_BF16_DOT)
/// A step is two rows of the weight; x has a zero after an odd row.
struct PairStep {
  using X = Bf16;
  static constexpr int64_t kDepth = 2;
  static Vec broadcast(const Bf16* x) { return broadcast_pair(x); }
  static Vec load_weight(const Bf16* w, int64_t stride, bool whole, int count) {
    return load_joined(w, whole ? w + stride : nullptr, count);
  }
  static Vec step(Vec x, Vec w, Vec sum) { return dot_pairs(x, w, sum); }
};
#endif

/// Adds kCount steps from k on to columns [begin, end) of all rows.
template <typename Dot, int kCount, typename W>
inline void add_steps(const MatmulBlock& block, int64_t k, int64_t begin, int64_t end) {
  const auto* x = static_cast<const typename Dot::X*>(block.x) + k;
  const W* w = static_cast<const W*>(block.weight) + k * block.weight_stride;
  for_vectors(end - begin, [&](int64_t offset, int count) {
    const int64_t n = begin + offset;
    Vec wv[kCount];
    for (int i = 0; i < kCount; ++i)
      wv[i] = Dot::load_weight(w + i * Dot::kDepth * block.weight_stride + n, block.weight_stride,
                               k + (i + 1) * Dot::kDepth <= block.k, count);
    for (int64_t m = 0; m < block.m; ++m) {
      float* out = block.out + m * block.out_stride + n;
      Vec sum = load_some(out, count);
      for (int i = 0; i < kCount; ++i)
        sum = Dot::step(Dot::broadcast(x + m * block.x_stride + i * Dot::kDepth), wv[i], sum);
      store_some(out, sum, count);
    }
  });
}

template <typename Dot, typename W>
void multiply(const MatmulBlock& block) {
  const int64_t even = block.m == 0 ? kResults : kResults / block.m / kWidth * kWidth;
  const int64_t stretch = even < kLeastStretch ? kLeastStretch : even;
  for (int64_t begin = 0; begin < block.n; begin += stretch) {
    const int64_t end = begin + stretch < block.n ? begin + stretch : block.n;
    for (int64_t m = 0; m < block.m; ++m) {
      float* out = block.out + m * block.out_stride;
      for (int64_t n = begin; n < end; ++n) out[n] = block.bias != nullptr ? block.bias[n] : 0.0f;
    }
    int64_t k = 0;
    for (; k + kSteps * Dot::kDepth <= block.k; k += kSteps * Dot::kDepth)
      add_steps<Dot, kSteps, W>(block, k, begin, end);
    for (; k < block.k; k += Dot::kDepth) add_steps<Dot, 1, W>(block, k, begin, end);
  }
}

}  // namespace

void matmul_few_in_out(const MatmulBlock& block) {
#if defined(EASYDEL_KERNEL_BF16_DOT)
  if (block.x_is_bf16) return multiply<PairStep, Bf16>(block);
#endif
  with_type(block.weight_type, [&]<typename W>(const W*) { multiply<F32Step, W>(block); });
}

}  // namespace easydel::native::EASYDEL_KERNEL_ISA
