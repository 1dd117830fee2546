// What list_plugins() can tell only by loading a plugin.
#include "base/format.h"
#include "engine/pjrt/pjrt.h"
#include "engine/pjrt/plugin_search.h"
#include "engine/pjrt/runtime/client.h"

namespace easydel {

void describe_plugin(const pjrt::FoundPlugin& found, PluginReport& report) {
  const pjrt::Plugin& plugin = pjrt::Plugin::load(found);
  report.api_version = fmt::format("{}.{}", plugin.api().major_version(), plugin.api().minor_version());
  const auto client = pjrt::Client::create(plugin, {});
  const std::string& version = client->platform_version();
  report.platform = fmt::format("{}{}{}", client->platform(), version.empty() ? "" : " ",
                                version.substr(0, version.find('\n')));
  report.device_kind = client->device_kind();
  report.devices = client->device_count();
}

bool has_pjrt() {
  return true;
}

}  // namespace easydel
