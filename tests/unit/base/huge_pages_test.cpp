#include "base/huge_pages.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>

namespace easydel {
namespace {

TEST(HugePages, AMappingIsZerosFromAHugePageOn) {
  for (const size_t bytes : {size_t{1}, size_t{4097}, kHugePageBytes, 2 * kHugePageBytes + 3}) {
    const auto data = map_huge_pages(bytes);
    ASSERT_NE(data, nullptr) << bytes;
    EXPECT_EQ(reinterpret_cast<uintptr_t>(data.get()) % kHugePageBytes, 0u) << bytes;
    EXPECT_TRUE(std::all_of(data.get(), data.get() + bytes, [](std::byte b) { return b == std::byte{0}; }));
    std::fill_n(data.get(), bytes, std::byte{7});
    EXPECT_EQ(data.get()[bytes - 1], std::byte{7});
  }
}

TEST(HugePages, MoreThanThereIsIsNull) {
  EXPECT_EQ(map_huge_pages(std::numeric_limits<size_t>::max()), nullptr);
  EXPECT_EQ(map_huge_pages(size_t{1} << 60), nullptr);
}

}  // namespace
}  // namespace easydel
