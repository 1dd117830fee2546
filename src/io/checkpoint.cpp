#include "io/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "base/json_file.h"
#include "easydel/error.h"
#include "io/flax_stream.h"
#include "io/safetensors.h"
#include "io/torch_bin.h"

namespace easydel::io {
namespace {

namespace fs = std::filesystem;

/// The names without a variant, and what reads the files.
struct Layout {
  std::string_view file, index;  ///< no index: always one file
  TensorFile (*open)(const fs::path&);
};
constexpr std::array kLayouts = {
    Layout{"model.safetensors", "model.safetensors.index.json", open_safetensors},
    Layout{kEasyDeLParameters, "", open_easydel_parameters},
    Layout{"pytorch_model.bin", "pytorch_model.bin.index.json", open_torch_bin},
};

std::string with_variant(std::string_view name, std::string_view variant) {
  if (variant.empty() || name.empty()) return std::string(name);
  const size_t ending = name.rfind('.');
  return fmt::format("{}.{}{}", name.substr(0, ending), variant, name.substr(ending));
}

WeightFiles files_of(const Layout& layout, std::string_view variant) {
  return {with_variant(layout.file, variant), with_variant(layout.index, variant)};
}

bool is_of(const Layout& layout, CheckpointLayout wanted) {
  const auto own =
      layout.file == kEasyDeLParameters ? CheckpointLayout::kEasyDeL : CheckpointLayout::kHuggingFace;
  return wanted == CheckpointLayout::kAny || wanted == own;
}

/// Those of the files that are in the directory, as the end of an error; empty without any.
std::string found_instead(const fs::path& directory, const std::vector<std::string>& names) {
  std::vector<std::string> there;
  for (const std::string& name : names)
    if (fs::exists(directory / name)) there.push_back(name);
  return there.empty() ? "" : fmt::format("; there is {}, of the other layout", fmt::join(there, " and "));
}

using WeightMap = std::unordered_map<std::string, std::string>;

WeightMap read_index(const fs::path& path) {
  const nlohmann::json index = read_json_file(path);
  const auto fail = [&](const std::string& why) {
    return Error(ErrorCode::kCorruptFile, path.string(), why);
  };
  if (!index.is_object() || !index.contains("weight_map") || !index["weight_map"].is_object())
    throw fail("has no \"weight_map\" of tensor names to file names; fetch the index again");
  WeightMap map;
  for (const auto& [name, file] : index["weight_map"].items()) {
    if (!file.is_string()) throw fail(fmt::format("names no file for the tensor \"{}\"", name));
    const auto& file_name = file.get_ref<const std::string&>();
    if (!is_plain_file_name(file_name))
      throw fail(fmt::format("puts the tensor \"{}\" in \"{}\"; shards must be files of the same directory",
                             name, file_name));
    map.emplace(name, file_name);
  }
  if (map.empty()) throw fail("has an empty \"weight_map\"; fetch the index again");
  return map;
}

std::set<std::string> shards_of(const WeightMap& map) {
  std::set<std::string> shards;
  for (const auto& [name, file] : map) shards.insert(file);
  return shards;
}

std::vector<TensorFile> open_shards(const fs::path& directory, const fs::path& index, const WeightMap& map,
                                    TensorFile (*open)(const fs::path&)) {
  const std::set<std::string> shards = shards_of(map);
  for (const std::string& shard : shards)
    if (!fs::exists(directory / shard))
      throw Error(
          ErrorCode::kNotFound, index.string(),
          fmt::format("names the shard {}, which is not there; fetch that file too ({} shards in all)", shard,
                      shards.size()));
  std::vector<TensorFile> files;
  files.reserve(shards.size());
  for (const std::string& shard : shards) files.push_back(open(directory / shard));
  return files;
}

void check_directory(const fs::path& directory) {
  std::error_code code;
  const fs::file_status status = fs::status(directory, code);
  if (fs::is_directory(status)) return;
  if (fs::exists(status))
    throw Error(ErrorCode::kInvalidArgument, "open checkpoint",
                fmt::format("{} is a file; give the directory that holds the model", directory.string()));
  if (status.type() == fs::file_type::not_found)
    throw Error(ErrorCode::kNotFound, "open checkpoint",
                fmt::format("{} does not exist; check the path", directory.string()));
  throw Error(ErrorCode::kIo, "open checkpoint", fmt::format("{}: {}", directory.string(), code.message()));
}

}  // namespace

// An index must not reach outside its own directory.
bool is_plain_file_name(const std::string& name) {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(std::string_view("/\\\0", 3)) == name.npos;
}

std::vector<WeightFiles> weight_files(std::string_view variant, CheckpointLayout layout) {
  std::vector<WeightFiles> ways;
  for (const Layout& known : kLayouts)
    if (is_of(known, layout)) ways.push_back(files_of(known, variant));
  return ways;
}

std::vector<std::string> index_shards(const fs::path& index) {
  const std::set<std::string> shards = shards_of(read_index(index));
  return {shards.begin(), shards.end()};
}

bool Checkpoint::exists(const fs::path& directory) {
  const auto is_there = [&](const std::string& name) {
    std::error_code ignored;
    return fs::exists(directory / name, ignored);
  };
  return std::ranges::any_of(
      weight_files(), [&](const WeightFiles& files) { return std::ranges::any_of(files.names(), is_there); });
}

Checkpoint Checkpoint::open(const fs::path& directory, std::string_view variant, CheckpointLayout wanted) {
  check_directory(directory);
  std::vector<std::string> known, others;
  for (const Layout& layout : kLayouts) {
    const WeightFiles names = files_of(layout, variant);
    if (!is_of(layout, wanted)) {
      std::ranges::copy(names.names(), std::back_inserter(others));
      continue;
    }
    if (fs::exists(directory / names.file)) {
      std::vector<TensorFile> files;
      files.push_back(layout.open(directory / names.file));
      return of_files(directory, std::move(files), layout.file == kEasyDeLParameters);
    }
    if (const fs::path index = directory / names.index; !names.index.empty() && fs::exists(index)) {
      const WeightMap map = read_index(index);
      return Checkpoint(directory, open_shards(directory, index, map, layout.open), map);
    }
    std::ranges::copy(names.names(), std::back_inserter(known));
  }
  std::string_view whose;
  if (wanted != CheckpointLayout::kAny)
    whose = wanted == CheckpointLayout::kEasyDeL ? " of EasyDeL's layout" : " of Hugging Face's layout";
  throw Error(ErrorCode::kNotFound, "open checkpoint",
              fmt::format("{} holds no weights{}; expected one of {}{}", directory.string(), whose,
                          fmt::join(known, ", "), found_instead(directory, others)));
}

Checkpoint Checkpoint::of_files(fs::path directory, std::vector<TensorFile> files, bool is_easydel) {
  Checkpoint checkpoint(std::move(directory), std::move(files), {});
  checkpoint.is_easydel_ = is_easydel;
  return checkpoint;
}

Checkpoint::Checkpoint(fs::path directory, std::vector<TensorFile> files, const WeightMap& weight_map)
    : directory_(std::move(directory)), files_(std::make_shared<std::vector<TensorFile>>(std::move(files))) {
  for (const TensorFile& file : *files_) {
    const std::string file_name = fs::path(file.source()).filename().string();
    for (const StoredTensor& stored : file.tensors()) {
      const auto listed = weight_map.find(stored.name);
      if (listed != weight_map.end() && listed->second != file_name) continue;
      if (!index_.emplace(stored.name, Place{&file, &stored}).second)
        throw Error(ErrorCode::kCorruptFile, file.source(),
                    fmt::format("holds the tensor \"{}\" that {} holds too; remove one of the files",
                                stored.name, source(stored.name)));
      names_.push_back(stored.name);
      total_bytes_ += stored.shape.bytes();
    }
  }
  for (const auto& [name, file_name] : weight_map)
    if (!index_.contains(name))
      throw Error(
          ErrorCode::kCorruptFile, (directory_ / file_name).string(),
          fmt::format("lacks the tensor \"{}\" that the index says it holds; fetch the shard again", name));
}

HostTensor Checkpoint::tensor(std::string_view name) const {
  const Place& place = find(name);
  return place.file->tensor(*place.stored);
}

void Checkpoint::release(std::string_view name) const {
  const Place& place = find(name);
  place.file->release(*place.stored);
}

const Checkpoint::Place& Checkpoint::find(std::string_view name) const {
  const auto found = index_.find(name);
  if (found == index_.end())
    throw Error(
        ErrorCode::kNotFound, "checkpoint",
        fmt::format("{} has no tensor \"{}\" among its {}", directory_.string(), name, names_.size()));
  return found->second;
}

}  // namespace easydel::io
