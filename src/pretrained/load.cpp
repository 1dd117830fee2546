// from_pretrained: a checkpoint's tensors become the module's parameters.
#include <algorithm>
#include <set>

#include "base/format.h"
#include "base/log.h"
#include "base/thread_pool.h"
#include "base/transpose.h"
#include "easydel/error.h"
#include "io/checkpoint.h"
#include "io/hub/snapshot.h"
#include "nn/initialize.h"
#include "nn/partition_rules.h"
#include "pretrained/load_options.h"
#include "pretrained/model_state.h"
#include "pretrained/quantize.h"

namespace easydel {
namespace {

/// EasyDeL's name of a tied head.
constexpr std::string_view kFlaxHeadName = "lm_head.kernel";

/// Tensors of old checkpoints that hold no weights: they are computed from the configuration, or nothing reads them.
bool is_derived(std::string_view name) {
  return name.ends_with(".rotary_emb.inv_freq") || name.ends_with(".attn.bias") ||
         name.ends_with(".attn.masked_bias") || name.ends_with(".attention.bias") ||
         name.ends_with("embeddings.position_ids") ||
         name.ends_with("EncDecAttention.relative_attention_bias.weight");
}

/// A name as the checkpoint has it: as it is; without the prefix of the model without its head, where only that was saved;
/// or with it, where only that is wanted. Empty for none.
std::string name_in(const io::Checkpoint& checkpoint, const nn::Module& module, const std::string& name) {
  if (checkpoint.contains(name)) return name;
  const std::string prefix = module.base_prefix();
  if (prefix.empty()) return {};
  const std::string other = name.starts_with(prefix) ? name.substr(prefix.size()) : prefix + name;
  return checkpoint.contains(other) ? other : std::string();
}

/// A parameter's part of a tensor that holds several; empty when the sizes leave no place for it.
HostTensor unpack(const HostTensor& tensor, const nn::ParameterSpec& spec) {
  const Shape& shape = tensor.shape();
  const int64_t rows = shape.rank() < 2 ? 0 : shape.dim(-2);
  const int64_t entries = shape.rank() == 3 ? shape.dim(0) : 1;
  const nn::PackedPlace& place = *spec.packed;
  if (shape.rank() > 3 || spec.dims.size() != 2 || rows == 0 || shape.dim(-1) != spec.dims[1] ||
      place.index >= entries || place.row + spec.dims[0] > rows)
    return {};
  const Shape part = shape.with_dims(spec.dims);
  const size_t row_bytes = part.bytes() / static_cast<size_t>(spec.dims[0]);
  const size_t begin = static_cast<size_t>(place.index * rows + place.row) * row_bytes;
  return HostTensor::view(part, tensor.bytes().subspan(begin, part.bytes()), tensor.owner());
}

/// A tensor that holds several has another name than the parameter, in full or without a prefix.
bool is_packed(const nn::ParameterSpec& spec, std::string_view stored) {
  return spec.packed && (spec.packed->name.ends_with(stored) || stored.ends_with(spec.packed->name));
}

/// The parameter's tensor, in the layout of Hugging Face.
HostTensor stored_tensor(const io::Checkpoint& checkpoint, const std::string& stored,
                         const nn::ParameterSpec& spec) {
  HostTensor tensor = checkpoint.tensor(stored);
  if (checkpoint.is_easydel() && nn::is_transposed_in_flax(spec)) return swap_last_axes(tensor);
  return is_packed(spec, stored) ? unpack(tensor, spec) : tensor;
}

/// Whether a tensor that is not quantized has the parameter's shape.
bool fits(const io::Checkpoint& checkpoint, const std::string& stored, const nn::ParameterSpec& spec) {
  if (is_packed(spec, stored)) return !stored_tensor(checkpoint, stored, spec).empty();
  const Shape wanted = checkpoint.is_easydel() ? nn::flax_shape(spec) : spec.shape();
  return std::ranges::equal(checkpoint.shape(stored).dims(), wanted.dims());
}

/// The checkpoint's name of a parameter: its own, that of a copy, or that of a tensor that holds several. Empty for none.
std::string stored_name(const io::Checkpoint& checkpoint, const nn::Module& module,
                        const nn::ParameterSpec& spec) {
  if (checkpoint.is_easydel()) return name_in(checkpoint, module, nn::flax_name(module.parameters(), spec));
  std::vector<std::string> names = {spec.name};
  names.insert(names.end(), spec.copies.begin(), spec.copies.end());
  if (spec.packed) names.push_back(spec.packed->name);
  for (const std::string& name : names)
    if (std::string found = name_in(checkpoint, module, name); !found.empty()) return found;
  return {};
}

/// At most a few names, and how many more there are.
std::string name_list(const std::vector<std::string>& names) {
  constexpr size_t kShown = 5;
  const auto shown = std::vector<std::string>(names.begin(), names.begin() + std::min(names.size(), kShown));
  const std::string text = fmt::format("{}", fmt::join(shown, ", "));
  return names.size() <= kShown ? text : fmt::format("{} and {} more", text, names.size() - kShown);
}

/// Whether a part of a weight has its axes the other way round in the checkpoint.
bool swaps_part(const io::Checkpoint& checkpoint, const nn::ParameterSpec& spec,
                const quantization::Part& part) {
  return checkpoint.is_easydel() && nn::is_part_transposed_in_flax(spec, part);
}

/// Whether the checkpoint has the parts that `spec`, of a format, is held in; `stored` is the name of the first.
bool holds_parts(const io::Checkpoint& checkpoint, const std::string& stored, const nn::ParameterSpec& spec) {
  return std::ranges::all_of(spec.format->parts, [&](const quantization::Part& part) {
    const std::string name = part.name(stored);
    const Shape shape = part.shape(spec.quantized_dims());
    return checkpoint.contains(name) &&
           checkpoint.shape(name) == (swaps_part(checkpoint, spec, part) ? swap_last_axes(shape) : shape);
  });
}

DType weight_dtype(DType stored, DType wanted, std::string_view name, const std::string& operation) {
  if (!is_float(stored))
    throw Error(
        ErrorCode::kUnsupported, operation,
        fmt::format("tensor \"{}\" is stored as {}; weights must be f32, f16, bf16 or f64", name, stored));
  if (wanted != DType::kAuto) return wanted;
  return stored == DType::kF64 ? DType::kF32 : stored;
}

/// Of a weight that the checkpoint does not have.
DType initial_dtype(const LoadOptions& options, const EDPretrainedConfig& config) {
  const DType wanted = param_dtype(options);
  const DType dtype = wanted != DType::kAuto ? wanted : config.dtype();
  return is_float(dtype) && dtype != DType::kF64 ? dtype : DType::kF32;
}

void log_loaded(const EDPretrainedModel& model, const io::Checkpoint& checkpoint) {
  if (!log_enabled(LogLevel::kInfo)) return;
  const LoadReport& report = model.load_report();
  log(LogLevel::kInfo,
      fmt::format("loaded {} from {} ({} layout): {} parameters in {}, {} bytes, on {}; {} missing, "
                  "{} mismatched, {} unexpected",
                  model.class_name(), checkpoint.directory().string(),
                  checkpoint.is_easydel() ? "EasyDeL's" : "Hugging Face's", model.num_parameters(),
                  model.quantization().empty() ? std::string(to_string(model.dtype())) : model.quantization(),
                  model.weight_bytes(), model.engine_name(), report.missing.size(), report.mismatched.size(),
                  report.unexpected.size()));
}

}  // namespace

std::unique_ptr<EDPretrainedModel> EDPretrainedModel::from_pretrained(
    const std::filesystem::path& name_or_path, const LoadOptions& options) {
  HubOptions hub_options = options.hub;
  if (hub_options.progress == nullptr) hub_options.progress = options.progress;
  hub::WantedFiles files = hub::kModelFiles;
  files.layout = wanted_layout(options);
  const std::filesystem::path directory = hub::model_directory(name_or_path, files, hub_options);
  if (!std::filesystem::is_directory(directory))
    throw Error(
        std::filesystem::exists(directory) ? ErrorCode::kInvalidArgument : ErrorCode::kNotFound,
        "from_pretrained",
        fmt::format("{} {}; give the directory that holds config.json and the weights, or the name of a "
                    "repository on the Hub",
                    directory.string(), std::filesystem::exists(directory) ? "is a file" : "does not exist"));
  for (const DType dtype : {options.dtype, options.param_dtype})
    if (dtype != DType::kAuto) require_weight_dtype(dtype, "from_pretrained");

  auto config = EDPretrainedConfig::from_pretrained(directory);
  apply_overrides(config, options);
  auto state = std::make_unique<State>(config, options.task, engine_options(options), options.sharding,
                                       /*with_weights=*/true);
  state->name_or_path = directory.string();
  state->generation_config = GenerationConfig::from_pretrained(directory);
  const auto checkpoint = io::Checkpoint::open(directory, options.hub.variant, files.layout);
  auto model = State::load(std::move(state), checkpoint, options, "from_pretrained");
  if (options.verbose) log_loaded(*model, checkpoint);
  return model;
}

std::unique_ptr<EDPretrainedModel> EDPretrainedModel::State::load(std::unique_ptr<State> state,
                                                                  const io::Checkpoint& checkpoint,
                                                                  const LoadOptions& options,
                                                                  const std::string& operation) {
  // What each parameter will be is known before a byte of it is read.
  LoadReport& report = state->report;
  state->compute_dtype = options.dtype;
  if (!options.shard_fns.empty()) check_shard_fns(options, state->module->parameters());
  const quantization::Format* wanted = wanted_format(options);
  const TargetMatcher targets(options.bit_targeted_params);
  const StoredQuantization quantized = stored_quantization(state->config);
  std::set<std::string> used;
  std::vector<std::string> stored_names;  // by parameter; empty: to be initialized
  std::set<std::string> is_encoded;       // parameters that are quantized while they are read
  std::string mismatch;
  for (nn::ParameterSpec& spec : state->module->parameters().specs()) {
    std::string stored = stored_name(checkpoint, *state->module, spec);
    if (stored.empty()) {
      report.missing.push_back(spec.name);
    } else {
      used.insert(stored);
      const Shape& shape = checkpoint.shape(stored);
      const quantization::Format* stored_format = quantized.format_of(spec.name);
      const bool is_quantized = stored_format != nullptr && shape.dtype() == stored_format->parts[0].dtype;
      if (is_quantized) {
        spec.format = stored_format;
        spec.dtype = initial_dtype(options, state->config);
        for (const quantization::Part& part : spec.format->parts) used.insert(part.name(stored));
      } else {
        spec.dtype = weight_dtype(shape.dtype(), param_dtype(options), stored, operation);
      }
      const bool is_as_wanted =
          is_quantized ? holds_parts(checkpoint, stored, spec) : fits(checkpoint, stored, spec);
      if (!is_as_wanted) {
        report.mismatched.push_back(spec.name);
        const Shape expected = checkpoint.is_easydel() ? nn::flax_shape(spec) : spec.shape();
        if (mismatch.empty())
          mismatch = fmt::format("\"{}\" is {} in the checkpoint, the configuration makes it [{}]", spec.name,
                                 shape, fmt::join(expected.dims(), ","));
        stored.clear();
      }
    }
    if (stored.empty()) spec.dtype = initial_dtype(options, state->config);
    if (wanted != nullptr && spec.format == nullptr) {
      spec.format = format_of(*state->module, spec, *wanted, targets);
      if (spec.format != nullptr) is_encoded.insert(spec.name);
    }
    stored_names.push_back(std::move(stored));
  }
  if (!report.mismatched.empty() && !options.ignore_mismatched_sizes)
    throw Error(ErrorCode::kShapeMismatch, operation,
                fmt::format("{} tensor(s) have another shape: {}; correct config.json, or set "
                            "ignore_mismatched_sizes to initialize them",
                            report.mismatched.size(), mismatch));
  if (!report.missing.empty() && !options.allow_missing)
    throw Error(
        ErrorCode::kNotFound, operation,
        fmt::format("{} lacks {} tensor(s) of the model: {}; set allow_missing to initialize them",
                    checkpoint.directory().string(), report.missing.size(), name_list(report.missing)));
  if (!options.input_shape.empty()) state->check_input_shape(options.input_shape, operation);
  if (options.prepare && state->can_generate()) state->decoder->prepare(*options.prepare);

  std::optional<ThreadPool> pool;
  if (!is_encoded.empty()) pool.emplace(options.engine.threads);
  const ProgressTask progress(options.progress, "Loading weights", checkpoint.total_bytes(),
                              ProgressUnit::kBytes);
  for (size_t index = 0; index < stored_names.size(); ++index) {
    nn::ParameterSpec& spec = state->module->parameters().specs()[index];
    const std::string& stored = stored_names[index];
    const auto shard_fn = options.shard_fns.find(spec.name);
    if (!stored.empty() && spec.format != nullptr && !is_encoded.contains(spec.name)) {
      std::vector<HostTensor> parts;
      for (const quantization::Part& part : spec.format->parts) {
        const HostTensor tensor = checkpoint.tensor(part.name(stored));
        parts.push_back(swaps_part(checkpoint, spec, part) ? swap_last_axes(tensor) : tensor);
        progress.advance(parts.back().shape().bytes());
      }
      if (shard_fn != options.shard_fns.end())  // it decides where they lie
        state->apply_shard_fn(spec, shard_fn->second, decoded(spec, parts));
      state->set_held(spec, parts);
      if (!state->engine->is_in_host_memory() || checkpoint.is_easydel())
        for (const quantization::Part& part : spec.format->parts) checkpoint.release(part.name(stored));
      continue;
    }
    HostTensor value;
    if (stored.empty()) {
      value = nn::initialize(spec, options.seed, spec.dtype);
    } else {
      const HostTensor tensor = stored_tensor(checkpoint, stored, spec);
      progress.advance(tensor.shape().bytes());
      value = spec.format == nullptr ? tensor.to(spec.dtype) : tensor;
    }
    if (shard_fn != options.shard_fns.end()) value = state->apply_shard_fn(spec, shard_fn->second, value);
    const auto importance = options.importance.find(spec.name);
    state->set_weight(
        spec, value,
        {.importance = importance == options.importance.end() ? std::span<const float>()
                                                              : importance->second.data<float>(),
         .pool = pool ? &*pool : nullptr,
         .after_piece = [&] {
           if (!stored.empty()) checkpoint.release(stored);
         }});
    // Pages of the file that nobody reads any more would count as this process's memory.
    const bool is_copied = !stored.empty() && (spec.format != nullptr || checkpoint.is_easydel() ||
                                               value.dtype() != checkpoint.shape(stored).dtype() ||
                                               !state->engine->is_in_host_memory());
    if (is_copied) checkpoint.release(stored);
  }

  for (const nn::ParameterSpec& spec : state->module->parameters().specs())
    used.insert(spec.copies.begin(), spec.copies.end());
  for (const std::string& name : checkpoint.names())
    if (!used.contains(name) && !is_derived(name) && !(checkpoint.is_easydel() && name == kFlaxHeadName))
      report.unexpected.push_back(name);

  if (wanted != nullptr)
    set_stored_quantization(state->config, *wanted, targets.patterns(), state->module->parameters());
  state->has_weights = true;
  std::unique_ptr<EDPretrainedModel> model(new EDPretrainedModel);
  model->state_ = std::move(state);
  return model;
}

}  // namespace easydel
