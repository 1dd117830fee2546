// `easydel plugins`: which PJRT plugins are here, and fetching one.
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>

#include "cli/command.h"
#include "easydel/error.h"
#include "easydel/plugins.h"
#include "fetch_plugin_script.inc"

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX leaves it to the program

namespace easydel::cli {
namespace {

struct PluginsOptions {
  std::string name;
  bool force = false;
  bool json = false;
  CommonOptions common;
  CLI::App* list = nullptr;
  CLI::App* install = nullptr;
};

/// Runs the script that the build's own tools use; its messages go to stderr, the folder to stdout.
int run_script(const PluginsOptions& options) {
  std::vector<std::string> words = {"python3", "-c", kFetchPluginScript, options.name};
  if (options.force) words.emplace_back("--force");
  if (!options.common.quiet) words.emplace_back("--tell");
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  if (const int failure = posix_spawnp(&child, "python3", nullptr, nullptr, arguments.data(), environ);
      failure != 0)
    throw Error(
        ErrorCode::kNotFound, "plugins",
        fmt::format(
            "plugins are fetched with Python's pip, and python3 does not start: {}; install it (Debian: "
            "sudo apt-get install python3-pip)",
            std::strerror(failure)));
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void install(const PluginsOptions& options) {
  if (options.common.offline)
    throw Error(ErrorCode::kInvalidArgument, "plugins",
                "fetching a plugin needs the network; leave out --offline");
  if (run_script(options) != 0)
    throw Error(ErrorCode::kIo, "plugins",
                fmt::format("the {} plugin was not installed, see above", options.name));
}

void list(const PluginsOptions& options) {
  const std::vector<PluginReport> plugins = list_plugins();
  if (options.json) {
    print_json(plugins_json(plugins));
    return;
  }
  for (const PluginReport& plugin : plugins) print_line(plugin_line(plugin));
}

void run(const PluginsOptions& options) {
  options.common.check();
  options.install->parsed() ? install(options) : list(options);
}

}  // namespace

std::string plugin_line(const PluginReport& plugin) {
  if (plugin.path.empty()) return fmt::format("{:<5} {}: `{}`", plugin.name, plugin.problem, plugin.install);
  if (!plugin.usable()) return fmt::format("{:<5} cannot be used: {}", plugin.name, plugin.problem);
  return fmt::format("{:<5} {} device{} ({}), {}, PJRT {}, {} ({})", plugin.name, plugin.devices,
                     plugin.devices == 1 ? "" : "s", plugin.device_kind, plugin.platform, plugin.api_version,
                     plugin.path, plugin.origin);
}

nlohmann::ordered_json plugins_json(const std::vector<PluginReport>& plugins) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const PluginReport& plugin : plugins)
    rows.push_back({{"name", plugin.name},
                    {"usable", plugin.usable()},
                    {"problem", plugin.problem},
                    {"path", plugin.path},
                    {"origin", plugin.origin},
                    {"api_version", plugin.api_version},
                    {"platform", plugin.platform},
                    {"device_kind", plugin.device_kind},
                    {"devices", plugin.devices},
                    {"package", plugin.package},
                    {"install", plugin.install}});
  return rows;
}

Command add_plugins(CLI::App& program) {
  auto options = std::make_shared<PluginsOptions>();
  CLI::App* app =
      add_subcommand(program, "plugins", "List PJRT plugins (XLA for CPU, CUDA, TPU), or install one",
                     {"easydel plugins list", "easydel plugins install cpu"});
  app->require_subcommand(1);
  options->list = app->add_subcommand("list", "Show which plugins are here and what devices they find");
  options->list->add_flag("--json", options->json, "Print one array");
  options->install =
      app->add_subcommand("install", "Fetch a plugin's pinned wheel with pip and check its sha256");
  options->install->add_option("NAME", options->name, "cpu or cuda")
      ->required()
      ->check(CLI::IsMember({"cpu", "cuda"}));
  options->install->add_flag("--force", options->force, "Fetch again, over what is there");
  add_common_options(*app, options->common);
  app->fallthrough();
  options->list->fallthrough();
  options->install->fallthrough();
  return {app, [options] { run(*options); }};
}

}  // namespace easydel::cli
