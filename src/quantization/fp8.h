// fp8_e4m3: OCP's e4m3fn numbers and an f16 scale per 128 neighbours of a row.
#pragma once

#include "quantization/format.h"

namespace easydel::quantization {

extern const Format kFp8E4M3;

/// The e4m3fn code nearest to x, ties to even; what is greater than 448 becomes that.
uint8_t fp8_code(float x);

}  // namespace easydel::quantization
