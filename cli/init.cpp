// `easydel init`: writes a freshly initialized model from a configuration.
#include <fmt/format.h>

#include <filesystem>

#include "base/atomic_file.h"
#include "cli/companions.h"
#include "cli/model.h"
#include "easydel/error.h"
#include "io/hub/snapshot.h"

namespace easydel::cli {
namespace {

namespace fs = std::filesystem;

struct InitOptions {
  std::string source, destination;
  uint64_t seed = 0;
  uint64_t max_shard_bytes = SaveOptions().max_shard_bytes;
  CommonOptions common;
};

/// The dtype of the weights: that of --dtype, else the configuration's, else f32.
DType weight_dtype(const CommonOptions& common, const EDPretrainedConfig& config) {
  if (const DType dtype = common.weight_dtype(); dtype != DType::kAuto) return dtype;
  return config.dtype() == DType::kAuto ? DType::kF32 : config.dtype();
}

void run(const InitOptions& options) {
  options.common.check();
  if (!options.common.quantize.empty())
    throw Error(ErrorCode::kInvalidArgument, "init",
                "--quantize is for models that exist; quantize what init wrote with easydel convert");
  check_model_name(options.source);
  const EDPretrainedConfig config = read_config(options.source, options.common);
  const std::unique_ptr<ProgressSink> progress = options.common.progress();
  hub::WantedFiles wanted = hub::kModelFiles;
  wanted.weights = false;
  const fs::path source = hub::model_directory(options.source, wanted, options.common.hub(progress.get()));
  const fs::path destination = options.destination;
  ModelOptions model_options;
  model_options.seed = options.seed;
  model_options.dtype = weight_dtype(options.common, config);
  model_options.engine = options.common.engine_options();
  model_options.sharding = options.common.sharding();
  EDPretrainedModel model(config, model_options);
  model.generation_config() = GenerationConfig::from_pretrained(source);
  ensure_directory(destination);
  // The small files are staged before the large ones and appear after them: a failure leaves the old directory whole.
  AtomicFiles companions;
  stage_tokenizer(companions, source, destination);
  model.save_pretrained(destination,
                        {.max_shard_bytes = options.max_shard_bytes, .progress = progress.get()});
  companions.commit();
  if (!options.common.quiet)
    fmt::print(stderr, "wrote {}: {} with {} parameters in {}, seed {}\n", options.destination,
               model.class_name(), model.num_parameters(), to_string(model.dtype()), options.seed);
}

}  // namespace

Command add_init(CLI::App& program) {
  auto options = std::make_shared<InitOptions>();
  CLI::App* app = add_subcommand(program, "init", "Write a model with fresh weights from a configuration",
                                 {"easydel init data/tiny-shakespeare fresh --seed 1",
                                  "easydel init my-config fresh --seed 1 --dtype bf16"});
  app->add_option("CONFIG_DIR", options->source, "Directory with config.json, or repository")->required();
  app->add_option("DST", options->destination, "Directory to write; made where missing")->required();
  app->add_option("--seed", options->seed, "Of the weights: the same seed gives the same on every engine")
      ->capture_default_str();
  add_shard_option(*app, options->max_shard_bytes);
  add_common_options(*app, options->common);
  return {app, [options] { run(*options); }};
}

}  // namespace easydel::cli
