#include <gtest/gtest.h>

#include <fmt/format.h>

#include "engine/pjrt/compile_options.h"

namespace easydel::pjrt {
namespace {

std::string hex(const std::string& bytes) {
  std::string text;
  for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

// Written out by hand from the message's field numbers (xla/pjrt/proto/compile_options.proto).
TEST(PjrtCompileOptions, OneDevice) {
  EXPECT_EQ(hex(encode_compile_options({.device_ids = {0}, .overrides = {}})),
            "1a1a"                    // executable_build_options, 26 bytes
            "08ffffffffffffffffff01"  // device_ordinal -1
            "2001"                    // num_replicas 1
            "2801"                    // num_partitions 1
            "4a09"                    // device_assignment, 9 bytes
            "08011001"                // one replica, one computation
            "1a030a0100");            // device 0
}

TEST(PjrtCompileOptions, SeveralDevicesArePartitionedByShardy) {
  EXPECT_EQ(hex(encode_compile_options({.device_ids = {3, 200}, .overrides = {}})),
            "1a25"
            "08ffffffffffffffffff01"
            "2001"
            "2802"
            "3001"  // use_spmd_partitioning
            "4a0f"
            "08011002"
            "1a030a0103"    // device 3
            "1a040a02c801"  // device 200, a varint of two bytes
            "980101");      // use_shardy_partitioner (field 19)
}

TEST(PjrtCompileOptions, OverridesCarryTheirType) {
  const std::string bytes = hex(encode_compile_options(
      {.device_ids = {0},
       .overrides = {{"a", true}, {"b", int64_t{5}}, {"c", 1.0}, {"d", std::string("x")}}}));
  EXPECT_EQ(bytes.substr(56),
            "3a07"
            "0a0161"
            "12021001"
            "3a07"
            "0a0162"
            "12021805"
            "3a0e"
            "0a0163"
            "120921000000000000f03f"
            "3a08"
            "0a0164"
            "12030a0178");
}

}  // namespace
}  // namespace easydel::pjrt
