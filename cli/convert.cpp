// `easydel convert`: writes a model in another format or dtype.
#include <fmt/format.h>

#include <filesystem>

#include "base/atomic_file.h"
#include "cli/companions.h"
#include "cli/model.h"
#include "easydel/error.h"
#include "io/model_files.h"

namespace easydel::cli {
namespace {

namespace fs = std::filesystem;

struct ConvertOptions {
  std::string source, destination, format = "hf";
  bool msgpack = false;
  std::string calibration;
  int64_t calibration_tokens = 16384;
  uint64_t max_shard_bytes = SaveOptions().max_shard_bytes;
  CommonOptions common;
};

ModelFormat model_format(const ConvertOptions& options) {
  if (options.format == "easydel") return ModelFormat::kEasyDeL;
  if (options.format != "hf")
    throw Error(
        ErrorCode::kUnsupported, "convert",
        fmt::format("this version does not write \"{}\"; use --format hf or easydel", options.format));
  if (options.msgpack)
    throw Error(ErrorCode::kInvalidArgument, "convert", "--msgpack is for --format easydel; add that");
  return ModelFormat::kHuggingFace;
}

/// What the model multiplies while it reads the calibration text; empty without one.
ColumnImportance calibrate(const ConvertOptions& options) {
  if (options.calibration.empty()) return {};
  if (options.common.quantize.empty())
    throw Error(
        ErrorCode::kInvalidArgument, "convert",
        "--calibration says what --quantize should keep exact; add a format, such as --quantize int4");
  CommonOptions common = options.common;
  common.quantize.clear();
  const std::string text = read_text_file(options.calibration);
  const LoadedModel loaded = load_model(options.source, common);
  std::vector<int32_t> ids = require_tokenizer(loaded, "convert").encode(text);
  if (options.calibration_tokens > 0 && static_cast<int64_t>(ids.size()) > options.calibration_tokens)
    ids.resize(static_cast<size_t>(options.calibration_tokens));
  return loaded.model->column_importance(ids);
}

void run(const ConvertOptions& options) {
  const ModelFormat format = model_format(options);
  const LoadedModel loaded =
      load_model(options.source, options.common,
                 {.with_tokenizer = false, .expects = {}, .importance = calibrate(options)});
  const fs::path source = loaded.name, destination = options.destination;
  ensure_directory(destination);
  // The small files are staged before the large ones and appear after them: a failure leaves the old directory whole.
  AtomicFiles companions;
  stage_tokenizer(companions, source, destination);
  stage_copies(companions, source, destination, io::kCompanionFiles);
  const std::unique_ptr<ProgressSink> progress = options.common.progress();
  loaded.model->save_pretrained(destination, {.format = format,
                                              .safe = !options.msgpack,
                                              .max_shard_bytes = options.max_shard_bytes,
                                              .progress = progress.get()});
  companions.commit();
  if (!options.common.quiet)
    fmt::print(stderr, "wrote {}: {} parameters in {}\n", options.destination, loaded.model->num_parameters(),
               loaded.model->quantization().empty() ? to_string(loaded.model->dtype())
                                                    : loaded.model->quantization());
}

}  // namespace

Command add_convert(CLI::App& program) {
  auto options = std::make_shared<ConvertOptions>();
  CLI::App* app = add_subcommand(program, "convert", "Write a model in another format or dtype",
                                 {"easydel convert data/tiny-shakespeare out --format hf --dtype f32",
                                  "easydel convert data/tiny-shakespeare out8 --quantize int8",
                                  "easydel convert data/tiny-shakespeare out4 --quantize int4 "
                                  "--calibration data/shakespeare.txt",
                                  "easydel convert data/tiny-shakespeare out --format easydel"});
  app->add_option("SRC", options->source, "Model directory or repository to read")->required();
  app->add_option("DST", options->destination, "Directory to write; made where missing")->required();
  app->add_option("--format", options->format, "hf: what Transformers loads; easydel: EasyDeL's files")
      ->capture_default_str();
  app->add_flag("--msgpack", options->msgpack, "Of easydel: a msgpack stream in place of safetensors");
  app->add_option("--calibration", options->calibration,
                  "A text, - for stdin: --quantize rounds so that the products with such texts stay exact");
  app->add_option("--calibration-tokens", options->calibration_tokens,
                  "Read only the first tokens of that text; 0: all")
      ->capture_default_str();
  add_shard_option(*app, options->max_shard_bytes);
  add_common_options(*app, options->common);
  return {app, [options] { run(*options); }};
}

}  // namespace easydel::cli
