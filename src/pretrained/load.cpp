// from_pretrained: a checkpoint's tensors become the module's parameters.
#include <algorithm>
#include <set>

#include "base/format.h"
#include "easydel/error.h"
#include "io/checkpoint.h"
#include "io/hub/snapshot.h"
#include "nn/initialize.h"
#include "pretrained/model_state.h"

namespace easydel {
namespace {

constexpr std::string_view kHeadName = "lm_head.weight";
constexpr std::string_view kBasePrefix = "model.";

/// Tensors of old checkpoints that hold no weights: they are computed from the configuration.
bool is_derived(std::string_view name) {
  return name.ends_with(".rotary_emb.inv_freq") || name.ends_with(".attn.bias") ||
         name.ends_with(".attn.masked_bias") || name.ends_with(".attention.bias");
}

/// The checkpoint's name of a parameter: its own; without "model." when only the base model was saved; or the head's for
/// a tied embedding that was saved under that name.
std::string stored_name(const io::Checkpoint& checkpoint, const nn::CausalLM& module,
                        const std::string& name) {
  if (checkpoint.contains(name)) return name;
  if (name.starts_with(kBasePrefix) && checkpoint.contains(name.substr(kBasePrefix.size())))
    return name.substr(kBasePrefix.size());
  const bool tied = module.output_embedding_name() == module.input_embedding_name();
  if (tied && name == module.input_embedding_name() && checkpoint.contains(kHeadName))
    return std::string(kHeadName);
  return {};
}

/// At most a few names, and how many more there are.
std::string name_list(const std::vector<std::string>& names) {
  constexpr size_t kShown = 5;
  const auto shown = std::vector<std::string>(names.begin(), names.begin() + std::min(names.size(), kShown));
  const std::string text = fmt::format("{}", fmt::join(shown, ", "));
  return names.size() <= kShown ? text : fmt::format("{} and {} more", text, names.size() - kShown);
}

DType weight_dtype(DType stored, DType wanted, std::string_view name) {
  if (!is_float(stored))
    throw Error(
        ErrorCode::kUnsupported, "from_pretrained",
        fmt::format("tensor \"{}\" is stored as {}; weights must be f32, f16, bf16 or f64", name, stored));
  if (wanted != DType::kAuto) return wanted;
  return stored == DType::kF64 ? DType::kF32 : stored;
}

}  // namespace

std::unique_ptr<EDPretrainedModel> EDPretrainedModel::from_pretrained(
    const std::filesystem::path& name_or_path, const LoadOptions& options) {
  HubOptions hub_options = options.hub;
  if (hub_options.progress == nullptr) hub_options.progress = options.progress;
  const std::filesystem::path directory = hub::model_directory(name_or_path, hub::kModelFiles, hub_options);
  if (!std::filesystem::is_directory(directory))
    throw Error(
        std::filesystem::exists(directory) ? ErrorCode::kInvalidArgument : ErrorCode::kNotFound,
        "from_pretrained",
        fmt::format("{} {}; give the directory that holds config.json and the weights, or the name of a "
                    "repository on the Hub",
                    directory.string(), std::filesystem::exists(directory) ? "is a file" : "does not exist"));
  if (options.dtype != DType::kAuto) require_weight_dtype(options.dtype, "from_pretrained");

  auto state = std::make_unique<State>(EDPretrainedConfig::from_pretrained(directory), options.engine,
                                       options.sharding, /*with_weights=*/true);
  state->name_or_path = directory.string();
  state->generation_config = GenerationConfig::from_pretrained(directory);
  const io::Checkpoint checkpoint = io::Checkpoint::open(directory, options.hub.variant);

  const ProgressTask progress(options.progress, "Loading weights", checkpoint.total_bytes(),
                              ProgressUnit::kBytes);
  LoadReport& report = state->report;
  std::set<std::string> used;
  std::string mismatch;
  for (nn::ParameterSpec& spec : state->module->parameters().specs()) {
    const std::string stored = stored_name(checkpoint, *state->module, spec.name);
    HostTensor value;
    if (stored.empty()) {
      report.missing.push_back(spec.name);
    } else {
      used.insert(stored);
      const Shape& shape = checkpoint.shape(stored);
      if (!std::ranges::equal(shape.dims(), spec.dims)) {
        report.mismatched.push_back(spec.name);
        if (mismatch.empty())
          mismatch = fmt::format("\"{}\" is {} in the checkpoint, the configuration makes it [{}]", spec.name,
                                 shape, fmt::join(spec.dims, ","));
      } else {
        value = checkpoint.tensor(stored).to(weight_dtype(shape.dtype(), options.dtype, stored));
        progress.advance(shape.bytes());
      }
    }
    if (value.empty()) {
      const DType dtype = options.dtype != DType::kAuto ? options.dtype : state->config.dtype();
      value =
          nn::initialize(spec, options.seed, is_float(dtype) && dtype != DType::kF64 ? dtype : DType::kF32);
    }
    if (const auto shard_fn = options.shard_fns.find(spec.name); shard_fn != options.shard_fns.end())
      value = state->apply_shard_fn(spec, shard_fn->second, value);
    state->set_weight(spec, value);
    if (!report.missing.empty() && !options.allow_missing && report.missing.size() > 64) break;
  }
  if (!report.mismatched.empty() && !options.ignore_mismatched_sizes)
    throw Error(ErrorCode::kShapeMismatch, "from_pretrained",
                fmt::format("{} tensor(s) have another shape: {}; correct config.json, or set "
                            "ignore_mismatched_sizes to initialize them",
                            report.mismatched.size(), mismatch));
  if (!report.missing.empty() && !options.allow_missing)
    throw Error(ErrorCode::kNotFound, "from_pretrained",
                fmt::format("{} lacks {} tensor(s) of the model: {}; set allow_missing to initialize them",
                            directory.string(), report.missing.size(), name_list(report.missing)));

  const bool tied = state->module->output_embedding_name() == state->module->input_embedding_name();
  for (const std::string& name : checkpoint.names())
    if (!used.contains(name) && !is_derived(name) && !(tied && name == kHeadName))
      report.unexpected.push_back(name);

  state->has_weights = true;
  std::unique_ptr<EDPretrainedModel> model(new EDPretrainedModel);
  model->state_ = std::move(state);
  return model;
}

}  // namespace easydel
