#include "easydel/plugins.h"

#include <exception>

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

}  // namespace easydel
