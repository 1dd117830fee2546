// RepoCache: one repository's folder in huggingface_hub's cache.
//
//   models--org--name/
//     refs/main                            the commit that "main" stands for
//     blobs/<etag>                         contents, each once; <etag>.incomplete while it is fetched
//     snapshots/<commit>/config.json       -> ../../blobs/<etag>
//     .no_exist/<commit>/vocab.json        files that the commit is known not to have
//   .locks/models--org--name/<etag>.lock   held by who fetches that blob
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace easydel::hub {

enum class CacheState { kThere, kAbsent, kUnknown };

class RepoCache {
 public:
  RepoCache(const std::filesystem::path& cache, std::string_view repo_id);

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path snapshot(std::string_view commit) const { return folder_ / "snapshots" / commit; }
  std::filesystem::path blob(std::string_view etag) const { return folder_ / "blobs" / etag; }
  std::filesystem::path lock(std::string_view etag) const { return locks_ / (std::string(etag) + ".lock"); }

  /// The commit that a branch or tag stood for when it was last looked up.
  std::optional<std::string> ref(std::string_view revision) const;
  /// What is known about a file of a commit.
  CacheState state(std::string_view commit, std::string_view file) const;

  /// Notes what was learnt; a cache that cannot be written is no reason to fail here.
  void remember_ref(std::string_view revision, std::string_view commit) const;
  void remember_absent(std::string_view commit, std::string_view file) const;

  /// Makes the folders of a blob and of its lock.
  void prepare() const;
  /// Puts a blob into a snapshot: a relative link, or the blob itself where the file system has no links.
  void link(std::string_view commit, std::string_view file, std::string_view etag) const;

 private:
  std::filesystem::path cache_, folder_, locks_;
};

/// An exclusive lock on a file, among processes and threads; huggingface_hub takes the same. Given back at the end.
class FileLock {
 public:
  /// Waits for it; `what` names the file in the note about a long wait. Throws HttpStopped when asked to stop.
  FileLock(const std::filesystem::path& path, std::string_view what, const std::stop_token& stop);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  /// False on a file system that has no locks.
  bool held() const { return held_; }

 private:
  int fd_ = -1;
  bool held_ = false;
};

}  // namespace easydel::hub
