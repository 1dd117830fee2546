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
    const bool transposes = is_easydel && nn::is_held_transposed_in_flax(parameter);
    const std::vector<nn::HeldTensor> held = parameter.held();
    const std::vector<nn::HeldTensor> stored =
        is_easydel ? parameter.held_as(nn::flax_name(parameters, parameter)) : held;
    for (size_t part = 0; part < held.size(); ++part) {
      Shape shape = transposes ? swap_last_axes(held[part].shape) : held[part].shape;
      if (wanted != DType::kAuto && parameter.format == nullptr) shape = shape.with_dtype(wanted);
      tensors.push_back({stored[part].name, shape, [this, name = held[part].name, shape, transposes] {
                           const HostTensor value = engine->download(weights.find(name)->second);
                           return (transposes ? swap_last_axes(value) : value).to(shape.dtype());
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
  ensure_directory(directory);
  const auto add_config = [&] { files.add(directory / "config.json").write(config.to_json()); };
  // A killed save may leave the weights of one save beside the configuration of the other: float weights load with one of
  // quantized weights, and not the other way round.
  const bool is_quantized = !quantization().empty();
  if (is_quantized) add_config();
  if (options.format == ModelFormat::kEasyDeL)
    io::stage_easydel(files, directory, tensors, options.safe, options.progress);
  else
    io::stage_sharded(files, directory, tensors,
                      {.max_shard_bytes = options.max_shard_bytes, .progress = options.progress});
  if (!is_quantized) add_config();
  if (can_generate())
    files.add(directory / "generation_config.json").write(state_->generation_config.to_json());
  if (!std::filesystem::exists(directory / "README.md"))
    files.add(directory / "README.md")
        .write(md_info(std::filesystem::weakly_canonical(directory).filename().string()));
  files.commit();
}

void EDPretrainedModel::to_pytorch(const std::filesystem::path& directory, SaveOptions options) const {
  options.format = ModelFormat::kHuggingFace;
  save_pretrained(directory, options);
}

}  // namespace easydel
