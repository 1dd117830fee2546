#include "base/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <set>
#include <utility>

#include "easydel/error.h"

namespace easydel {
namespace {

std::filesystem::path directory_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

/// A hidden name beside `target` that no other writer, in this process or another, has.
std::filesystem::path sibling(const std::filesystem::path& target, std::string_view ending) {
  static std::atomic<uint64_t> counter{0};
  return directory_of(target) / fmt::format(".{}.{}-{}.{}", target.filename().string(), ::getpid(),
                                            counter.fetch_add(1, std::memory_order_relaxed), ending);
}

/// A file in `directory` that has no name yet, so that nothing of it is left when the process is killed; -1 on systems
/// without such files.
int open_unnamed(const std::filesystem::path& directory) {
  if (::access("/proc/self/fd", X_OK) != 0) return -1;  // a name is given through it
  return ::open(directory.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
}

std::string mend_for(const std::filesystem::path& target, int code) {
  const std::filesystem::path directory = directory_of(target);
  if (code == ENOSPC || code == EDQUOT) {
    struct statvfs space {};
    const bool known = ::statvfs(directory.c_str(), &space) == 0;
    return fmt::format("{}free space there or save elsewhere",
                       known ? fmt::format("{} bytes are free; ", space.f_bavail * space.f_frsize) : "");
  }
  if (code == EFBIG)
    return "the file is above the size limit of this process (ulimit -f); raise it or use smaller shards";
  if (code == EACCES || code == EPERM || code == EROFS)
    return fmt::format("make {} writable or save elsewhere", directory.string());
  return "check the disk and try again";
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path target, uint64_t expected_bytes)
    : target_(std::move(target)), expected_(expected_bytes) {
  const std::filesystem::path directory = directory_of(target_);
  struct stat status {};
  const bool found = ::stat(directory.c_str(), &status) == 0;
  if (!found && errno != ENOENT && errno != ENOTDIR) fail("open the directory of", errno);
  if (!found || !S_ISDIR(status.st_mode))
    throw Error(ErrorCode::kNotFound, "save",
                fmt::format("{} cannot be written: the directory {} does not exist; create it first",
                            target_.string(), directory.string()));
  const bool replaces = ::stat(target_.c_str(), &status) == 0;
  if (replaces && !S_ISREG(status.st_mode))
    throw Error(ErrorCode::kInvalidArgument, "save",
                fmt::format("{} is not a regular file and will not be replaced; choose another name",
                            target_.string()));
  fd_ = open_unnamed(directory);
  if (fd_ < 0) {
    temporary_ = sibling(target_, "tmp");
    fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  }
  if (fd_ < 0) {
    const int code = errno;
    temporary_.clear();
    fail("create", code);
  }
  // The new file keeps the old one's permissions; a file system without them is no reason to fail.
  if (replaces && ::fchmod(fd_, status.st_mode & 07777) != 0) errno = 0;
}

AtomicFile::~AtomicFile() {
  if (fd_ >= 0) ::close(fd_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  if (fd_ < 0)
    throw Error(ErrorCode::kInternal, "save", target_.string() + " was written after it was finished");
  while (!bytes.empty()) {
    // Linux moves at most 2 GiB a call; smaller pieces keep the call interruptible.
    const ssize_t count = ::write(fd_, bytes.data(), std::min<size_t>(bytes.size(), size_t{1} << 30));
    if (count < 0) {
      if (errno == EINTR) continue;
      fail("write", errno);
    }
    if (count == 0) fail("write", ENOSPC);
    written_ += static_cast<uint64_t>(count);
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
}

void AtomicFile::finish() {
  if (fd_ < 0) return;
  const int synced = ::fsync(fd_) == 0 ? 0 : errno;
  if (temporary_.empty()) {
    const std::filesystem::path name = sibling(target_, "tmp");
    if (::linkat(AT_FDCWD, fmt::format("/proc/self/fd/{}", fd_).c_str(), AT_FDCWD, name.c_str(),
                 AT_SYMLINK_FOLLOW) != 0)
      fail("name", errno);
    temporary_ = name;
  }
  const int closed = ::close(std::exchange(fd_, -1)) == 0 ? 0 : errno;
  // EINVAL: a file system that cannot sync, such as some network mounts; the bytes are written all the same.
  if (synced != 0 && synced != EINVAL) fail("write", synced);
  if (closed != 0) fail("write", closed);
}

void AtomicFile::fail(std::string_view action, int code) const {
  const std::string amount = expected_ > 0
                                 ? fmt::format(" ({} of {} bytes written)", written_, expected_)
                                 : (written_ > 0 ? fmt::format(" ({} bytes written)", written_) : "");
  throw Error(ErrorCode::kIo, "save",
              fmt::format("cannot {} {}: {}{}; {}; files that were there before are unchanged", action,
                          target_.string(), std::strerror(code), amount, mend_for(target_, code)));
}

AtomicFile& AtomicFiles::add(const std::filesystem::path& target, uint64_t expected_bytes) {
  files_.push_back(std::unique_ptr<AtomicFile>(new AtomicFile(target, expected_bytes)));
  return *files_.back();
}

void AtomicFiles::commit() {
  for (const auto& file : files_) file->finish();
  try {
    for (const auto& file : files_) publish(*file);
    for (Removal& removal : removals_) {
      const std::filesystem::path backup = sibling(removal.target, "old");
      if (::rename(removal.target.c_str(), backup.c_str()) != 0)
        throw Error(ErrorCode::kIo, "save",
                    fmt::format("cannot remove {} of an earlier save: {}; {}", removal.target.string(),
                                std::strerror(errno), mend_for(removal.target, errno)));
      removal.backup = backup;
    }
  } catch (...) {
    roll_back();
    throw;
  }
  for (const auto& file : files_)
    if (!file->backup_.empty()) ::unlink(file->backup_.c_str());
  for (const Removal& removal : removals_) ::unlink(removal.backup.c_str());
  sync_directories();
  files_.clear();
  removals_.clear();
}

void AtomicFiles::remove(const std::filesystem::path& target) {
  removals_.push_back({target, {}});
}

void AtomicFiles::publish(AtomicFile& file) {
  // Something else may have taken the name since add(); a directory must not be moved away.
  if (std::error_code ignored; std::filesystem::is_directory(file.target_, ignored))
    file.fail("replace", EISDIR);
  std::filesystem::path backup = sibling(file.target_, "old");
  // A hard link keeps the old file under its own name until the rename replaces it; file systems without
  // links get a rename, which leaves a short time without the file.
  if (::link(file.target_.c_str(), backup.c_str()) == 0) {
    file.backup_ = std::move(backup);
  } else if (errno != ENOENT) {
    if (::rename(file.target_.c_str(), backup.c_str()) != 0) file.fail("replace", errno);
    file.backup_ = std::move(backup);
  }
  if (::rename(file.temporary_.c_str(), file.target_.c_str()) != 0) file.fail("replace", errno);
  file.temporary_.clear();
  file.published_ = true;
}

void AtomicFiles::roll_back() {
  // Backwards, so that what decides which files are read decides last here too.
  for (auto removal = removals_.rbegin(); removal != removals_.rend(); ++removal)
    if (!removal->backup.empty()) ::rename(removal->backup.c_str(), removal->target.c_str());
  for (auto iterator = files_.rbegin(); iterator != files_.rend(); ++iterator) {
    const std::unique_ptr<AtomicFile>& file = *iterator;
    if (!file->backup_.empty()) {
      // Renaming a link onto its own file does nothing, hence the unlink.
      ::rename(file->backup_.c_str(), file->target_.c_str());
      ::unlink(file->backup_.c_str());
    } else if (file->published_) {
      ::unlink(file->target_.c_str());
    }
  }
  files_.clear();
  removals_.clear();
}

void AtomicFiles::sync_directories() const {
  std::set<std::filesystem::path> directories;
  for (const auto& file : files_) directories.insert(directory_of(file->target_));
  for (const std::filesystem::path& directory : directories) {
    const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) continue;
    ::fsync(fd);
    ::close(fd);
  }
}

void write_file_atomically(const std::filesystem::path& target, std::string_view content) {
  AtomicFiles files;
  files.add(target, content.size()).write(content);
  files.commit();
}

void ensure_directory(const std::filesystem::path& directory) {
  std::error_code code;
  if (std::filesystem::is_directory(directory, code)) return;
  std::filesystem::create_directories(directory, code);
  if (!code && std::filesystem::is_directory(directory, code)) return;
  std::filesystem::path obstacle = directory;
  std::error_code ignored;
  while (!std::filesystem::exists(obstacle, ignored) && obstacle.has_parent_path() &&
         obstacle != obstacle.parent_path())
    obstacle = obstacle.parent_path();
  if (std::filesystem::exists(obstacle, ignored) && !std::filesystem::is_directory(obstacle, ignored))
    throw Error(ErrorCode::kInvalidArgument, "save",
                fmt::format("{} cannot be a directory: {} is a file; choose another directory",
                            directory.string(), obstacle.string()));
  throw Error(ErrorCode::kIo, "save",
              fmt::format("cannot create the directory {}: {}; check its parent's permissions",
                          directory.string(), code.message()));
}

}  // namespace easydel
