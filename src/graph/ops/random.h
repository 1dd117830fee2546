// Random numbers from explicit keys: counter-based, so the same on every engine and for any number of
// threads.
#pragma once

#include "graph/graph.h"

namespace easydel {

extern const OpInfo kRandomBitsOp;

/// Threefry-2x32 with 20 rounds, as JAX's `threefry2x32`: `key` is u32 [2]; u32 bits of the given dims.
/// Salmon et al. 2011, doi:10.1145/2063384.2063405.
Value random_bits(Value key, std::span<const int64_t> dims);
/// f32 uniform in [0, 1), from the upper 23 bits.
Value random_uniform(Value key, std::span<const int64_t> dims);

}  // namespace easydel
