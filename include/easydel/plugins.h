// PJRT plugins: which there are on this machine, and what they can use.
//
//   for (const easydel::PluginReport& plugin : easydel::list_plugins())
//     std::cout << plugin.name << ": " << (plugin.usable() ? plugin.platform : plugin.problem) << '\n';
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace easydel {

struct PluginReport {
  std::string name;         ///< as in --engine pjrt:NAME
  std::string package;      ///< the wheel that brings it
  std::string install;      ///< the command that fetches it
  std::string path;         ///< of the shared object; empty: not installed
  std::string origin;       ///< how it was found: an environment variable, "cache" or "site-packages"
  std::string api_version;  ///< of PJRT, "0.81"; empty when it did not load
  std::string platform;     ///< what the plugin calls itself, with its version
  std::string device_kind;  ///< "cpu", "NVIDIA H200"
  int64_t devices = 0;
  bool accelerator = false;  ///< whether the engine "auto" prefers it to the CPU
  std::string problem;       ///< why it cannot be used; empty when it can

  bool usable() const { return problem.empty(); }
};

/// Whether this build has the PJRT engine.
bool has_pjrt();

/// Every plugin that is known by name, installed or not. Loads those that are there and starts their clients, which
/// takes a moment. Throws nothing: what is wrong with a plugin is its `problem`.
std::vector<PluginReport> list_plugins();

/// What the engine "auto" stands for.
struct AutoEngine {
  std::string engine;  ///< "native" or "pjrt:NAME"
  std::string reason;  ///< in words, with why accelerators are passed over
};

/// The choice of "auto" where these are the plugins: the first accelerator that can be used, else native.
AutoEngine auto_engine(const std::vector<PluginReport>& plugins);

}  // namespace easydel
