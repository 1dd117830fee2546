// Weights in a quantized format: as numbers, and in a linear layer.
#pragma once

#include <span>

#include "graph/graph.h"
#include "quantization/format.h"

namespace easydel {

extern const OpInfo kDequantizeOp, kQuantizedLinearOp;

/// Composite. The weights [..., columns] of `dtype` that parts (those of the format, in its order) stand for.
Value dequantize(const quantization::Format& format, std::span<const Value> parts, int64_t columns,
                 DType dtype);

/// Composite. x [..., in] times the transpose of the weight [out, in] that parts stand for, plus bias [out] if there is
/// one: [..., out] of x's dtype, accumulated in f32. An engine may multiply in a weight rounded to `dtype`, or round x
/// block by block to the format's own precision.
Value quantized_linear(Value x, const quantization::Format& format, std::span<const Value> parts, Value bias,
                       DType dtype);

/// The format that such a node's attributes name.
const quantization::Format& format_of(const Attributes& attributes);

}  // namespace easydel
