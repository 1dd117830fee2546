#include "easydel/plugins.h"

#include <exception>

#include "base/format.h"
#include "engine/pjrt/pjrt.h"
#include "engine/pjrt/plugin_search.h"

namespace easydel {

std::vector<PluginReport> list_plugins() {
  std::vector<PluginReport> reports;
  for (const pjrt::PluginKind& kind : pjrt::plugin_kinds()) {
    PluginReport& report = reports.emplace_back();
    report.name = kind.name;
    report.package = kind.package;
    report.install = kind.install;
    report.accelerator = kind.accelerator;
    try {
      const auto found = pjrt::try_find_plugin(kind);
      if (!found) {
        report.problem = "not installed";
        continue;
      }
      report.path = found->path.string();
      report.origin = found->origin;
      describe_plugin(*found, report);
    } catch (const std::exception& error) {
      report.problem = error.what();
    }
  }
  return reports;
}

AutoEngine auto_engine(const std::vector<PluginReport>& plugins) {
  std::vector<std::string> passed_over;
  for (const PluginReport& plugin : plugins) {
    if (!plugin.accelerator || plugin.path.empty()) continue;
    if (plugin.usable()) return {"pjrt:" + plugin.name, fmt::format("its plugin has {}", plugin.device_kind)};
    passed_over.push_back(fmt::format("pjrt:{}: {}", plugin.name, plugin.problem));
  }
  if (passed_over.empty()) return {"native", "no accelerator's plugin is installed"};
  return {"native", fmt::format("passed over {}", fmt::join(passed_over, "; "))};
}

}  // namespace easydel
