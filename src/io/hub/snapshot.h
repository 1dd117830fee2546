// Snapshots: the files of one commit of a repository, in the cache.
//
//   const std::filesystem::path folder = model_directory("HuggingFaceTB/SmolLM2-135M", kModelFiles, options);
//   io::Checkpoint::open(folder, options.variant);
//
// A branch or tag is looked up once and gives the commit; every file is then one of that commit. Files that the cache
// has, or knows to be absent, ask nothing of the network.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "easydel/hub.h"
#include "io/checkpoint.h"

namespace easydel::hub {

/// What is wanted of a repository.
struct WantedFiles {
  std::vector<std::string_view> required;  ///< an error where one is missing; at least one
  std::vector<std::string_view> optional;
  bool weights = false;  ///< and the weights, in the order of io::weight_files()
  io::CheckpointLayout layout = io::CheckpointLayout::kAny;  ///< of the weights
};
extern const WantedFiles kConfigFiles, kGenerationConfigFiles, kTokenizerFiles, kModelFiles;

/// Fetches what the cache lacks; the folder of the commit, or `subfolder` in it. Errors as snapshot_download().
std::filesystem::path fetch_snapshot(const std::string& repo_id, const WantedFiles& files,
                                     const HubOptions& options);

/// Where a model lies: a path that exists, or a repository's snapshot. What can be neither is given back as it is,
/// for the caller to say what it misses there.
std::filesystem::path model_directory(const std::filesystem::path& name_or_path, const WantedFiles& files,
                                      const HubOptions& options);

}  // namespace easydel::hub
