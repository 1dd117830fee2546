// A state as a directory. metadata.json is the last file that a save puts in place and the only one that it replaces:
// until then the old one names the old tensors, which are removed afterwards.
#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "base/format.h"
#include "base/json_file.h"
#include "easydel/error.h"
#include "io/checkpoint_writer.h"
#include "pretrained/model_state.h"
#include "pretrained/state_files.h"
#include "pretrained/state_values.h"

namespace easydel {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMetadata = "metadata.json", kFormat = "easydel-state";
constexpr int kVersion = 1;
constexpr std::string_view kParameters = "parameters-", kOptimizer = "optimizer-", kEnding = ".safetensors";

/// The number of the save that wrote a file: "parameters-7-00001-of-00002.safetensors" is of save 7. Empty for other files.
std::optional<uint64_t> save_number(std::string_view name) {
  if (!name.ends_with(kEnding)) return std::nullopt;
  for (const std::string_view start : {kParameters, kOptimizer}) {
    if (!name.starts_with(start)) continue;
    uint64_t number = 0;
    const char* first = name.data() + start.size();
    const auto [end, code] = std::from_chars(first, name.data() + name.size(), number);
    if (code == std::errc() && (*end == '-' || *end == '.')) return number;
  }
  return std::nullopt;
}

std::vector<std::string> files_of_saves(const fs::path& directory) {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    if (save_number(name) && !entry.is_directory()) names.push_back(name);
  }
  return names;
}

/// Stages files of one kind and returns their names.
std::vector<std::string> stage(AtomicFiles& files, const fs::path& directory, const std::string& stem,
                               std::span<const io::LazyTensor> tensors, const SaveStateOptions& options,
                               const ProgressTask& task) {
  const auto shards = io::split_into_shards(tensors, options.max_shard_bytes);
  std::vector<std::string> names;
  for (size_t shard = 0; shard < shards.size(); ++shard) {
    names.push_back(shards.size() == 1
                        ? fmt::format("{}{}", stem, kEnding)
                        : fmt::format("{}-{:05}-of-{:05}{}", stem, shard + 1, shards.size(), kEnding));
    std::vector<io::LazyTensor> members;
    for (const size_t index : shards[shard]) members.push_back(tensors[index]);
    io::stage_safetensors(files, directory / names.back(), members, io::kTorchMetadata, task);
  }
  return names;
}

/// metadata.json, its entries checked one by one.
class Metadata {
 public:
  explicit Metadata(const fs::path& directory)
      : directory_(directory), source_((directory / kMetadata).string()), json_(read_json_file(source_)) {
    if (!json_.is_object() || json_.value("format", nlohmann::json()) != kFormat)
      throw fail(fmt::format("is not the metadata of a state: its \"format\" is not \"{}\"", kFormat));
    if (at("version") != kVersion)
      throw Error(ErrorCode::kUnsupported, source_,
                  fmt::format("is of version {}; this library reads {}", at("version").dump(), kVersion));
  }

  const nlohmann::json& at(const char* key) const {
    const auto found = json_.find(key);
    if (found == json_.end()) throw fail(fmt::format("has no \"{}\"", key));
    return *found;
  }

  int64_t step() const {
    const nlohmann::json& step = at("step");
    if (!step.is_number_unsigned() || step.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX))
      throw fail("has a \"step\" that is no count");
    return step.get<int64_t>();
  }

  std::vector<io::TensorFile> open(const char* key) const {
    const nlohmann::json& names = at(key);
    std::vector<io::TensorFile> files;
    if (!names.is_array()) throw fail(fmt::format("has no list of files in \"{}\"", key));
    for (const nlohmann::json& name : names) {
      if (!name.is_string() || !io::is_plain_file_name(name.get<std::string>()))
        throw fail(fmt::format("names {} in \"{}\"; files must be of the same directory", name.dump(), key));
      files.push_back(io::open_safetensors(directory_ / name.get<std::string>()));
    }
    return files;
  }

  const std::string& source() const { return source_; }

 private:
  Error fail(const std::string& why) const { return {ErrorCode::kCorruptFile, source_, why}; }

  fs::path directory_;
  std::string source_;
  nlohmann::json json_;
};

std::optional<OptimizerState> read_optimizer_state(const Metadata& metadata) {
  if (metadata.at("opt_state").is_null()) return std::nullopt;
  OptimizerState state;
  for (const io::TensorFile& file : metadata.open("opt_state"))
    for (const io::StoredTensor& stored : file.tensors())
      if (!state.emplace(stored.name, file.tensor(stored)).second)
        throw Error(ErrorCode::kCorruptFile, file.source(),
                    fmt::format("holds \"{}\", which another file of the state holds too", stored.name));
  return state;
}

}  // namespace

StateFile read_state_directory(const fs::path& directory, const LoadStateOptions& options) {
  const Metadata metadata(directory);
  const std::string& source = metadata.source();
  return {
      .step = metadata.step(),
      .config = options.config ? *options.config
                               : EDPretrainedConfig::from_json(metadata.at("config").dump(), source),
      .generation_config = GenerationConfig::from_json(metadata.at("generation_config").dump(), source),
      .optimizer = optimizer_options(state_values(metadata.at("tx_init"), source), source),
      .hyperparameters = state_values(metadata.at("hyperparameters"), source),
      .opt_state = options.load_optimizer ? read_optimizer_state(metadata) : std::nullopt,
      .parameters = io::Checkpoint::of_files(directory, metadata.open("parameters"), /*is_easydel=*/false)};
}

void write_state_directory(const EasyDeLState& state, const fs::path& directory,
                           const SaveStateOptions& options) {
  if (options.max_shard_bytes == 0)
    throw Error(ErrorCode::kInvalidArgument, "save_state", "max_shard_bytes is 0; it must be 1 or more");
  ensure_directory(directory);
  const std::vector<std::string> old = files_of_saves(directory);
  uint64_t number = 1;
  for (const std::string& name : old) number = std::max(number, *save_number(name) + 1);

  const std::vector<io::LazyTensor> parameters =
      state.model().state().lazy_weights(ModelFormat::kHuggingFace, options.dtype);
  std::vector<io::LazyTensor> optimizer;
  const bool has_optimizer = options.save_optimizer && state.opt_state();
  if (has_optimizer)
    for (const auto& [name, tensor] : *state.opt_state())
      optimizer.push_back({name, tensor.shape(), [&held = tensor] { return held; }});
  uint64_t bytes = 0;
  for (const io::LazyTensor& tensor : parameters) bytes += tensor.shape.bytes();
  for (const io::LazyTensor& tensor : optimizer) bytes += tensor.shape.bytes();

  const ProgressTask task(options.progress, "Saving", bytes, ProgressUnit::kBytes);
  AtomicFiles files;
  nlohmann::json metadata = {{"format", kFormat},
                             {"version", kVersion},
                             {"step", state.step()},
                             {"config", state.config().json()},
                             {"generation_config", parse_json(state.model().generation_config().to_json(),
                                                              "generation_config.json")},
                             {"tx_init", to_json(to_values(state.optimizer()))},
                             {"hyperparameters", to_json(state.hyperparameters())},
                             {"opt_state", nullptr},
                             {"parameters", stage(files, directory, fmt::format("{}{}", kParameters, number),
                                                  parameters, options, task)}};
  if (has_optimizer)
    metadata["opt_state"] =
        stage(files, directory, fmt::format("{}{}", kOptimizer, number), optimizer, options, task);
  files.add(directory / kMetadata).write(to_json_text(metadata));
  for (const std::string& name : old) files.remove(directory / name);
  files.commit();
}

}  // namespace easydel
