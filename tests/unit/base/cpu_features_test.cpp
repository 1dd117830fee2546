#include "base/cpu_features.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "easydel/error.h"

namespace easydel {
namespace {

class IsaVariable {
 public:
  explicit IsaVariable(const char* value) { setenv("EASYDEL_ISA", value, 1); }
  ~IsaVariable() { unsetenv("EASYDEL_ISA"); }
};

TEST(CpuFeaturesTest, NamesRoundTrip) {
  for (const Isa isa : all_isas()) EXPECT_EQ(parse_isa(to_string(isa)), isa);
}

TEST(CpuFeaturesTest, AnUnknownNameListsTheKnownOnes) {
  try {
    parse_isa("sse9");
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(error.what(), testing::HasSubstr("sse9"));
    for (const Isa isa : all_isas()) EXPECT_THAT(error.what(), testing::HasSubstr(to_string(isa)));
  }
}

TEST(CpuFeaturesTest, TheVariableCapsTheChoice) {
  {
    const IsaVariable cap("scalar");
    EXPECT_EQ(active_isa(), Isa::kScalar);
  }
  {
    const IsaVariable cap(to_string(all_isas().back()).data());
    EXPECT_EQ(active_isa(), detected_isa());
  }
  {
    const IsaVariable wrong("mmx");
    EXPECT_THROW(active_isa(), Error);
  }
  EXPECT_EQ(active_isa(), detected_isa());
}

#if defined(__x86_64__)
TEST(CpuFeaturesTest, AgreesWithTheCompilersDetection) {
  __builtin_cpu_init();
  const bool avx2 =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  EXPECT_EQ(detected_isa() >= Isa::kAvx2, avx2);
  EXPECT_EQ(detected_isa() >= Isa::kAvx512, avx512);
  EXPECT_EQ(detected_isa() >= Isa::kAvx512Bf16, avx512 && __builtin_cpu_supports("avx512bf16"));
}
#endif

}  // namespace
}  // namespace easydel
