// Huge pages: memory that a core reads at up to twice the speed of pages of 4 KB, at whose ends the hardware's prefetching
// stops and whose addresses take longer to translate (docs/performance.md).
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <memory>

namespace easydel {

inline constexpr size_t kHugePageBytes = size_t{2} << 20;

/// Asks the system to back [data, data + bytes) by huge pages as it is touched or read from its file. `data` is the
/// start of a page. Nothing happens where there are none.
inline void prefer_huge_pages(void* data, size_t bytes) {
  ::madvise(data, bytes, MADV_HUGEPAGE);
}

/// `bytes` of zeros from a huge page's start on, in a mapping of their own: pages of the heap would stay huge when other
/// things take their place, and hold memory that nobody asked for. Null where the system refuses.
std::shared_ptr<std::byte> map_huge_pages(size_t bytes);

}  // namespace easydel
