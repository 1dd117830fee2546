#include "base/mapped_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "base/huge_pages.h"
#include "easydel/error.h"

namespace easydel {
namespace {

/// Closes a descriptor on every way out.
struct Descriptor {
  int fd = -1;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

[[noreturn]] void fail(const std::filesystem::path& path, int code) {
  const std::string name = path.string();
  if (code == ENOENT || code == ENOTDIR)
    throw Error(ErrorCode::kNotFound, "open", fmt::format("{} does not exist; check the path", name));
  if (code == EACCES || code == EPERM)
    throw Error(ErrorCode::kIo, "open",
                fmt::format("{} may not be read by this user; change its permissions", name));
  throw Error(ErrorCode::kIo, "open", fmt::format("{}: {}", name, std::strerror(code)));
}

int advice_of(MapAccess access) {
  switch (access) {
    case MapAccess::kSequential:
      return MADV_SEQUENTIAL;
    case MapAccess::kRandom:
      return MADV_RANDOM;
    case MapAccess::kWillNeed:
      return MADV_WILLNEED;
    case MapAccess::kNormal:
      break;
  }
  return MADV_NORMAL;
}

}  // namespace

std::shared_ptr<const MappedFile> MappedFile::open(const std::filesystem::path& path, MapAccess access) {
  // O_NONBLOCK: opening a named pipe must not wait for a writer; it has no effect on regular files.
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.fd < 0) fail(path, errno);
  struct stat status {};
  if (::fstat(file.fd, &status) != 0) fail(path, errno);
  if (S_ISDIR(status.st_mode))
    throw Error(ErrorCode::kInvalidArgument, "open",
                fmt::format("{} is a directory; a file is expected here", path.string()));
  if (!S_ISREG(status.st_mode))
    throw Error(ErrorCode::kInvalidArgument, "open",
                fmt::format("{} is not a regular file; copy its content to a file first", path.string()));
  const auto size = static_cast<size_t>(status.st_size);
  if (size == 0) return std::shared_ptr<const MappedFile>(new MappedFile(path, nullptr, 0));
  void* data = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.fd, 0);
  if (data == MAP_FAILED) fail(path, errno);
  std::shared_ptr<const MappedFile> mapped(new MappedFile(path, static_cast<const std::byte*>(data), size));
  // What is not in the page cache yet comes there in huge pages, where the file system can.
  if (access != MapAccess::kRandom && size >= kHugePageBytes) prefer_huge_pages(data, size);
  if (access != MapAccess::kNormal) mapped->advise(access);
  return mapped;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

void MappedFile::advise(MapAccess access) const {
  if (data_ != nullptr) ::madvise(const_cast<std::byte*>(data_), size_, advice_of(access));
}

void MappedFile::release(std::span<const std::byte> part) const {
  if (part.empty()) return;
  // Reading a byte of a huge page brings all of it, so neighbours go with the part.
  const auto offset = static_cast<size_t>(part.data() - data_);  // the mapping begins with a page
  const size_t begin = offset / kHugePageBytes * kHugePageBytes;
  const size_t end =
      std::min(size_, (offset + part.size() + kHugePageBytes - 1) / kHugePageBytes * kHugePageBytes);
  ::madvise(const_cast<std::byte*>(data_) + begin, end - begin, MADV_DONTNEED);
}

}  // namespace easydel
