#include "io/hub/cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iterator>
#include <thread>

#include "base/atomic_file.h"
#include "base/log.h"
#include "easydel/error.h"
#include "io/hub/http.h"
#include "io/hub/names.h"

namespace easydel::hub {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto kLockInterval = 20ms;
constexpr auto kLockPatience = 5s;  // then a note says what is waited for

// https://bford.info/cachedir/: backups leave such folders out.
constexpr std::string_view kCacheTag =
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# This file marks a cache directory of Hugging Face files; see https://bford.info/cachedir/\n";

/// Writes a small file in one step, where its folder can be written.
void try_write(const fs::path& path, std::string_view content) {
  try {
    ensure_directory(path.parent_path());
    write_file_atomically(path, content);
  } catch (const Error& error) {
    log(LogLevel::kDebug, fmt::format("{} is not written: {}", path.string(), error.what()));
  }
}

}  // namespace

RepoCache::RepoCache(const fs::path& cache, std::string_view repo_id)
    : cache_(cache), folder_(cache / folder_name(repo_id)), locks_(cache / ".locks" / folder_name(repo_id)) {}

std::optional<std::string> RepoCache::ref(std::string_view revision) const {
  std::ifstream file(folder_ / "refs" / revision);
  std::string commit{std::istreambuf_iterator<char>(file), {}};
  while (commit.ends_with('\n')) commit.pop_back();
  if (!is_file_name(commit)) return std::nullopt;
  return commit;
}

CacheState RepoCache::state(std::string_view commit, std::string_view file) const {
  std::error_code ignored;
  if (fs::is_regular_file(snapshot(commit) / file, ignored)) return CacheState::kThere;
  if (fs::exists(folder_ / ".no_exist" / commit / file, ignored)) return CacheState::kAbsent;
  return CacheState::kUnknown;
}

void RepoCache::remember_ref(std::string_view revision, std::string_view commit) const {
  if (revision != commit && ref(revision) != commit) try_write(folder_ / "refs" / revision, commit);
}

void RepoCache::remember_absent(std::string_view commit, std::string_view file) const {
  try_write(folder_ / ".no_exist" / commit / file, "");
}

void RepoCache::prepare() const {
  ensure_directory(folder_ / "blobs");
  ensure_directory(locks_);
  std::error_code ignored;
  if (!fs::exists(cache_ / "CACHEDIR.TAG", ignored)) try_write(cache_ / "CACHEDIR.TAG", kCacheTag);
}

void RepoCache::link(std::string_view commit, std::string_view file, std::string_view etag) const {
  const fs::path pointer = snapshot(commit) / file;
  std::error_code failure;
  if (fs::exists(pointer, failure)) return;
  ensure_directory(pointer.parent_path());
  fs::remove(pointer, failure);  // a link to a blob that is gone
  fs::create_symlink(fs::relative(blob(etag), pointer.parent_path()), pointer, failure);
  if (failure == std::errc::operation_not_permitted || failure == std::errc::operation_not_supported ||
      failure == std::errc::function_not_supported)
    fs::rename(blob(etag), pointer, failure);
  if (failure && !fs::exists(pointer))  // else another process was faster
    throw Error(
        ErrorCode::kIo, "hub",
        fmt::format("{} cannot be made: {}; make the cache writable, or choose another with HF_HUB_CACHE",
                    pointer.string(), failure.message()));
}

FileLock::FileLock(const fs::path& path, std::string_view what, const std::stop_token& stop)
    : fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0664)) {
  if (fd_ < 0)
    throw Error(
        ErrorCode::kIo, "hub",
        fmt::format("the lock {} cannot be opened: {}; make the cache writable, or choose another with "
                    "HF_HUB_CACHE",
                    path.string(), std::strerror(errno)));
  const auto started = std::chrono::steady_clock::now();
  bool noted = false;
  while (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return;
    if (stop.stop_requested()) {
      ::close(fd_);
      throw HttpStopped();
    }
    if (!noted && std::chrono::steady_clock::now() - started > kLockPatience) {
      log(LogLevel::kWarning, fmt::format("waiting for another process that fetches {}", what));
      noted = true;
    }
    std::this_thread::sleep_for(kLockInterval);
  }
  held_ = true;
}

FileLock::~FileLock() {
  ::close(fd_);  // which unlocks
}

}  // namespace easydel::hub
