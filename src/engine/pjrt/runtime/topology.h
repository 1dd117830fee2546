// Topology: devices that are described, not here: programs can be compiled for them on any machine.
//
//   NamedValues options;
//   options.add("target_config", read("h200_target_config.txtpb"));
//   options.add("topology", std::string("1x1x8"));
//   const Topology eight(Plugin::load(find_plugin("cuda")), "h200", options);
//   eight.compile(emit_stablehlo(graph), {.device_ids = {0}});
#pragma once

#include <string>

#include "engine/pjrt/compile_options.h"
#include "engine/pjrt/runtime/named_values.h"
#include "engine/pjrt/runtime/plugin.h"

namespace easydel::pjrt {

class Topology {
 public:
  /// Throws Error(kUnsupported) for a plugin that knows no such devices.
  Topology(const Plugin& plugin, const std::string& name, const NamedValues& options);
  ~Topology();
  Topology(const Topology&) = delete;
  Topology& operator=(const Topology&) = delete;

  /// Compiles and drops the result. Throws the compiler's error.
  void compile(const std::string& stablehlo, const CompileOptionsFields& options) const;

 private:
  const Api& api_;
  PJRT_TopologyDescription* topology_ = nullptr;
};

}  // namespace easydel::pjrt
