// save_pretrained: Hugging Face's layout, all files or none.
#include "base/atomic_file.h"
#include "base/format.h"
#include "easydel/error.h"
#include "io/checkpoint_writer.h"
#include "pretrained/model_state.h"

namespace easydel {

void EDPretrainedModel::save_pretrained(const std::filesystem::path& directory,
                                        const SaveOptions& options) const {
  state_->require_weights("save_pretrained");
  if (options.dtype != DType::kAuto) require_weight_dtype(options.dtype, "save_pretrained");
  if (options.max_shard_bytes == 0)
    throw Error(ErrorCode::kInvalidArgument, "save_pretrained", "max_shard_bytes is 0; it must be 1 or more");

  std::vector<io::LazyTensor> tensors;
  for (const nn::ParameterSpec& spec : state_->module->parameters().specs()) {
    for (nn::HeldTensor& held : spec.held()) {
      const DType dtype =
          options.dtype == DType::kAuto || spec.format != nullptr ? held.shape.dtype() : options.dtype;
      tensors.push_back({held.name, held.shape.with_dtype(dtype), [this, name = held.name, dtype] {
                           return state_->engine->download(state_->weights.find(name)->second).to(dtype);
                         }});
    }
  }
  EDPretrainedConfig config = state_->config;
  config.set("architectures", fmt::format("[\"{}\"]", class_name()));
  const DType saved = options.dtype == DType::kAuto ? dtype() : options.dtype;
  const std::string_view name = saved == DType::kBF16  ? "bfloat16"
                                : saved == DType::kF16 ? "float16"
                                                       : "float32";
  config.set(config.contains("torch_dtype") ? "torch_dtype" : "dtype", fmt::format("\"{}\"", name));

  AtomicFiles files;
  io::stage_sharded(files, directory, tensors,
                    {.max_shard_bytes = options.max_shard_bytes, .progress = options.progress});
  files.add(directory / "config.json").write(config.to_json());
  if (can_generate())
    files.add(directory / "generation_config.json").write(state_->generation_config.to_json());
  files.commit();
}

}  // namespace easydel
