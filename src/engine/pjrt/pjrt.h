// The PJRT engine's way in, with or without the engine in the build.
#pragma once

#include <memory>
#include <string_view>

#include "engine/engine.h"

namespace easydel {

/// `plugin` is a name ("cpu") or a path. Error(kNotFound) without the plugin, Error(kUnsupported) for one that
/// cannot be used, and for a build without PJRT.
std::shared_ptr<Engine> make_pjrt_engine(std::string_view plugin, const EngineConfig& config);

}  // namespace easydel
