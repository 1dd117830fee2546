// Normalizations over the last axis, computed in f32 whatever the operand's dtype.
#pragma once

#include "graph/graph.h"

namespace easydel {

extern const OpInfo kRmsNormOp, kLayerNormOp, kSoftmaxOp;

/// Composite. x * rsqrt(mean(x^2) + epsilon) * (weight + weight_offset); weight is [x.dim(-1)].
/// Zhang and Sennrich 2019, arXiv:1910.07467. `weight_offset` is 1 for Gemma-style weights.
Value rms_norm(Value x, Value weight, double epsilon, double weight_offset = 0.0);
/// Composite. (x - mean) * rsqrt(variance + epsilon) * weight + bias; weight and bias may be absent.
Value layer_norm(Value x, Value weight, Value bias, double epsilon);
/// Composite. exp(x - max) / sum; a row of -infinity gives zeros.
Value softmax(Value x);

}  // namespace easydel
