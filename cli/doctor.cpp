// `easydel doctor`: what this machine and build can do, and whether a model directory is complete.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "base/cpu_features.h"
#include "cli/model.h"
#include "easydel/error.h"
#include "easydel/plugins.h"
#include "easydel/version.h"

namespace easydel::cli {
namespace {

struct DoctorOptions {
  std::string model;
  bool json = false;
  CommonOptions common;
};

std::string compiler() {
#if defined(__clang__)
  return fmt::format("clang {}.{}.{}", __clang_major__, __clang_minor__, __clang_patchlevel__);
#elif defined(__GNUC__)
  return fmt::format("gcc {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#else
  return "unknown";
#endif
}

struct Memory {
  uint64_t total = 0, available = 0;
};

/// MemAvailable counts the file cache, which a program may have; 0 where /proc does not tell.
Memory machine_memory() {
  Memory memory;
  std::ifstream file("/proc/meminfo");
  std::string name, unit;
  for (uint64_t kibibytes = 0; file >> name >> kibibytes && std::getline(file, unit);) {
    if (name == "MemTotal:") memory.total = kibibytes * 1024;
    if (name == "MemAvailable:") memory.available = kibibytes * 1024;
  }
  return memory;
}

struct Check {
  std::string name, result;
  bool good = false;
};

template <typename Examine>
Check check(const std::string& name, Examine examine) {
  try {
    std::string result = examine();
    return {name, std::move(result), true};
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kInternal) throw;
    return {name, error.what(), false};
  }
}

// Each part of a model directory on its own, so that one report names everything that is wrong.
std::vector<Check> check_model(const DoctorOptions& options) {
  const HubOptions hub = options.common.hub(nullptr);
  return {
      check("config",
            [&] {
              const auto config = read_config(options.model, options.common);
              const EDPretrainedModel shapes(config, {.do_init = false, .engine = {.engine = "native"}});
              return fmt::format("{}, {} parameters", config.model_type(), shapes.num_parameters());
            }),
      check("generation config",
            [&] {
              GenerationConfig::from_pretrained(options.model, hub).validate();
              return std::string("valid");
            }),
      check("tokenizer",
            [&] {
              return fmt::format("{} tokens", Tokenizer::from_pretrained(options.model, hub).vocab_size());
            }),
      check("weights",
            [&] {
              const LoadedModel loaded = load_model(options.model, options.common, {.with_tokenizer = false});
              return fmt::format("{}, {:.1f} MB", to_string(loaded.model->dtype()),
                                 static_cast<double>(loaded.model->weight_bytes()) / 1e6);
            }),
  };
}

std::vector<std::string> engines(const std::vector<PluginReport>& plugins) {
  std::vector<std::string> names = {"native"};
  for (const PluginReport& plugin : plugins)
    if (plugin.usable()) names.push_back("pjrt:" + plugin.name);
  return names;
}

void run(const DoctorOptions& options) {
  options.common.check();
  const Memory memory = machine_memory();
  const std::vector<PluginReport> plugins = list_plugins();
  const AutoEngine automatic = auto_engine(plugins);
  nlohmann::ordered_json report = {{"version", version()},
                                   {"compiler", compiler()},
                                   {"isa_detected", to_string(detected_isa())},
                                   {"isa_active", to_string(active_isa())},
                                   {"threads", effective_threads(options.common)},
                                   {"memory_bytes", memory.total},
                                   {"memory_available_bytes", memory.available},
                                   {"engines", engines(plugins)},
                                   {"auto_engine", automatic.engine},
                                   {"auto_reason", automatic.reason},
                                   {"plugins", plugins_json(plugins)},
                                   {"model_types", known_model_types()}};
  bool good = true;
  if (!options.model.empty()) {
    for (const Check& part : check_model(options)) {
      report["model"][part.name] = {{"ok", part.good}, {"detail", part.result}};
      good = good && part.good;
    }
  }
  if (options.json) {
    print_json(report);
  } else {
    print_line(fmt::format("easydel       {} ({})", version(), compiler()));
    print_line(fmt::format("instructions  {} (this machine has {})", to_string(active_isa()),
                           to_string(detected_isa())));
    print_line(fmt::format("threads       {}", effective_threads(options.common)));
    print_line(fmt::format("memory        {:.1f} GB, {:.1f} GB available",
                           static_cast<double>(memory.total) / 1e9,
                           static_cast<double>(memory.available) / 1e9));
    print_line(fmt::format("engines       {}", fmt::join(engines(plugins), " ")));
    print_line(fmt::format("auto          {}: {}", automatic.engine, automatic.reason));
    for (const PluginReport& plugin : plugins)
      print_line(fmt::format("plugin        {}", plugin_line(plugin)));
    print_line(fmt::format("model types   {}", fmt::join(known_model_types(), " ")));
    if (report.contains("model"))
      for (const auto& [name, part] : report["model"].items())
        print_line(fmt::format("{:<13} {}: {}", name, part["ok"].get<bool>() ? "ok" : "wrong",
                               part["detail"].get<std::string>()));
  }
  if (!good)
    throw Error(
        ErrorCode::kInvalidArgument, "doctor",
        fmt::format("{} is not a complete model directory; the report names what to mend", options.model));
}

}  // namespace

Command add_doctor(CLI::App& program) {
  auto options = std::make_shared<DoctorOptions>();
  CLI::App* app =
      add_subcommand(program, "doctor", "Report on this machine and build, and check a model directory",
                     {"easydel doctor", "easydel doctor data/tiny-shakespeare --json"});
  app->add_option("MODEL", options->model, "Model directory or repository to check");
  app->add_flag("--json", options->json, "Print one object");
  add_common_options(*app, options->common);
  return {app, [options] { run(*options); }};
}

}  // namespace easydel::cli
