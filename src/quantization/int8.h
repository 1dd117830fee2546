// int8: a signed byte per weight and a scale per 32 neighbours of a row: weight = code * scale, codes in [-127, 127].
//
// Symmetric, because then a product is one integer dot product per block and a scale. Blocks of 32, because activations
// are quantized by the same blocks while a program runs: a feature that stands out costs its own block alone its
// precision, which with one scale per row it would cost all of them. The scale is f16, as in llama.cpp's Q8_0, whose
// numbers these are: 1.0625 bytes per weight.
#pragma once

#include "quantization/format.h"

namespace easydel::quantization {

constexpr int64_t kInt8Block = 32;

namespace int8 {
void encode(std::span<const float> row, std::span<const float> importance, std::span<std::byte* const> parts);
void decode(std::span<const std::byte* const> parts, std::span<float> row);
float error_bound(float magnitude);
constexpr Part kParts[] = {{"", DType::kI8}, {"_scale", DType::kF16, kInt8Block, 1}};
}  // namespace int8

constexpr Format kInt8 = {.name = "int8",
                          .block = kInt8Block,
                          .parts = int8::kParts,
                          .encode = int8::encode,
                          .decode = int8::decode,
                          .greatest = 127.0f * 65504.0f,
                          .error_bound = int8::error_bound};

}  // namespace easydel::quantization
