// Where PJRT plugins lie: shared objects from Python wheels, found without Python.
//
//   FoundPlugin plugin = find_plugin("cuda");         // or "cpu", "tpu", "rocm", "/path/to/plugin.so"
//   plugin.path;      // ~/.cache/easydel/plugins/cuda/jax_plugins/xla_cuda13/xla_cuda_plugin.so
//   plugin.origin;    // "cache"
//
// The search order for a name: the environment variable EASYDEL_<NAME>_PLUGIN (for a TPU also TPU_LIBRARY_PATH),
// wheels unpacked into the cache by `easydel plugins install`, then the site-packages folders of the active Python
// environments and of those on PATH.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace easydel::pjrt {

/// A plugin that is known by name.
struct PluginKind {
  std::string_view name;                        ///< as in "pjrt:cuda"
  std::string_view package;                     ///< the wheel that brings it
  std::string_view install;                     ///< the command that fetches it
  std::string_view environment;                 ///< variable that holds a path
  bool accelerator;                             ///< whether "auto" prefers its devices to the CPU
  std::span<const std::string_view> libraries;  ///< places inside site-packages, the preferred one first
};
std::span<const PluginKind> plugin_kinds();
/// Null for an unknown name.
const PluginKind* find_plugin_kind(std::string_view name);

struct FoundPlugin {
  std::string name;  ///< of its kind; for a path whose file name is no kind's the file's stem
  std::filesystem::path path;
  std::string origin;          ///< "path", the variable's name, "cache" or "site-packages"
  std::filesystem::path root;  ///< the site-packages folder that it lies in; empty for a bare path
};

/// `name` is a kind's name or a path (with a slash). Throws Error(kNotFound) that says where it looked and how to
/// install the plugin, Error(kUnsupported) for an unknown name.
FoundPlugin find_plugin(std::string_view name);
/// As find_plugin(), without an error when there is none.
std::optional<FoundPlugin> try_find_plugin(const PluginKind& kind);

/// $EASYDEL_CACHE_DIR, else $XDG_CACHE_HOME/easydel, else ~/.cache/easydel.
std::filesystem::path cache_folder();

}  // namespace easydel::pjrt
