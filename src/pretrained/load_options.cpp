#include "pretrained/load_options.h"

#include "base/format.h"
#include "easydel/error.h"
#include "engine/engine.h"

namespace easydel {

void apply_overrides(EDPretrainedConfig& config, const LoadOptions& options) {
  config.update(options.config_kwargs);
  if (options.quantize_kv_cache)
    config.set("quantize_kv_cache", *options.quantize_kv_cache ? "true" : "false");
}

EngineOptions engine_options(const LoadOptions& options) {
  EngineOptions engine = options.engine;
  if (options.backend.empty()) return engine;
  const std::string wanted = engine_of_backend(options.backend);
  if (engine.engine != "auto" && engine.engine != wanted)
    throw Error(ErrorCode::kInvalidArgument, "from_pretrained",
                fmt::format("backend \"{}\" is the engine {}, and engine says {}; give one of them",
                            options.backend, wanted, engine.engine));
  engine.engine = wanted;
  return engine;
}

io::CheckpointLayout wanted_layout(const LoadOptions& options) {
  if (!options.from_torch) return io::CheckpointLayout::kAny;
  return *options.from_torch ? io::CheckpointLayout::kHuggingFace : io::CheckpointLayout::kEasyDeL;
}

DType param_dtype(const LoadOptions& options) {
  return options.param_dtype == DType::kAuto ? options.dtype : options.param_dtype;
}

const quantization::Format* wanted_format(const LoadOptions& options) {
  const std::string name = options.quantize == "8bit" ? "int8" : options.quantize;
  if (options.load_in_8bit && !name.empty() && name != "int8")
    throw Error(ErrorCode::kInvalidArgument, "from_pretrained",
                fmt::format("load_in_8bit and quantize \"{}\" contradict each other; set one of them",
                            options.quantize));
  if (options.load_in_8bit) return &quantization::format("int8");
  return name.empty() ? nullptr : &quantization::format(name);
}

void check_shard_fns(const LoadOptions& options, const nn::ParameterSet& parameters) {
  for (const auto& [name, shard_fn] : options.shard_fns)
    if (parameters.find(name) == nullptr)
      throw Error(ErrorCode::kNotFound, "from_pretrained",
                  fmt::format("shard_fns has a function for \"{}\", which is not a parameter of the model; "
                              "parameter_names() lists them",
                              name));
  if (options.mismatch_allowed || options.shard_fns.empty()) return;
  for (const nn::ParameterSpec& spec : parameters.specs())
    if (!options.shard_fns.contains(spec.name))
      throw Error(
          ErrorCode::kNotFound, "from_pretrained",
          fmt::format("shard_fns has no function for \"{}\"; add one, or set mismatch_allowed to leave "
                      "it to the rules",
                      spec.name));
}

}  // namespace easydel
