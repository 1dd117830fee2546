// save_pretrained: Hugging Face's layout or EasyDeL's, all files or none.
#include <utility>

#include "base/atomic_file.h"
#include "base/format.h"
#include "base/transpose.h"
#include "easydel/error.h"
#include "io/checkpoint_writer.h"
#include "nn/partition_rules.h"
#include "pretrained/model_state.h"

namespace easydel {

std::vector<io::LazyTensor> EDPretrainedModel::State::lazy_weights(ModelFormat format, DType wanted) const {
  const bool is_easydel = format == ModelFormat::kEasyDeL;
  const nn::ParameterSet& parameters = std::as_const(*module).parameters();
  std::vector<io::LazyTensor> tensors;
  for (const nn::ParameterSpec& parameter : parameters.specs()) {
    if (is_easydel && parameter.format != nullptr)
      throw Error(
          ErrorCode::kUnsupported, "save_pretrained",
          fmt::format("\"{}\" is held in {}, which EasyDeL's files have no form for; save in Hugging Face's "
                      "layout, or load the model without quantizing it",
                      parameter.name, parameter.format->name));
    const bool transposes = is_easydel && nn::is_transposed_in_flax(parameter);
    for (const nn::HeldTensor& held : parameter.held()) {
      const DType dtype = wanted == DType::kAuto || parameter.format != nullptr ? held.shape.dtype() : wanted;
      const Shape shape = transposes ? nn::flax_shape(parameter) : held.shape;
      tensors.push_back({is_easydel ? nn::flax_name(parameters, parameter) : held.name,
                         shape.with_dtype(dtype), [this, name = held.name, dtype, transposes] {
                           const HostTensor value = engine->download(weights.find(name)->second).to(dtype);
                           return transposes ? swap_last_axes(value) : value;
                         }});
    }
  }
  return tensors;
}

void EDPretrainedModel::save_pretrained(const std::filesystem::path& directory,
                                        const SaveOptions& options) const {
  state_->require_weights("save_pretrained");
  if (options.dtype != DType::kAuto) require_weight_dtype(options.dtype, "save_pretrained");
  if (options.max_shard_bytes == 0)
    throw Error(ErrorCode::kInvalidArgument, "save_pretrained", "max_shard_bytes is 0; it must be 1 or more");

  const std::vector<io::LazyTensor> tensors = state_->lazy_weights(options.format, options.dtype);
  EDPretrainedConfig config = state_->config;
  config.set("architectures", fmt::format("[\"{}\"]", class_name()));
  const DType saved = options.dtype == DType::kAuto ? dtype() : options.dtype;
  config.set(config.contains("torch_dtype") ? "torch_dtype" : "dtype",
             fmt::format("\"{}\"", numpy_name(saved)));

  AtomicFiles files;
  if (options.format == ModelFormat::kEasyDeL)
    io::stage_easydel(files, directory, tensors, options.safe, options.progress);
  else
    io::stage_sharded(files, directory, tensors,
                      {.max_shard_bytes = options.max_shard_bytes, .progress = options.progress});
  files.add(directory / "config.json").write(config.to_json());
  if (can_generate())
    files.add(directory / "generation_config.json").write(state_->generation_config.to_json());
  if (!std::filesystem::exists(directory / "README.md"))
    files.add(directory / "README.md").write(md_info(directory.string()));
  files.commit();
}

void EDPretrainedModel::to_pytorch(const std::filesystem::path& directory, SaveOptions options) const {
  options.format = ModelFormat::kHuggingFace;
  save_pretrained(directory, options);
}

}  // namespace easydel
