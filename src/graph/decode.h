// The weights that the parts of a quantized weight stand for, as plain ops: shifts, masks and multiplications, which any
// engine has.
#pragma once

#include <span>

#include "graph/graph.h"
#include "quantization/format.h"

namespace easydel {

/// f32 [..., columns] of the parts of a weight of these dims.
Value decode(const quantization::Format& format, std::span<const Value> parts, int64_t columns);

}  // namespace easydel
