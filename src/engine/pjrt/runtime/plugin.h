// Plugin: a PJRT shared object, loaded once per process and never unloaded (XLA's threads outlive any client).
//
//   const Plugin& plugin = Plugin::load(find_plugin("cpu"));
//   plugin.api();
#pragma once

#include <string>

#include "engine/pjrt/plugin_search.h"
#include "engine/pjrt/runtime/api.h"

namespace easydel::pjrt {

class Plugin {
 public:
  /// Prepares the environment that the kind needs (NVIDIA's libraries, a TPU's metadata), opens the file and
  /// initializes it. Throws Error(kUnsupported) naming the file, why, and the wanted package.
  static const Plugin& load(const FoundPlugin& found);

  const Api& api() const { return api_; }
  const FoundPlugin& found() const { return found_; }
  /// Tells builds of a plugin apart: path, size and time of the file, and the API's version.
  std::string build() const;
  /// XLA_FLAGS as the plugin found it: XLA reads the variable once per process.
  const std::string& xla_flags() const { return xla_flags_; }

 private:
  Plugin(FoundPlugin found, const PJRT_Api* api, std::string_view package);

  FoundPlugin found_;
  Api api_;
  std::string xla_flags_;
};

}  // namespace easydel::pjrt
