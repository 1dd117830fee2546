#include "io/hub/partial_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "easydel/error.h"

namespace easydel::hub {
namespace {

constexpr size_t kReadBytes = size_t{1} << 20;

}  // namespace

PartialFile::PartialFile(std::filesystem::path path)
    : path_(std::move(path)), fd_(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  if (fd_ < 0) fail("open");
  std::vector<std::byte> piece(kReadBytes);
  while (true) {
    const ssize_t count = ::read(fd_, piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("read");
    if (count == 0) break;
    hash_.update(std::span(piece).first(static_cast<size_t>(count)));
    size_ += static_cast<uint64_t>(count);
  }
}

PartialFile::~PartialFile() {
  ::close(fd_);
}

void PartialFile::fail(std::string_view action) const {
  const int code = errno;
  const char* mend = code == ENOSPC || code == EDQUOT ? "free space there" : "make the cache writable";
  throw Error(ErrorCode::kIo, "hub",
              fmt::format("cannot {} {}: {}; {}, or choose another cache with HF_HUB_CACHE or --cache-dir",
                          action, path_.string(), std::strerror(code), mend));
}

void PartialFile::append(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("write");
    const auto written = bytes.first(static_cast<size_t>(count));
    hash_.update(written);
    size_ += written.size();
    bytes = bytes.subspan(written.size());
  }
}

void PartialFile::restart() {
  if (::ftruncate(fd_, 0) != 0 || ::lseek(fd_, 0, SEEK_SET) != 0) fail("empty");
  hash_.reset();
  size_ = 0;
}

void PartialFile::publish(const std::filesystem::path& target) {
  // EINVAL: a file system that cannot sync.
  if (::fsync(fd_) != 0 && errno != EINVAL) fail("write");
  if (::rename(path_.c_str(), target.c_str()) != 0) fail("rename");
}

void PartialFile::discard() {
  ::unlink(path_.c_str());
}

}  // namespace easydel::hub
