#include "base/format.h"
#include "easydel/error.h"
#include "engine/engine.h"
#include "engine/pjrt/pjrt.h"

namespace easydel {

std::shared_ptr<Engine> make_engine(std::string_view name, const EngineConfig& config) {
  constexpr std::string_view kPjrt = "pjrt:";
  if (!(config.memory_fraction >= 0 && config.memory_fraction <= 1))
    throw Error(
        ErrorCode::kInvalidArgument, "memory fraction",
        fmt::format(
            "{} is no share of a device's memory; use a number above 0 up to 1, or 0 for the plugin's "
            "own choice",
            config.memory_fraction));
  if (name == "native" || name == "auto") return make_native_engine({.threads = config.threads});
  if (name.starts_with(kPjrt)) return make_pjrt_engine(name.substr(kPjrt.size()), config);
  throw Error(
      ErrorCode::kUnsupported, "engine",
      fmt::format("\"{}\" is not an engine; known: auto, native, pjrt:cpu, pjrt:cuda, pjrt:rocm, pjrt:tpu, "
                  "pjrt:/path/to/plugin.so",
                  name));
}

}  // namespace easydel
