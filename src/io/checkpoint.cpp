#include "io/checkpoint.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "base/json_file.h"
#include "easydel/error.h"
#include "io/safetensors.h"
#include "io/torch_bin.h"

namespace easydel::io {
namespace {

namespace fs = std::filesystem;

/// The names without a variant, and what reads the files.
struct Layout {
  const char* file;
  const char* index;
  TensorFile (*open)(const fs::path&);
};
constexpr std::array kLayouts = {
    Layout{"model.safetensors", "model.safetensors.index.json", open_safetensors},
    Layout{"pytorch_model.bin", "pytorch_model.bin.index.json", open_torch_bin},
};

std::string with_variant(std::string_view name, std::string_view variant) {
  if (variant.empty()) return std::string(name);
  const size_t ending = name.rfind('.');
  return fmt::format("{}.{}{}", name.substr(0, ending), variant, name.substr(ending));
}

using WeightMap = std::unordered_map<std::string, std::string>;

/// A shard is named without a folder: an index must not reach outside its own directory.
bool is_plain_file_name(const std::string& name) {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(std::string_view("/\\\0", 3)) == name.npos;
}

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

std::vector<WeightFiles> weight_files(std::string_view variant) {
  std::vector<WeightFiles> ways;
  ways.reserve(kLayouts.size());
  for (const Layout& layout : kLayouts)
    ways.push_back({with_variant(layout.file, variant), with_variant(layout.index, variant)});
  return ways;
}

std::vector<std::string> index_shards(const fs::path& index) {
  const std::set<std::string> shards = shards_of(read_index(index));
  return {shards.begin(), shards.end()};
}

bool Checkpoint::exists(const fs::path& directory) {
  std::error_code ignored;
  for (const Layout& layout : kLayouts)
    if (fs::exists(directory / layout.file, ignored) || fs::exists(directory / layout.index, ignored))
      return true;
  return false;
}

Checkpoint Checkpoint::open(const fs::path& directory, std::string_view variant) {
  check_directory(directory);
  std::vector<std::string> known;
  for (const Layout& layout : kLayouts) {
    const std::string file = with_variant(layout.file, variant),
                      index_name = with_variant(layout.index, variant);
    if (fs::exists(directory / file)) {
      std::vector<TensorFile> files;
      files.push_back(layout.open(directory / file));
      return Checkpoint(directory, std::move(files), {});
    }
    if (const fs::path index = directory / index_name; fs::exists(index)) {
      const WeightMap map = read_index(index);
      return Checkpoint(directory, open_shards(directory, index, map, layout.open), map);
    }
    known.insert(known.end(), {file, index_name});
  }
  throw Error(
      ErrorCode::kNotFound, "open checkpoint",
      fmt::format("{} holds no weights; expected one of {}", directory.string(), fmt::join(known, ", ")));
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
