// Stands in for runtime/ where the build had no pjrt_c_api.h.
#ifndef EASYDEL_HAS_PJRT
#include "base/format.h"
#include "easydel/error.h"
#include "engine/pjrt/pjrt.h"

namespace easydel {
namespace {

[[noreturn]] void fail(std::string_view plugin) {
  throw Error(
      ErrorCode::kUnsupported, "engine",
      fmt::format("this build has no PJRT engine, so pjrt:{} cannot run: run scripts/fetch_plugin.py cpu (it "
                  "needs Python's pip and the network), then configure and build again",
                  plugin));
}

}  // namespace

std::shared_ptr<Engine> make_pjrt_engine(std::string_view plugin, const EngineConfig& /*config*/) {
  fail(plugin);
}

void describe_plugin(const pjrt::FoundPlugin& found, PluginReport& /*report*/) {
  fail(found.name);
}

bool has_pjrt() {
  return false;
}

}  // namespace easydel
#endif
