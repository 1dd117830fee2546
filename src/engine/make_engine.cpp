#include <algorithm>
#include <mutex>
#include <set>

#include "base/format.h"
#include "base/log.h"
#include "easydel/error.h"
#include "engine/engine.h"
#include "engine/pjrt/pjrt.h"

namespace easydel {
namespace {

/// Says why "auto" does not take a plugin, once for each reason.
void log_passed_over(std::string_view plugin, std::string_view reason) {
  static std::mutex mutex;
  static std::set<std::string> said;
  std::string message = fmt::format("the engine \"auto\" passes over pjrt:{}: {}", plugin, reason);
  const std::lock_guard lock(mutex);
  if (said.insert(message).second) log(LogLevel::kInfo, message);
}

/// The first accelerator whose plugin is installed and finds a device, else the native engine. Plugins that are not
/// there cost a look for their file; that of the CPU is never loaded.
std::shared_ptr<Engine> make_auto_engine(const EngineConfig& config) {
  for (const pjrt::PluginKind& kind : pjrt::plugin_kinds()) {
    if (!kind.accelerator) continue;
    try {
      if (pjrt::try_find_plugin(kind)) return make_pjrt_engine(kind.name, config);
    } catch (const std::exception& error) {
      log_passed_over(kind.name, error.what());
    }
  }
  return make_native_engine({.threads = config.threads});
}

}  // namespace

std::shared_ptr<Engine> make_engine(std::string_view name, const EngineConfig& config) {
  constexpr std::string_view kPjrt = "pjrt:";
  if (!(config.memory_fraction >= 0 && config.memory_fraction <= 1))
    throw Error(
        ErrorCode::kInvalidArgument, "memory fraction",
        fmt::format(
            "{} is no share of a device's memory; use a number above 0 up to 1, or 0 for the plugin's "
            "own choice",
            config.memory_fraction));
  if (name == "auto") return make_auto_engine(config);
  if (name == "native") return make_native_engine({.threads = config.threads});
  if (name.starts_with(kPjrt)) return make_pjrt_engine(name.substr(kPjrt.size()), config);
  throw Error(
      ErrorCode::kUnsupported, "engine",
      fmt::format("\"{}\" is not an engine; known: auto, native, pjrt:cpu, pjrt:cuda, pjrt:rocm, pjrt:tpu, "
                  "pjrt:/path/to/plugin.so",
                  name));
}

std::string engine_of_backend(std::string_view backend) {
  if (backend == "cpu") return "native";
  if (backend == "tpu") return "pjrt:tpu";
  if (backend != "gpu")
    throw Error(ErrorCode::kInvalidArgument, "backend",
                fmt::format("\"{}\" is not a backend; use cpu, gpu or tpu, or name an engine", backend));
  const auto is_installed = [](std::string_view name) {
    const auto kinds = pjrt::plugin_kinds();
    const auto kind = std::ranges::find(kinds, name, &pjrt::PluginKind::name);
    return kind != kinds.end() && pjrt::try_find_plugin(*kind).has_value();
  };
  return !is_installed("cuda") && is_installed("rocm") ? "pjrt:rocm" : "pjrt:cuda";
}

void require_devices(std::string_view engine, int64_t available, int64_t wanted) {
  if (wanted <= available) return;
  throw Error(ErrorCode::kUnsupported, "mesh",
              fmt::format("the mesh needs {} devices and the {} engine has {}; choose a smaller mesh, or an "
                          "engine with more, such as pjrt:cpu, which splits the machine",
                          wanted, engine, available));
}

}  // namespace easydel
