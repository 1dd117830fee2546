#include "engine/native/memory_plan.h"

#include <algorithm>
#include <numeric>

namespace easydel::native {
namespace {

size_t aligned(size_t bytes) {
  return (bytes + kArenaAlignment - 1) / kArenaAlignment * kArenaAlignment;
}

struct Placed {
  size_t offset;
  size_t end;
  int32_t first;
  int32_t last;
};

/// The start of the smallest gap of at least `bytes` between `neighbours` (sorted by offset), else the end of
/// all.
size_t tightest_gap(std::span<const Placed> neighbours, size_t bytes) {
  size_t best = SIZE_MAX, best_slack = SIZE_MAX, end = 0;
  for (const Placed& neighbour : neighbours) {
    if (neighbour.offset >= end + bytes && neighbour.offset - end - bytes < best_slack) {
      best_slack = neighbour.offset - end - bytes;
      best = end;
    }
    end = std::max(end, neighbour.end);
  }
  return best == SIZE_MAX ? end : best;
}

}  // namespace

ArenaPlan plan_arena(std::span<const Interval> intervals) {
  ArenaPlan plan;
  plan.offsets.resize(intervals.size());
  std::vector<size_t> order(intervals.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return intervals[a].bytes > intervals[b].bytes; });

  std::vector<Placed> placed;  // sorted by offset
  std::vector<Placed> neighbours;
  for (const size_t index : order) {
    const Interval& interval = intervals[index];
    const size_t bytes = aligned(interval.bytes);
    neighbours.clear();
    std::copy_if(placed.begin(), placed.end(), std::back_inserter(neighbours),
                 [&](const Placed& p) { return p.first <= interval.last && interval.first <= p.last; });
    const size_t offset = tightest_gap(neighbours, bytes);
    const Placed entry{offset, offset + bytes, interval.first, interval.last};
    placed.insert(std::upper_bound(placed.begin(), placed.end(), entry,
                                   [](const Placed& a, const Placed& b) { return a.offset < b.offset; }),
                  entry);
    plan.offsets[index] = offset;
    plan.peak_bytes = std::max(plan.peak_bytes, entry.end);
    plan.unshared_bytes += bytes;
  }
  return plan;
}

}  // namespace easydel::native
