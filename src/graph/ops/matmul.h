// Matrix products.
#pragma once

#include "graph/graph.h"

namespace easydel {

extern const OpInfo kDotGeneralOp, kLinearOp;

/// StableHLO's dot_general dimension numbers.
struct DotDims {
  std::vector<int64_t> lhs_batch, rhs_batch, lhs_contract, rhs_contract;
};
/// Result axes: batch, lhs free, rhs free. Products accumulate in f32; the result has dtype `result` (kAuto:
/// lhs's).
Value dot_general(Value lhs, Value rhs, const DotDims& dims, DType result = DType::kAuto);
/// [..., m, k] x [..., k, n] with equal leading axes.
Value matmul(Value lhs, Value rhs);

/// How a linear layer's weight is stored. Checkpoints have [out, in], but for GPT-2's, which have [in, out].
enum class WeightLayout : uint8_t { kOutIn, kInOut };

/// Composite. x [..., in] times the weight (for [out, in], its transpose), plus bias [out] if there is one: [..., out]
/// of x's dtype, accumulated in f32. Where weight is bf16 and x f32, an engine may round x to bf16 first (as hardware
/// dot products do) but accumulates in f32.
Value linear(Value x, Value weight, Value bias = {}, WeightLayout layout = WeightLayout::kOutIn);

/// The axes of a linear op's weight.
struct LinearAxes {
  int in, out;
  static LinearAxes of(const Attributes& attributes);
};

}  // namespace easydel
