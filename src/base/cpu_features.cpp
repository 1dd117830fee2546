#include "base/cpu_features.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <utility>
#include <vector>

#include "base/format.h"
#include "easydel/error.h"

#if defined(__x86_64__)
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
#elif defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace easydel {
namespace {

#if defined(__aarch64__)
constexpr std::array kIsas = {Isa::kScalar, Isa::kNeon, Isa::kNeonDot};
#else
constexpr std::array kIsas = {Isa::kScalar, Isa::kAvx2, Isa::kAvx512, Isa::kAvx512Bf16, Isa::kAmx};
#endif
/// By the numbers of all architectures' sets.
constexpr std::array<std::string_view, 7> kIsaNames = {"scalar", "neon",        "neon_dot", "avx2",
                                                       "avx512", "avx512_bf16", "amx"};

#if defined(__x86_64__)

struct CpuidResult {
  uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};

CpuidResult cpuid(uint32_t leaf, uint32_t subleaf) {
  CpuidResult result;
  // __get_cpuid_count leaves the result zero when the CPU lacks the leaf: no feature bit is then set.
  __get_cpuid_count(leaf, subleaf, &result.eax, &result.ebx, &result.ecx, &result.edx);
  return result;
}

bool has_bits(uint32_t word, std::initializer_list<int> bits) {
  return std::all_of(bits.begin(), bits.end(), [word](int bit) { return (word >> bit & 1U) != 0; });
}

/// The register states that the operating system saves (XCR0).
uint32_t enabled_states() {
  uint32_t low = 0;
  uint32_t high = 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

/// The registers of tiles, and their configuration.
constexpr uint32_t kTileStates = 0x60000;

/// Linux lets a process use tiles once it has asked for them: their 8 KiB are then saved with each of its threads.
bool may_use_tiles() {
#if defined(__linux__)
  constexpr long kRequestPermission = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
  return false;
#endif
}

Isa detect() {
  const CpuidResult basic = cpuid(1, 0);
  constexpr int kFma = 12, kOsxsave = 27, kAvx = 28, kF16c = 29;
  if (!has_bits(basic.ecx, {kFma, kOsxsave, kAvx, kF16c})) return Isa::kScalar;
  constexpr uint32_t kYmmState = 0x6, kZmmState = 0xe6;
  const uint32_t states = enabled_states();
  if ((states & kYmmState) != kYmmState) return Isa::kScalar;

  const CpuidResult extended = cpuid(7, 0);
  constexpr int kAvx2Bit = 5, kAvx512F = 16, kAvx512Dq = 17, kAvx512Bw = 30, kAvx512Vl = 31;
  if (!has_bits(extended.ebx, {kAvx2Bit})) return Isa::kScalar;
  if ((states & kZmmState) != kZmmState ||
      !has_bits(extended.ebx, {kAvx512F, kAvx512Dq, kAvx512Bw, kAvx512Vl}))
    return Isa::kAvx2;

  constexpr int kVnni = 11, kBf16 = 5, kAmxBf16 = 22, kAmxTile = 24, kAmxInt8 = 25;
  if (!has_bits(extended.ecx, {kVnni}) || !has_bits(cpuid(7, 1).eax, {kBf16})) return Isa::kAvx512;
  const bool has_tiles = (states & kTileStates) == kTileStates &&
                         has_bits(extended.edx, {kAmxBf16, kAmxTile, kAmxInt8}) && may_use_tiles();
  return has_tiles ? Isa::kAmx : Isa::kAvx512Bf16;
}

#elif defined(__aarch64__)

Isa detect() {
#if defined(__linux__)
  if ((getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0) return Isa::kNeonDot;
#endif
  return Isa::kNeon;
}

#else

Isa detect() {
  return Isa::kScalar;
}

#endif

}  // namespace

std::span<const Isa> all_isas() {
  return kIsas;
}

std::string_view to_string(Isa isa) {
  return kIsaNames[static_cast<size_t>(isa)];
}

Isa parse_isa(std::string_view name) {
  for (const Isa isa : kIsas)
    if (to_string(isa) == name) return isa;
  std::vector<std::string_view> names(kIsas.size());
  std::ranges::transform(kIsas, names.begin(), [](Isa isa) { return to_string(isa); });
  throw Error(ErrorCode::kInvalidArgument, "instruction set",
              fmt::format("\"{}\" is unknown; use one of {}", name, fmt::join(names, ", ")));
}

Isa detected_isa() {
  static const Isa isa = detect();
  return isa;
}

Isa active_isa() {
  const char* cap = std::getenv("EASYDEL_ISA");
  if (cap == nullptr || *cap == '\0') return detected_isa();
  return std::min(detected_isa(), parse_isa(cap));
}

}  // namespace easydel
