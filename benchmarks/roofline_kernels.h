// The loops of the roofline program. Each runs only where the CPU has its instructions.
#pragma once

#include <cstdint>

namespace easydel::roofline {

/// Reads `bytes` (a multiple of 4096) once, in order, fetching ahead into the first level of the cache, or into the first and farther
/// ahead into the second. Which is faster depends on the processor.
void read_memory(const char* data, int64_t bytes, bool far_ahead);

/// Runs `steps` rounds of independent multiply-adds in registers; returns how many multiply-adds that was.
double multiply_avx2(int64_t steps);
double multiply_avx512(int64_t steps);
double multiply_bf16(int64_t steps);
double multiply_bytes(int64_t steps);    ///< VNNI
double multiply_nibbles(int64_t steps);  ///< AVX2: of codes of four bits, whose sums fit 16
double multiply_tiles(int64_t steps);    ///< AMX, of bf16

}  // namespace easydel::roofline
