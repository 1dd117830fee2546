// Instruction sets: what this CPU has, and what the kernels may use.
//
//   EASYDEL_ISA=avx2 easydel generate ...      # caps the choice, for tests and comparisons
#pragma once

#include <span>
#include <string_view>

namespace easydel {

/// Of one architecture, each includes those before it. kNeon is that of every ARMv8 processor, kNeonDot adds dot products
/// of bytes. kAvx2 needs FMA and F16C too; kAvx512 needs F, BW, DQ, VL; kAvx512Bf16 adds
/// BF16 and VNNI: every processor with the first has the second; kAmx adds tiles of bf16 and bytes.
enum class Isa { kScalar, kNeon, kNeonDot, kAvx2, kAvx512, kAvx512Bf16, kAmx };

/// Those of the architecture that this was built for, the least first.
std::span<const Isa> all_isas();

std::string_view to_string(Isa isa);
/// Of x86-64 "scalar", "avx2", "avx512", "avx512_bf16", "amx", of aarch64 "scalar", "neon", "neon_dot";
/// Error(kInvalidArgument) lists the names.
Isa parse_isa(std::string_view name);
/// The best set that this CPU and operating system support.
Isa detected_isa();
/// detected_isa(), capped by the environment variable EASYDEL_ISA.
Isa active_isa();

}  // namespace easydel
