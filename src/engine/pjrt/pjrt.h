// The PJRT engine's way in, with or without the engine in the build.
#pragma once

#include <memory>
#include <string_view>

#include "easydel/plugins.h"
#include "engine/engine.h"
#include "engine/pjrt/plugin_search.h"

namespace easydel {

/// `plugin` is a name ("cpu") or a path. Error(kNotFound) without the plugin, Error(kUnsupported) for one that
/// cannot be used, and for a build without PJRT.
std::shared_ptr<Engine> make_pjrt_engine(std::string_view plugin, const EngineConfig& config);

/// Loads a plugin and fills in what it says about itself. The same errors.
void describe_plugin(const pjrt::FoundPlugin& found, PluginReport& report);

}  // namespace easydel
