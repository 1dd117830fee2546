// Products of many rows of x with a weight matrix.
//
// Bound by the multiply-add units. Weights are rearranged panel by panel, which costs about one store per
// element and pays off from some 32 rows of x on; x is read in place by broadcasts.
#include "engine/native/kernels/isa/functions.h"
#include "engine/native/kernels/isa/panel.h"
#include "engine/native/kernels/isa/tiles.h"

namespace easydel::native::EASYDEL_KERNEL_ISA {
namespace {

template <typename W>
void multiply_f32(const MatmulBlock& block, float* panel) {
  const auto* weight = static_cast<const W*>(block.weight);
  const int64_t stride = block.weight_stride;
  multiply_packed(block, block.x_stride, panel, [&](int64_t n, int64_t columns, int64_t k, int64_t depth) {
    if (block.weight_is_in_out) {
      copy_panel<kPanelVectors>(weight + k * stride + n, stride, columns, depth, panel);
    } else {
      pack_panel<kPanelVectors>(weight + n * stride + k, stride, columns, depth, panel);
    }
  });
}

#if defined(EASYDEL_KERNEL_BF16_DOT)
void multiply_pairs(const MatmulBlock& block, float* panel) {
  const auto* x = static_cast<const uint32_t*>(block.x);
  const auto* weight = static_cast<const Bf16*>(block.weight);
  constexpr int64_t kDepth = 2 * kPanelDepth;
  for (int64_t n = 0; n < block.n; n += kPanelColumns) {
    const int64_t columns = least(kPanelColumns, block.n - n);
    const float* bias = block.bias != nullptr ? block.bias + n : nullptr;
    for (int64_t k = 0; k < block.k || k == 0; k += kDepth) {
      const int64_t depth = least(kDepth, block.k - k);
      if (block.weight_is_in_out) {
        join_pairs<kPanelVectors>(weight + k * block.weight_stride + n, block.weight_stride, columns, depth,
                                  panel);
      } else {
        pack_pairs<kPanelVectors>(weight + n * block.weight_stride + k, block.weight_stride, columns, depth,
                                  panel);
      }
      multiply_panel_of_pairs(x + k / 2, block.x_stride / 2, block.m, panel, (depth + 1) / 2,
                              {block.out + n, block.out_stride, k > 0, k == 0 ? bias : nullptr, columns});
    }
  }
}
#endif

}  // namespace

bool rounds_x([[maybe_unused]] FloatType weight_type) {
#if defined(EASYDEL_KERNEL_BF16_DOT)
  return weight_type == FloatType::kBF16;
#else
  return false;
#endif
}

int64_t panel_floats() {
  return kPanelColumns * kPanelDepth;
}
int64_t panel_columns() {
  return kPanelColumns;
}
int64_t panel_rows() {
#if defined(EASYDEL_KERNEL_TILES)
  return kTileRows;
#else
  return 2 * kPanelRows;
#endif
}

void matmul_many(const MatmulBlock& block, float* panel) {
#if defined(EASYDEL_KERNEL_BF16_DOT)
  if (block.x_is_bf16) return multiply_pairs(block, panel);
#endif
  with_type(block.weight_type, [&]<typename W>(const W*) { multiply_f32<W>(block, panel); });
}

}  // namespace easydel::native::EASYDEL_KERNEL_ISA
