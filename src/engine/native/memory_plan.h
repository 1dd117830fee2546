// Memory plan: offsets in one arena for buffers that live during known stretches of a program.
//
//   std::vector<Interval> intervals = {{.bytes = 64, .first = 0, .last = 2}, {.bytes = 64, .first = 3, .last
//   = 4}}; ArenaPlan plan = plan_arena(intervals);      // both at offset 0: they never live at once
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace easydel::native {

/// One buffer: it holds data from step `first` to step `last`, both included.
struct Interval {
  size_t bytes = 0;
  int32_t first = 0;
  int32_t last = 0;
};

struct ArenaPlan {
  std::vector<size_t> offsets;  ///< one per interval, multiples of kArenaAlignment
  size_t peak_bytes = 0;        ///< size of the arena
  size_t unshared_bytes = 0;    ///< what the buffers would take side by side
};

constexpr size_t kArenaAlignment = 64;

/// Greedy by size: the largest buffer first, each at the tightest gap that is free during its stretch.
/// Pisarchyk and Lee 2020, arXiv:2001.03288.
ArenaPlan plan_arena(std::span<const Interval> intervals);

}  // namespace easydel::native
