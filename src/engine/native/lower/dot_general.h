// dot_general in its general form: any batch and contracted axes, any numeric type.
#pragma once

#include "engine/native/lower/lowering.h"

namespace easydel::native {

/// Brings both sides to [batch, rows, contracted] in scratch, then multiplies. Floats accumulate in f32,
/// integers in 64 bits (wrapped to the result type).
Step lower_dot_general(const LowerCall& call);

}  // namespace easydel::native
