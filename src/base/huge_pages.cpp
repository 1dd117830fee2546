#include "base/huge_pages.h"

#include <unistd.h>

#include <cstdint>
#include <limits>

namespace easydel {

std::shared_ptr<std::byte> map_huge_pages(size_t bytes) {
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  if (bytes == 0 || bytes > std::numeric_limits<size_t>::max() / 2) return nullptr;
  const size_t used = (bytes + page - 1) / page * page, reserved = used + kHugePageBytes;
  void* area = ::mmap(nullptr, reserved, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (area == MAP_FAILED) return nullptr;
  auto* first = static_cast<std::byte*>(area);
  const size_t before =
      (kHugePageBytes - reinterpret_cast<uintptr_t>(area) % kHugePageBytes) % kHugePageBytes;
  if (before > 0) ::munmap(first, before);
  if (before < kHugePageBytes) ::munmap(first + before + used, kHugePageBytes - before);
  prefer_huge_pages(first + before, used);
  return {first + before, [used](std::byte* data) { ::munmap(data, used); }};
}

}  // namespace easydel
