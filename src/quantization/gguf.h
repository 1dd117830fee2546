// GGUF's formats, byte for byte: llama.cpp's ggml-common.h is their definition. A tensor of such a file is the one part of
// a weight.
#pragma once

#include "quantization/format.h"

namespace easydel::quantization {

extern const Format kQ8_0, kQ4_0, kQ4_1, kQ5_0, kQ5_1, kQ4K, kQ5K, kQ6K;

}  // namespace easydel::quantization
