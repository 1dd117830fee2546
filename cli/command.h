// What the subcommands of `easydel` share: their shape, the common options, ids as text, and output.
//
//   Command add_hello(CLI::App& program) {
//     auto options = std::make_shared<HelloOptions>();
//     CLI::App* app = add_subcommand(program, "hello", "Greet someone", {"easydel hello --name Ann"});
//     app->add_option("--name", options->name, "Whom to greet");
//     return {app, [options] { print_line("hello " + options->name); }};
//   }
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "easydel/dtype.h"
#include "easydel/hub.h"
#include "easydel/model.h"
#include "easydel/plugins.h"
#include "easydel/progress.h"

namespace easydel::cli {

/// A subcommand's parser and what it does once the command line is read.
struct Command {
  CLI::App* app;
  std::function<void()> run;
};

Command add_generate(CLI::App& program);
Command add_chat(CLI::App& program);
Command add_forward(CLI::App& program);
Command add_tokenize(CLI::App& program);
Command add_detokenize(CLI::App& program);
Command add_info(CLI::App& program);
Command add_download(CLI::App& program);
Command add_init(CLI::App& program);
Command add_convert(CLI::App& program);
Command add_bench(CLI::App& program);
Command add_eval(CLI::App& program);
Command add_doctor(CLI::App& program);
Command add_plugins(CLI::App& program);

/// Options that every subcommand accepts.
struct CommonOptions {
  std::string engine = "auto";                   ///< which engine runs the model
  std::string mesh;                              ///< "dp=1,fsdp=1,tp=1,sp=1"; empty: one device
  std::string partition_rules = "fsdp";          ///< "fsdp" or "tp": which of the model's rule sets
  std::string dtype = "auto";                    ///< compute type
  std::string param_dtype = "auto";              ///< of the weights; "auto": as dtype says
  std::string precision = "highest";             ///< of products of f32 on accelerators
  std::string kv_cache = "auto";                 ///< dtype of keys and values: "int8", or "auto"
  std::vector<std::string> config_set;           ///< "key=value": fields of config.json to replace
  std::string quantize;                          ///< a quantized format; empty keeps weights as stored
  std::vector<std::string> quantize_params;      ///< as LoadOptions::bit_targeted_params
  int threads = 0;                               ///< 0: one per physical core
  double memory_fraction = 0;                    ///< of a GPU's memory; 0: the plugin's own choice
  std::string revision = HubOptions().revision;  ///< of a repository on the Hub
  std::string subfolder, variant;                ///< of the model, where it has them
  std::string cache_dir;                         ///< of the Hub's files; empty: huggingface_hub's
  std::string layers = "auto";                   ///< how programs for XLA hold layers that repeat
  bool no_native_kernels = false;                ///< XLA computes everything itself, on the CPU too
  bool force_download = false;                   ///< fetch again what the cache has
  bool offline = false;                          ///< never use the network
  bool quiet = false;                            ///< no progress, no remarks
  bool verbose = false;                          ///< remarks on what was loaded and compiled too

  /// The dtype named by --dtype: auto, f32 or bf16 (their other spellings too).
  DType compute_dtype() const;
  /// That named by --param-dtype, else --dtype.
  DType weight_dtype() const;
  /// What --config-set gives, as LoadOptions::config_kwargs. Throws Error(kInvalidArgument) for one without a key.
  std::map<std::string, std::string> config_kwargs() const;
  /// What --kv-cache says of quantize_kv_cache. Throws Error(kInvalidArgument) for a dtype that caches cannot have.
  std::optional<bool> quantizes_kv_cache() const;
  /// The axes that --mesh gives; none without it. Throws Error(kInvalidArgument) for another form.
  MeshAxes mesh_axes() const;
  /// Where the model runs.
  EngineOptions engine_options() const;
  /// How --mesh lays out the model.
  ShardingOptions sharding() const;
  /// The layout named by --layers: auto, unrolled or loop. Throws Error(kInvalidArgument) for another.
  LayerLayout layer_layout() const;
  /// Throws Error(kInvalidArgument) for a mesh that is none, Error(kUnsupported) for a format or a dtype that this
  /// build cannot do, saying what it can. From here on the library's warnings go to stderr, unless quiet.
  void check() const;
  /// The part of check() that needs no mesh.
  void check_formats() const;
  /// How MODEL is fetched where it is a repository. The options outlive the sink's use.
  HubOptions hub(ProgressSink* sink) const;
  /// A bar or lines on stderr; null when quiet.
  std::unique_ptr<ProgressSink> progress() const;
};

/// A subcommand with its examples at the end of --help.
CLI::App* add_subcommand(CLI::App& program, const std::string& name, const std::string& description,
                         std::initializer_list<std::string> examples);
/// Adds the common options, in a group of their own.
void add_common_options(CLI::App& app, CommonOptions& options);
/// Adds the required positional MODEL.
void add_model_argument(CLI::App& app, std::string& model);

/// "1,2,3", spaces allowed. Throws Error(kInvalidArgument) that shows the part that is no token id.
std::vector<int32_t> parse_ids(std::string_view text);
/// Rows separated by semicolons: "1,2,3;4,5,6".
std::vector<std::vector<int32_t>> parse_id_rows(std::string_view text);
/// "1,2,3".
std::string format_ids(const std::vector<int32_t>& ids);

/// The bytes of a file; "-" reads standard input. Throws Error(kNotFound) or Error(kIo).
std::string read_text_file(const std::string& path);

/// Writes to stdout; a refused write (a full disk, a closed pipe) is an Error(kIo).
void print(std::string_view text);
void print_line(std::string_view text);
/// One line of JSON, keys in the order they were set.
void print_json(const nlohmann::ordered_json& value);

/// A plugin in one line for people, and all of them for programs: `doctor` and `plugins list` say the same.
std::string plugin_line(const PluginReport& plugin);
nlohmann::ordered_json plugins_json(const std::vector<PluginReport>& plugins);

/// Seconds of wall time, for reports.
class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Seconds since main() started.
double seconds_since_start();

}  // namespace easydel::cli
