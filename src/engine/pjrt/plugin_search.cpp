#include "engine/pjrt/plugin_search.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <sstream>

#include "base/format.h"
#include "easydel/error.h"
#include "engine/pjrt/folder.h"

namespace easydel::pjrt {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 1> kCpuLibraries = {"xla_plugins/xla_cpu_pjrt/xla_cpu_pjrt.so"};
constexpr std::array<std::string_view, 2> kCudaLibraries = {"jax_plugins/xla_cuda13/xla_cuda_plugin.so",
                                                            "jax_plugins/xla_cuda12/xla_cuda_plugin.so"};
constexpr std::array<std::string_view, 2> kRocmLibraries = {"jax_plugins/xla_rocm7/xla_rocm_plugin.so",
                                                            "jax_plugins/xla_rocm60/xla_rocm_plugin.so"};
constexpr std::array<std::string_view, 1> kTpuLibraries = {"libtpu/libtpu.so"};

const std::array<PluginKind, 4> kKinds = {{
    {"cpu", "xla-cpu-pjrt 0.0.1", "easydel plugins install cpu", "EASYDEL_CPU_PLUGIN", false, kCpuLibraries},
    {"cuda", "jax-cuda13-pjrt 0.11.2", "easydel plugins install cuda", "EASYDEL_CUDA_PLUGIN", true,
     kCudaLibraries},
    {"rocm", "jax-rocm7-pjrt", "pip install jax-rocm7-pjrt", "EASYDEL_ROCM_PLUGIN", true, kRocmLibraries},
    {"tpu", "libtpu", "pip install libtpu", "EASYDEL_TPU_PLUGIN", true, kTpuLibraries},
}};

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

/// <prefix>/lib/python3*/{site,dist}-packages and <prefix>/lib/python3/dist-packages.
void add_site_packages(const fs::path& prefix, std::vector<fs::path>& folders) {
  std::error_code ignored;
  for (const fs::path& entry : folder_entries(prefix / "lib")) {
    if (!entry.filename().string().starts_with("python3")) continue;
    for (const char* name : {"site-packages", "dist-packages"}) {
      const fs::path folder = entry / name;
      if (fs::is_directory(folder, ignored) &&
          std::find(folders.begin(), folders.end(), folder) == folders.end())
        folders.push_back(folder);
    }
  }
}

std::vector<fs::path> site_packages() {
  std::vector<fs::path> folders;
  for (const char* variable : {"VIRTUAL_ENV", "CONDA_PREFIX"})
    if (const std::string prefix = environment(variable); !prefix.empty()) add_site_packages(prefix, folders);
  std::stringstream programs(environment("PATH"));
  for (std::string folder; std::getline(programs, folder, ':');)
    if (!folder.empty()) add_site_packages(fs::path(folder).parent_path(), folders);
  if (const std::string home = environment("HOME"); !home.empty())
    add_site_packages(fs::path(home) / ".local", folders);
  return folders;
}

/// The site-packages folder that a library lies in; empty when its path has another form.
fs::path root_of(const fs::path& library, const PluginKind& kind) {
  for (const std::string_view place : kind.libraries) {
    const std::string text = library.string();
    if (text.ends_with(place)) return fs::path(text.substr(0, text.size() - place.size()));
  }
  return {};
}

bool has_library_name(const PluginKind& kind, const fs::path& library) {
  return std::ranges::any_of(kind.libraries, [&](std::string_view place) {
    return fs::path(place).filename() == library.filename();
  });
}

std::optional<FoundPlugin> from_environment(const PluginKind& kind) {
  std::vector<std::string> variables = {std::string(kind.environment)};
  if (kind.name == "tpu") variables.emplace_back("TPU_LIBRARY_PATH");
  for (const std::string& variable : variables) {
    const std::string path = environment(variable.c_str());
    if (path.empty()) continue;
    if (!is_file(path))
      throw Error(ErrorCode::kNotFound, "plugin",
                  fmt::format("{}={}: there is no such file; correct or unset the variable", variable, path));
    return FoundPlugin{std::string(kind.name), path, variable, root_of(path, kind)};
  }
  return std::nullopt;
}

}  // namespace

std::span<const PluginKind> plugin_kinds() {
  return kKinds;
}

const PluginKind* find_plugin_kind(std::string_view name) {
  const auto* found =
      std::find_if(kKinds.begin(), kKinds.end(), [&](const PluginKind& kind) { return kind.name == name; });
  return found == kKinds.end() ? nullptr : found;
}

fs::path cache_folder() {
  if (const std::string folder = environment("EASYDEL_CACHE_DIR"); !folder.empty()) return folder;
  if (const std::string folder = environment("XDG_CACHE_HOME"); !folder.empty())
    return fs::path(folder) / "easydel";
  return fs::path(environment("HOME")) / ".cache" / "easydel";
}

std::optional<FoundPlugin> try_find_plugin(const PluginKind& kind) {
  if (auto found = from_environment(kind)) return found;
  const auto search = [&](const fs::path& root, std::string_view origin) -> std::optional<FoundPlugin> {
    for (const std::string_view place : kind.libraries)
      if (is_file(root / place))
        return FoundPlugin{std::string(kind.name), root / place, std::string(origin), root};
    return std::nullopt;
  };
  if (auto found = search(cache_folder() / "plugins" / kind.name, "cache")) return found;
  for (const fs::path& folder : site_packages())
    if (auto found = search(folder, "site-packages")) return found;
  return std::nullopt;
}

FoundPlugin find_plugin(std::string_view name) {
  if (name.find('/') != std::string_view::npos) {
    const fs::path path(name);
    if (!is_file(path))
      throw Error(
          ErrorCode::kNotFound, "plugin",
          fmt::format("{} is no file; name the plugin's shared object, as in pjrt:/path/to/plugin.so", name));
    for (const PluginKind& kind : kKinds)
      if (const fs::path root = root_of(path, kind); !root.empty())
        return {std::string(kind.name), path, "path", root};
    // Outside a wheel's layout the file's name still tells which options the plugin takes.
    for (const PluginKind& kind : kKinds)
      if (has_library_name(kind, path)) return {std::string(kind.name), path, "path", {}};
    return {path.stem().string(), path, "path", {}};
  }
  const PluginKind* kind = find_plugin_kind(name);
  if (kind == nullptr) {
    std::vector<std::string_view> names;
    names.reserve(kKinds.size());
    for (const PluginKind& known : kKinds) names.push_back(known.name);
    throw Error(
        ErrorCode::kUnsupported, "plugin",
        fmt::format("\"{}\" is not a known plugin; known: {}, or a path such as pjrt:/path/to/plugin.so",
                    name, fmt::join(names, ", ")));
  }
  if (auto found = try_find_plugin(*kind)) return *found;
  throw Error(
      ErrorCode::kNotFound, "plugin",
      fmt::format(
          "the {} plugin ({}) is not installed: it is neither in {} nor in a site-packages folder; run "
          "`{}`, or set {} to the path of its shared object",
          name, kind->package, (cache_folder() / "plugins" / name).string(), kind->install,
          kind->environment));
}

}  // namespace easydel::pjrt
