// Precision: how exactly accelerators multiply numbers of f32.
//
//   easydel::EngineOptions{.engine = "pjrt:tpu", .precision = easydel::parse_precision("high")};
#pragma once

#include <cstdint>
#include <string_view>

namespace easydel {

/// Of products of two f32 operands. Sums are f32 in any case, operands of 16 bits are multiplied as they are, and CPUs
/// multiply f32 as f32 whatever is asked.
enum class Precision : uint8_t {
  kHighest,  ///< as f32
  kHigh,     ///< in about three bfloat16 passes, or in TF32
  kDefault,  ///< the fastest that the device has: one bfloat16 pass of a TPU, TF32 of a GPU
};

/// JAX's names: "highest" or "float32", "high" or "tensorfloat32", "default", "fastest" or "bfloat16".
/// Error(kInvalidArgument) lists them for another.
Precision parse_precision(std::string_view name);

/// "highest", "high" or "default".
std::string_view to_string(Precision precision);

}  // namespace easydel
