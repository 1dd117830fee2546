// EasyDeL's single file of a state.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "base/format.h"
#include "base/json_file.h"
#include "base/log.h"
#include "easydel/error.h"
#include "io/flax_stream.h"
#include "pretrained/model_state.h"
#include "pretrained/state_files.h"
#include "pretrained/state_values.h"

namespace easydel {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kStreamParameters = "params.", kStreamOptimizer = "opt_state.";
/// How this library keeps lists and objects of a configuration, which EasyDeL leaves out.
constexpr std::string_view kJsonType = "json";

Error corrupt(const fs::path& path, const std::string& why) {
  return {ErrorCode::kCorruptFile, path.string(), why};
}

/// Of a stream's leaves, those of `section`, decoded.
StateValues section_of(const io::FlaxStream& stream, std::string_view section, const std::string& source) {
  StateValues values;
  for (const io::FlaxScalar& scalar : stream.scalars)
    if (scalar.path.size() == 2 && scalar.path.front() == section)
      values.insert(decode_value(scalar.path.back(), scalar.value, source));
  return values;
}

int64_t step_of(const io::FlaxStream& stream, const fs::path& path) {
  int64_t step = -1;
  for (const io::FlaxScalar& scalar : stream.scalars)
    if (scalar.path == io::FlaxPath{"step"})
      if (const auto* value = std::get_if<int64_t>(&scalar.value)) step = *value;
  if (stream.tensors.contains("step") && is_integer(stream.tensors.shape("step").dtype()) &&
      stream.tensors.shape("step").rank() == 0)
    step = stream.tensors.tensor("step").to(DType::kI64).data<int64_t>()[0];
  if (step < 0) throw corrupt(path, "has no \"step\" that counts from 0; it is no state");
  return step;
}

EDPretrainedConfig config_of(const StateValues& arguments, const StateValues& hyperparameters,
                             const fs::path& path) {
  nlohmann::json json = nlohmann::json::object();
  bool has_texts = false;
  for (const auto& [key, value] : arguments) {
    const auto* opaque = std::get_if<OpaqueValue>(&value);
    if (opaque != nullptr && opaque->type != kJsonType) continue;
    json[key] = opaque != nullptr ? parse_json(opaque->text, fmt::format("{} ({})", path.string(), key))
                                  : to_json({{key, value}}).at(key);
    has_texts = has_texts || json[key].is_string();
  }
  const auto type = hyperparameters.find("model_type");
  const auto* text = type == hyperparameters.end() ? nullptr : std::get_if<std::string>(&type->second);
  if (text == nullptr)
    throw corrupt(path,
                  "names no \"model_type\" among its hyperparameters; give the configuration with "
                  "LoadStateOptions::config");
  json["model_type"] = *text;
  if (!has_texts)
    log(LogLevel::kWarning,
        fmt::format(
            "{} holds the numbers of the configuration only; texts and lists (hidden_act, rope_scaling) are "
            "taken to be {}'s defaults, unless LoadStateOptions::config gives them",
            path.string(), *text));
  return EDPretrainedConfig::from_json(json.dump(), path.string());
}

std::optional<OptimizerState> optimizer_state_of(const io::TensorFile& tensors) {
  OptimizerState state;
  for (const io::StoredTensor& stored : tensors.tensors()) {
    std::string path = stored.name;
    std::ranges::replace(path, '.', '/');
    state.emplace(std::move(path), tensors.tensor(stored));
  }
  if (state.empty()) return std::nullopt;
  return state;
}

/// A configuration's keys as EasyDeL's module_config_args: numbers as they are, the rest in the key.
void add_arguments(std::vector<io::FlaxLeaf>& leaves, const EDPretrainedConfig& config) {
  for (const auto& [key, value] : config.json().items()) {
    if (key == "model_type") continue;  // among the hyperparameters
    std::pair<std::string, io::FlaxValue> leaf;
    if (value.is_number_float())
      leaf = {key, value.get<double>()};
    else if (value.is_structured())
      leaf = encode_value(key, OpaqueValue{std::string(kJsonType), value.dump()});
    else
      leaf = encode_value(key, state_values({{key, value}}, "config.json").at(key));
    leaves.push_back({{"module_config_args", leaf.first}, leaf.second});
  }
}

void add_values(std::vector<io::FlaxLeaf>& leaves, const std::string& section, const StateValues& values) {
  for (const auto& [key, value] : values) {
    const auto [encoded, number] = encode_value(key, value);
    leaves.push_back({{section, encoded}, number});
  }
}

io::FlaxPath joined(io::FlaxPath path, const io::FlaxPath& more) {
  path.insert(path.end(), more.begin(), more.end());
  return path;
}

}  // namespace

StateFile read_easy(const fs::path& path, const LoadStateOptions& options) {
  const io::FlaxStream stream = io::open_flax_stream(path);
  const std::string source = path.string();
  StateValues hyperparameters = section_of(stream, "hyperparameters", source);
  // Flax's variables are in a collection of the same name, which some states leave out.
  io::TensorFile parameters = stream.tensors.under(kStreamParameters);
  if (!parameters.tensors().empty() && parameters.tensors().front().name.starts_with(kStreamParameters))
    parameters = parameters.under(kStreamParameters);
  std::vector<io::TensorFile> files;
  files.push_back(std::move(parameters));
  return {.step = step_of(stream, path),
          .config = options.config
                        ? *options.config
                        : config_of(section_of(stream, "module_config_args", source), hyperparameters, path),
          .generation_config = std::nullopt,
          .optimizer = optimizer_options(section_of(stream, "tx_init", source), source),
          .hyperparameters = std::move(hyperparameters),
          .opt_state = options.load_optimizer ? optimizer_state_of(stream.tensors.under(kStreamOptimizer))
                                              : std::nullopt,
          .parameters = io::Checkpoint::of_files(path, std::move(files), /*is_easydel=*/true)};
}

void write_easy(const EasyDeLState& state, const fs::path& path, const SaveStateOptions& options) {
  std::vector<io::FlaxLeaf> leaves = {{{"step"}, state.step()}};
  add_arguments(leaves, state.config());
  uint64_t bytes = 0;
  for (io::LazyTensor& tensor : state.model().state().lazy_weights(ModelFormat::kEasyDeL, options.dtype)) {
    bytes += tensor.shape.bytes();
    leaves.push_back({joined({"params", "params"}, io::split_path(tensor.name, '.')), std::move(tensor)});
  }
  if (options.save_optimizer && state.opt_state()) {
    for (const auto& [name, tensor] : *state.opt_state()) {
      bytes += tensor.shape().bytes();
      leaves.push_back({joined({"opt_state"}, io::split_path(name, '/')),
                        io::LazyTensor{name, tensor.shape(), [&held = tensor] { return held; }}});
    }
  } else {
    leaves.push_back({{"opt_state"}, io::FlaxValue()});
  }
  add_values(leaves, "tx_init", to_values(state.optimizer()));
  add_values(leaves, "hyperparameters", state.hyperparameters());
  const ProgressTask task(options.progress, "Saving", bytes, ProgressUnit::kBytes);
  AtomicFiles files;
  io::stage_flax_stream(files, path, leaves, task);
  files.commit();
}

}  // namespace easydel
