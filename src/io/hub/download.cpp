#include "io/hub/download.h"

#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "io/hub/names.h"
#include "io/hub/partial_file.h"

namespace easydel::hub {
namespace {

namespace fs = std::filesystem;

fs::path partial_path(const RepoCache& cache, std::string_view etag) {
  return cache.blob(std::string(etag) + ".incomplete");
}

/// Whether the blob is there, as long as it should be.
bool has_blob(const RepoCache& cache, const FileInfo& info) {
  std::error_code failure;
  const uint64_t size = fs::file_size(cache.blob(info.etag), failure);
  return !failure && (!info.size || *info.size == size);
}

/// Whether a 206 answer goes on at `offset`: "bytes 100-199/200".
bool goes_on_at(const HttpResponse& response, uint64_t offset) {
  return response.header("content-range").starts_with(fmt::format("bytes {}-", offset));
}

class Download {
 public:
  Download(HubClient& client, const RemoteFile& file, const FetchOptions& options, PartialFile& partial)
      : client_(client), file_(file), options_(options), partial_(partial), expected_(file.info.size) {}

  /// Fetches what the partial file lacks and checks all of it.
  void run() {
    if (expected_ && partial_.size() > *expected_) partial_.restart();
    resumed_ = partial_.size() > 0;
    report(static_cast<int64_t>(partial_.size()));
    Retries tries(client_.settings(), client_.settings().max_retries, client_.stop());
    uint64_t furthest = partial_.size();
    while (true) {
      try {
        receive();
        check();
        return;
      } catch (const HubError& error) {
        // Only bytes that no try had before are progress: a server without ranges may fail at the same place for ever.
        if (partial_.size() > furthest) tries.reset();
        furthest = std::max(furthest, partial_.size());
        tries.next(error, file_.name);
      }
    }
  }

 private:
  void report(int64_t bytes) const {
    if (options_.received && bytes != 0) options_.received(bytes);
  }

  void restart() {
    report(-static_cast<int64_t>(partial_.size()));
    partial_.restart();
    resumed_ = false;
  }

  HubError wrong(std::string_view what, bool transient) const {
    return {ErrorCode::kCorruptFile,
            fmt::format("{} of {} {}; what was fetched is thrown away, try again", file_.name,
                        client_.repo_id(), what),
            {.transient = transient}};
  }

  void receive() {
    if (expected_ && partial_.size() == *expected_) return;
    const uint64_t offset = partial_.size();
    bool first = true;
    const HttpResponse response = client_.get(
        file_.info.commit, file_.name, offset,
        [&](const HttpResponse& answer, std::span<const std::byte> bytes) {
          if (std::exchange(first, false) && offset > 0 &&
              (answer.status == 200 || !goes_on_at(answer, offset))) {
            restart();
            if (answer.status == 206) throw wrong("comes from another byte than was asked for", true);
          }
          if (expected_ && partial_.size() + bytes.size() > *expected_) {
            restart();
            throw wrong(fmt::format("is longer than the {} bytes that the Hub says", *expected_), false);
          }
          partial_.append(bytes);
          report(static_cast<int64_t>(bytes.size()));
        });
    if (response.status == 416) {
      restart();
      throw wrong("has no bytes where the earlier try ended", true);
    }
    // The transfer ended as it should, so the file is as long as the server says that it is.
    if (!expected_) expected_ = partial_.size();
    if (partial_.size() < *expected_)
      throw HubError(ErrorCode::kCorruptFile,
                     fmt::format("{} of {} ends after {} of {} bytes; try again", file_.name,
                                 client_.repo_id(), partial_.size(), *expected_),
                     {.transient = true});
  }

  void check() {
    if (!is_sha256(file_.info.etag)) return;
    const std::string sum = partial_.sha256();
    if (sum == file_.info.etag) return;
    // Bytes of an earlier try may be to blame: once more from the start.
    const bool again = resumed_;
    restart();
    throw wrong(fmt::format("has the SHA-256 {} in place of {}", sum, file_.info.etag), again);
  }

  HubClient& client_;
  const RemoteFile& file_;
  const FetchOptions& options_;
  PartialFile& partial_;
  std::optional<uint64_t> expected_;
  bool resumed_ = false;  // some bytes come from an earlier run
};

}  // namespace

void fetch_file(HubClient& client, const RepoCache& cache, const RemoteFile& file,
                const FetchOptions& options) {
  const std::string& etag = file.info.etag;
  cache.prepare();
  if (options.force || !has_blob(cache, file.info)) {
    const FileLock lock(cache.lock(etag), file.name, client.stop());
    if (options.force || !has_blob(cache, file.info)) {
      // Without a lock two processes must not write one file.
      const fs::path path = lock.held() ? partial_path(cache, etag)
                                        : cache.blob(fmt::format("{}.{}.incomplete", etag, ::getpid()));
      PartialFile partial(path);
      try {
        Download(client, file, options, partial).run();
      } catch (...) {
        if (partial.size() == 0 || !lock.held()) partial.discard();
        throw;
      }
      partial.publish(cache.blob(etag));
    }
  }
  cache.link(file.info.commit, file.name, etag);
}

uint64_t bytes_to_fetch(const RepoCache& cache, const RemoteFile& file, bool force) {
  if (!file.info.size || (!force && has_blob(cache, file.info))) return 0;
  std::error_code failure;
  const uint64_t fetched = fs::file_size(partial_path(cache, file.info.etag), failure);
  return failure || fetched > *file.info.size ? *file.info.size : *file.info.size - fetched;
}

void check_free_space(const RepoCache& cache, uint64_t bytes, std::string_view repo_id) {
  struct statvfs space {};
  if (::statvfs((cache.folder() / "blobs").c_str(), &space) != 0) return;
  const uint64_t free = uint64_t{space.f_bavail} * space.f_frsize;
  if (bytes > free)
    throw Error(
        ErrorCode::kIo, "hub",
        fmt::format("{} needs {:.1f} GB more, and {:.1f} GB are free at {}; free space there, or choose "
                    "another cache with HF_HUB_CACHE or --cache-dir",
                    repo_id, static_cast<double>(bytes) / 1e9, static_cast<double>(free) / 1e9,
                    cache.folder().string()));
}

}  // namespace easydel::hub
