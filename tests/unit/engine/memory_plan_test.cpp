#include "engine/native/memory_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace easydel::native {
namespace {

TEST(MemoryPlan, BuffersThatNeverMeetShareBytes) {
  const std::vector<Interval> intervals = {{.bytes = 64, .first = 0, .last = 2},
                                           {.bytes = 64, .first = 3, .last = 4}};
  const ArenaPlan plan = plan_arena(intervals);
  EXPECT_EQ(plan.peak_bytes, 64u);
  EXPECT_EQ(plan.unshared_bytes, 128u);
}

TEST(MemoryPlan, ABufferReadWhileAnotherIsWrittenStaysApart) {
  const std::vector<Interval> intervals = {{.bytes = 64, .first = 0, .last = 1},
                                           {.bytes = 64, .first = 1, .last = 2}};
  EXPECT_EQ(plan_arena(intervals).peak_bytes, 128u);
}

TEST(MemoryPlan, NoTwoLiveBuffersOverlapAndThePeakIsNearTheLowerBound) {
  std::mt19937 random(7);
  std::uniform_int_distribution<int> start(0, 199), length(0, 12), size(0, 5000);
  std::vector<Interval> intervals;
  for (int i = 0; i < 300; ++i) {
    const int first = start(random);
    intervals.push_back({static_cast<size_t>(size(random)), first, first + length(random)});
  }
  const ArenaPlan plan = plan_arena(intervals);
  size_t lower_bound = 0;
  for (int step = 0; step < 220; ++step) {
    std::vector<std::pair<size_t, size_t>> live;
    size_t bytes = 0;
    for (size_t i = 0; i < intervals.size(); ++i) {
      if (intervals[i].first > step || intervals[i].last < step || intervals[i].bytes == 0) continue;
      live.emplace_back(plan.offsets[i], plan.offsets[i] + intervals[i].bytes);
      bytes += intervals[i].bytes;
      EXPECT_EQ(plan.offsets[i] % kArenaAlignment, 0u);
      EXPECT_LE(live.back().second, plan.peak_bytes);
    }
    lower_bound = std::max(lower_bound, bytes);
    std::sort(live.begin(), live.end());
    for (size_t i = 1; i < live.size(); ++i) EXPECT_LE(live[i - 1].second, live[i].first);
  }
  EXPECT_LT(static_cast<double>(plan.peak_bytes), 1.25 * static_cast<double>(lower_bound));
}

}  // namespace
}  // namespace easydel::native
