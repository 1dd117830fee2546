// Fetches one file of a repository into the cache.
//
//   fetch_file(client, cache, {.name = "model.safetensors", .info = info}, {});
//
// Bytes go to blobs/<etag>.incomplete, from where a later try goes on with a Range request. The blob gets its name
// only when its length and, where the etag is one, its SHA-256 are what the Hub said.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "io/hub/cache.h"
#include "io/hub/client.h"

namespace easydel::hub {

struct RemoteFile {
  std::string name;
  FileInfo info;
};

struct FetchOptions {
  bool force = false;  ///< also when the blob is there
  std::function<void(int64_t)>
      received;  ///< told bytes as they come; less than 0 for bytes that were thrown away
};

/// Afterwards the snapshot has the file. Waits for a process that fetches the same. Throws HubError, Error(kIo) for a
/// disk that refuses, Error(kCorruptFile) for a file that is not what the Hub says it is, HttpStopped.
void fetch_file(HubClient& client, const RepoCache& cache, const RemoteFile& file,
                const FetchOptions& options);

/// How much of a file would still have to be fetched; 0 when its size is not known.
uint64_t bytes_to_fetch(const RepoCache& cache, const RemoteFile& file, bool force);

/// Throws Error(kIo) when so many bytes do not fit where the cache lies.
void check_free_space(const RepoCache& cache, uint64_t bytes, std::string_view repo_id);

}  // namespace easydel::hub
