// Folders read without exceptions: one that is missing, closed to us or changing meanwhile just lists less.
//
//   for (const std::filesystem::path& entry : folder_entries("/opt/wheels/nvidia")) ...
//   for (const AgedFile& file : files_by_age(cache_folder() / "programs", ".program")) ...   // the oldest first
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <vector>

namespace easydel::pjrt {

/// The paths of what lies in `folder`, in no order. A range-for over directory_iterator throws where its ++ fails.
inline std::vector<std::filesystem::path> folder_entries(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> entries;
  std::error_code failure;
  for (std::filesystem::directory_iterator at(folder, failure), end; !failure && at != end;
       at.increment(failure))
    entries.push_back(at->path());
  return entries;
}

struct AgedFile {
  std::filesystem::path path;
  std::filesystem::file_time_type written;
  uint64_t bytes = 0;
};

/// The files of `folder` that end in `extension`, by their time of writing, the oldest first.
inline std::vector<AgedFile> files_by_age(const std::filesystem::path& folder, std::string_view extension) {
  std::vector<AgedFile> files;
  for (const std::filesystem::path& path : folder_entries(folder)) {
    if (path.extension() != extension) continue;
    std::error_code failure;
    const auto written = std::filesystem::last_write_time(path, failure);
    const uint64_t bytes = failure ? 0 : std::filesystem::file_size(path, failure);
    if (!failure) files.push_back({path, written, bytes});  // else another process removed it
  }
  std::ranges::sort(files, {}, &AgedFile::written);
  return files;
}

}  // namespace easydel::pjrt
