// int4: half a byte per weight and an f16 scale per 32, 64 or 128 neighbours of a row: weight = code * scale, codes in
// [-8, 7]. int4_zp has a zero point too, held as what code 0 stands for: weight = code * scale + offset, codes in [0, 15].
// nf4: codes name 16 quantiles of the normal distribution, a scale per 64.
#pragma once

#include "quantization/format.h"

namespace easydel::quantization {

extern const Format kInt4, kInt4G64, kInt4G128, kInt4Zp, kInt4ZpG64, kInt4ZpG128, kNf4;

}  // namespace easydel::quantization
