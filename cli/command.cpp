#include "cli/command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "cli/terminal_progress.h"
#include "easydel/error.h"
#include "easydel/log.h"

namespace easydel::cli {
namespace {

std::string trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

template <typename Each>
void split(std::string_view text, char separator, Each each) {
  while (true) {
    const size_t end = text.find(separator);
    each(text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

DType CommonOptions::compute_dtype() const {
  return dtype == "auto" ? DType::kAuto : parse_dtype(dtype);
}

DType CommonOptions::weight_dtype() const {
  return param_dtype == "auto" ? compute_dtype() : parse_dtype(param_dtype);
}

std::map<std::string, std::string> CommonOptions::config_kwargs() const {
  std::map<std::string, std::string> kwargs;
  for (const std::string& setting : config_set) {
    const size_t equals = setting.find('=');
    if (equals == 0 || equals == std::string::npos)
      throw Error(ErrorCode::kInvalidArgument, "--config-set",
                  fmt::format("\"{}\" sets no key; write key=value, the value as JSON or a text", setting));
    const std::string value = setting.substr(equals + 1);
    kwargs[setting.substr(0, equals)] = nlohmann::json::accept(value) ? value : nlohmann::json(value).dump();
  }
  return kwargs;
}

std::optional<bool> CommonOptions::quantizes_kv_cache() const {
  if (kv_cache == "auto") return std::nullopt;
  if (kv_cache == "int8") return true;
  if (kv_cache == "float") return false;
  throw Error(ErrorCode::kInvalidArgument, "--kv-cache",
              fmt::format("\"{}\" is no form of a cache; use int8, float or auto", kv_cache));
}

void CommonOptions::check() const {
  check_formats();
  static_cast<void>(mesh_axes());
}

void CommonOptions::check_formats() const {
  for (const DType type : {compute_dtype(), weight_dtype()})
    if (type != DType::kAuto && !is_float(type))
      throw Error(ErrorCode::kUnsupported, type == compute_dtype() ? "--dtype" : "--param-dtype",
                  fmt::format("models do not compute in {}; use f32, bf16 or f16", to_string(type)));
  if (threads < 0)
    throw Error(ErrorCode::kInvalidArgument, "--threads",
                fmt::format("{} threads cannot be; use 0 for one per core", threads));
  const auto print_note = [](LogLevel /*level*/, std::string_view message) {
    fmt::print(stderr, "note: {}\n", message);
  };
  set_log_handler(quiet ? LogHandler() : print_note, verbose ? LogLevel::kInfo : LogLevel::kWarning);
}

MeshAxes CommonOptions::mesh_axes() const {
  if (mesh.empty()) return {};
  MeshAxes axes;
  try {
    axes = MeshAxes::parse(mesh);
  } catch (const Error& error) {
    throw Error(error.code(), "--mesh", error.detail());
  }
  // No rule would ever split over another axis.
  const std::vector<std::string> known = MeshAxes::default_names(5);
  for (const std::string& name : axes.names)
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw Error(ErrorCode::kInvalidArgument, "--mesh",
                  fmt::format("\"{}\" is not an axis; axes are {}", name, fmt::join(known, ", ")));
  return axes;
}

EngineOptions CommonOptions::engine_options() const {
  EngineOptions options;
  options.engine = engine;
  options.threads = threads;
  options.memory_fraction = memory_fraction;
  options.layers = layer_layout();
  options.native_kernels = !no_native_kernels;
  options.precision = parse_precision(precision);
  return options;
}

ShardingOptions CommonOptions::sharding() const {
  const MeshAxes axes = mesh_axes();
  if (partition_rules != "fsdp" && partition_rules != "tp")
    throw Error(ErrorCode::kInvalidArgument, "--partition-rules",
                fmt::format("\"{}\" is not a rule set; use fsdp or tp", partition_rules));
  return {.sharding_axis_dims = axes.dims,
          .sharding_axis_names = axes.names,
          .fully_sharded_data_parallel = partition_rules == "fsdp"};
}

LayerLayout CommonOptions::layer_layout() const {
  if (layers == "auto") return LayerLayout::kAuto;
  if (layers == "unrolled") return LayerLayout::kUnrolled;
  if (layers == "loop") return LayerLayout::kLoop;
  throw Error(ErrorCode::kInvalidArgument, "--layers",
              fmt::format("\"{}\" is no layout of layers; use auto, unrolled or loop", layers));
}

HubOptions CommonOptions::hub(ProgressSink* sink) const {
  return {.revision = revision,
          .subfolder = subfolder,
          .variant = variant,
          .cache_dir = cache_dir,
          .local_files_only = offline,
          .force_download = force_download,
          .progress = sink};
}

std::unique_ptr<ProgressSink> CommonOptions::progress() const {
  if (quiet) return nullptr;
  return std::make_unique<TerminalProgress>();
}

CLI::App* add_subcommand(CLI::App& program, const std::string& name, const std::string& description,
                         std::initializer_list<std::string> examples) {
  CLI::App* app = program.add_subcommand(name, description);
  std::string footer = "Examples:";
  for (const std::string& example : examples) footer += "\n  " + example;
  app->footer(footer);
  return app;
}

void add_common_options(CLI::App& app, CommonOptions& options) {
  CLI::Option_group* group = app.add_option_group("Common options");
  group->add_option("--dtype", options.dtype, "Compute in auto (the checkpoint's), f32, bf16 or f16")
      ->capture_default_str();
  group
      ->add_option("--param-dtype", options.param_dtype,
                   "Keep the weights in f32, bf16 or f16; auto: as --dtype says")
      ->capture_default_str();
  group
      ->add_option("--precision", options.precision,
                   "Products of f32 on accelerators: highest, high or default (the fastest)")
      ->capture_default_str();
  group
      ->add_option(
          "--kv-cache", options.kv_cache,
          "Keys and values: int8 takes about a quarter of f32's memory; float; auto: as config.json says")
      ->capture_default_str();
  group->add_option(
      "--config-set", options.config_set,
      "Replace a field of config.json: key=value, the value as JSON or a text; may be repeated");
  group->add_option("--threads", options.threads, "Worker threads; 0: one per physical core")
      ->capture_default_str();
  group
      ->add_option("--engine", options.engine,
                   "native, pjrt:cpu, pjrt:cuda, pjrt:rocm, pjrt:tpu, pjrt:/path/to/plugin.so, or auto: an "
                   "accelerator that is found, else native")
      ->capture_default_str();
  group->add_option("--memory-fraction", options.memory_fraction,
                    "Share of a GPU's memory to use at most, above 0 up to 1; 0: the plugin's own choice");
  group->add_option("--mesh", options.mesh, "Devices per axis, such as dp=1,fsdp=-1,tp=2,sp=1; -1: the rest");
  group
      ->add_option("--partition-rules", options.partition_rules,
                   "Rules that split the weights: fsdp (fully sharded) or tp (tensor parallel)")
      ->capture_default_str();
  group
      ->add_option(
          "--layers", options.layers,
          "Layers of pjrt engines: loop (one loop over equal layers: compiles in a fraction of the "
          "time, for deep models and many shapes), unrolled (one behind the other: the fastest steps "
          "on CPUs), auto (unrolled on pjrt:cpu, loop on accelerators)")
      ->capture_default_str();
  group->add_flag("--no-native-kernels", options.no_native_kernels,
                  "On pjrt:cpu let XLA compute attention and linear layers too, which is slower");
  CLI::Option* quantize = group->add_option(
      "--quantize", options.quantize,
      "Quantized format of the weights: int8, int4, nf4, fp8_e4m3, q4_k, ... (docs/quantization.md); the "
      "default takes them as they are stored");
  group
      ->add_option("--quantize-params", options.quantize_params,
                   "Quantize only weights whose EasyDeL path, such as model/layers/0/mlp/gate_proj/kernel, "
                   "has a match "
                   "of one of these regular expressions; embeddings and heads, which else stay in int8 or "
                   "better, then "
                   "take the format too")
      ->needs(quantize);
  group->add_option("--revision", options.revision, "Branch, tag or commit of a repository on the Hub")
      ->capture_default_str();
  group->add_option("--subfolder", options.subfolder, "Folder of the repository or directory with the model");
  group->add_option("--variant", options.variant, "Variant of the weights, such as fp16");
  group->add_option("--cache-dir", options.cache_dir,
                    "Where files of the Hub are kept, in place of $HF_HUB_CACHE or ~/.cache/huggingface/hub");
  group->add_flag("--force-download", options.force_download, "Fetch again what the cache has");
  group->add_flag("--offline", options.offline, "Never use the network");
  group->add_flag("-q,--quiet", options.quiet, "No progress on stderr");
  group->add_flag("--verbose", options.verbose, "Tell on stderr also what was loaded");
}

void add_model_argument(CLI::App& app, std::string& model) {
  app.add_option("MODEL", model,
                 "Directory with config.json, tokenizer.json and weights, or a repository on the Hub")
      ->required();
}

std::vector<int32_t> parse_ids(std::string_view text) {
  std::vector<int32_t> ids;
  split(text, ',', [&](std::string_view part) {
    const std::string number = trim(part);
    int32_t id = 0;
    const auto [end, status] = std::from_chars(number.data(), number.data() + number.size(), id);
    if (number.empty() || status != std::errc() || end != number.data() + number.size())
      throw Error(ErrorCode::kInvalidArgument, "--ids",
                  fmt::format("\"{}\" is no token id; write whole numbers such as 1,2,3", number));
    ids.push_back(id);
  });
  return ids;
}

std::vector<std::vector<int32_t>> parse_id_rows(std::string_view text) {
  std::vector<std::vector<int32_t>> rows;
  split(text, ';', [&](std::string_view row) { rows.push_back(parse_ids(row)); });
  return rows;
}

std::string format_ids(const std::vector<int32_t>& ids) {
  return fmt::format("{}", fmt::join(ids, ","));
}

std::string read_text_file(const std::string& path) {
  const auto read_all = [&](std::istream& stream) {
    std::string content, block(1 << 16, '\0');
    while (stream.read(block.data(), static_cast<std::streamsize>(block.size())) || stream.gcount() > 0)
      content.append(block, 0, static_cast<size_t>(stream.gcount()));
    if (stream.bad()) throw Error(ErrorCode::kIo, "read", fmt::format("cannot read {}", path));
    return content;
  };
  if (path == "-") return read_all(std::cin);
  if (std::filesystem::is_directory(path))
    throw Error(ErrorCode::kInvalidArgument, "read",
                fmt::format("{} is a directory; name a text file", path));
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw Error(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo, "read",
                fmt::format("cannot open {}: {}", path, std::strerror(errno)));
  return read_all(file);
}

void print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    throw Error(ErrorCode::kIo, "stdout", fmt::format("cannot write: {}", std::strerror(errno)));
}

void print_line(std::string_view text) {
  print(fmt::format("{}\n", text));
}

void print_json(const nlohmann::ordered_json& value) {
  // A path need not be UTF-8, which JSON must be.
  print_line(value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace easydel::cli
