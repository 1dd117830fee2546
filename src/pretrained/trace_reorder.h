// trace_reorder(): the graph of a program that moves the rows of a cache.
//
//   Graph graph = trace_reorder({.batch = 1, .rows = 4, .capacity = 256}, module.cache_layout());   // one text, four beams
#pragma once

#include <compare>
#include <cstdint>
#include <span>

#include "nn/module.h"

namespace easydel {

struct ReorderKey {
  int64_t batch = 1, rows = 1;  ///< before and after
  int64_t capacity = 0;
  int64_t source_length = 0;  ///< of cross attention; 0: none
  DType cache_dtype = DType::kF32;
  friend auto operator<=>(const ReorderKey&, const ReorderKey&) = default;
};

/// Makes row i what rows[i] was. Takes "rows" i32 [rows], per layer the parts of its cache (nn/cache.h) "cache.<n>.key", ..., then the same of
/// "source.<n>" where there is one; returns what it took behind "rows".
Graph trace_reorder(const ReorderKey& key, std::span<const nn::CacheLayout> layout);

}  // namespace easydel
