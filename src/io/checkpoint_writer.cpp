#include "io/checkpoint_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "base/json_file.h"
#include "easydel/error.h"
#include "io/checkpoint.h"
#include "io/flax_stream.h"

namespace easydel::io {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSingleName = "model.safetensors";
constexpr std::string_view kIndexName = "model.safetensors.index.json";

/// "model-00001-of-00003.safetensors", or "model-2-00001-of-00003.safetensors" where those names were taken.
bool is_shard_name(const std::string& name) {
  static const std::regex kPattern(R"(model(-\d+)?-\d{5,}-of-\d{5,}\.safetensors)");
  return std::regex_match(name, kPattern);
}

/// Names for so many shards that no file has: the shards of the save before must stay as long as its index does.
std::vector<std::string> free_shard_names(const fs::path& directory, size_t shards) {
  for (uint64_t number = 0;; ++number) {
    const std::string stem = number == 0 ? "model" : fmt::format("model-{}", number);
    std::vector<std::string> names;
    for (size_t shard = 1; shard <= shards; ++shard)
      names.push_back(fmt::format("{}-{:05}-of-{:05}.safetensors", stem, shard, shards));
    if (std::ranges::none_of(names, [&](const auto& name) { return fs::exists(directory / name); }))
      return names;
  }
}

/// Marks what another save left in the directory for removal. What readers look for last goes first, so that no step
/// uncovers what the save before had replaced; shards, which are read through an index only, go last.
void remove_others(AtomicFiles& files, const fs::path& directory, const std::set<std::string>& written) {
  for (const std::string_view name : {kEasyDeLParameters, kIndexName, kSingleName})
    if (!written.contains(std::string(name)) && fs::is_regular_file(directory / name))
      files.remove(directory / name);
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    if (is_shard_name(name) && !written.contains(name) && !entry.is_directory()) files.remove(entry.path());
  }
}

/// The bytes of all tensors, whose names must differ.
uint64_t check_tensors(std::span<const LazyTensor> tensors) {
  std::set<std::string_view> names;
  uint64_t bytes = 0;
  for (const LazyTensor& tensor : tensors) {
    bytes += tensor.shape.bytes();
    if (!names.insert(tensor.name).second)
      throw Error(ErrorCode::kInvalidArgument, "save",
                  fmt::format("two tensors are named \"{}\"; rename one of them", tensor.name));
  }
  return bytes;
}

std::string index_text(std::span<const LazyTensor> tensors, const std::vector<std::vector<size_t>>& shards,
                       const std::vector<std::string>& file_names) {
  nlohmann::json map = nlohmann::json::object();
  uint64_t bytes = 0;
  int64_t elements = 0;
  for (size_t shard = 0; shard < shards.size(); ++shard)
    for (const size_t i : shards[shard]) {
      map[tensors[i].name] = file_names[shard];
      bytes += tensors[i].shape.bytes();
      elements += tensors[i].shape.elements();
    }
  return to_json_text(
      {{"metadata", {{"total_parameters", elements}, {"total_size", bytes}}}, {"weight_map", map}});
}

}  // namespace

std::vector<std::vector<size_t>> split_into_shards(std::span<const LazyTensor> tensors,
                                                   uint64_t max_shard_bytes) {
  std::vector<std::vector<size_t>> shards;
  std::vector<size_t> current;
  uint64_t current_bytes = 0;
  for (size_t i = 0; i < tensors.size(); ++i) {
    const uint64_t bytes = tensors[i].shape.bytes();
    if (bytes > max_shard_bytes) {
      shards.push_back({i});
      continue;
    }
    if (current_bytes + bytes > max_shard_bytes) {
      shards.push_back(std::exchange(current, {}));
      current_bytes = 0;
    }
    current.push_back(i);
    current_bytes += bytes;
  }
  if (!current.empty() || shards.empty()) shards.push_back(std::move(current));
  return shards;
}

void stage_sharded(AtomicFiles& files, const fs::path& directory, std::span<const LazyTensor> tensors,
                   const SaveShardedOptions& options) {
  if (options.max_shard_bytes == 0)
    throw Error(ErrorCode::kInvalidArgument, "save",
                "max_shard_bytes is 0; give the bytes that one file may hold");
  const uint64_t total_bytes = check_tensors(tensors);
  ensure_directory(directory);

  const std::vector<std::vector<size_t>> shards = split_into_shards(tensors, options.max_shard_bytes);
  const std::vector<std::string> file_names =
      shards.size() == 1 ? std::vector{std::string(kSingleName)} : free_shard_names(directory, shards.size());

  const ProgressTask task(options.progress, "Saving", total_bytes, ProgressUnit::kBytes);
  for (size_t shard = 0; shard < shards.size(); ++shard) {
    std::vector<LazyTensor> members;
    for (const size_t i : shards[shard]) members.push_back(tensors[i]);
    stage_safetensors(files, directory / file_names[shard], members, options.metadata, task);
  }
  std::set<std::string> written(file_names.begin(), file_names.end());
  if (shards.size() > 1) {
    const std::string text = index_text(tensors, shards, file_names);
    files.add(directory / kIndexName, text.size()).write(text);
    written.emplace(kIndexName);
  }
  remove_others(files, directory, written);
}

void stage_easydel(AtomicFiles& files, const fs::path& directory, std::span<const LazyTensor> tensors,
                   bool safe, ProgressSink* progress) {
  const ProgressTask task(progress, "Saving", check_tensors(tensors), ProgressUnit::kBytes);
  ensure_directory(directory);
  const fs::path path = directory / kEasyDeLParameters;
  if (safe) {
    stage_safetensors(files, path, tensors, {}, task);
  } else {
    std::vector<FlaxLeaf> leaves;
    leaves.reserve(tensors.size());
    for (const LazyTensor& tensor : tensors) leaves.push_back({split_path(tensor.name, '.'), tensor});
    stage_flax_stream(files, path, leaves, task);
  }
  remove_others(files, directory, {std::string(kEasyDeLParameters)});
}

void save_sharded(const fs::path& directory, std::span<const LazyTensor> tensors,
                  const SaveShardedOptions& options) {
  AtomicFiles files;
  stage_sharded(files, directory, tensors, options);
  files.commit();
}

}  // namespace easydel::io
