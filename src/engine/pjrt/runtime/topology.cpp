#include "engine/pjrt/runtime/topology.h"

#include "engine/pjrt/runtime/mlir_program.h"

namespace easydel::pjrt {

Topology::Topology(const Plugin& plugin, const std::string& name, const NamedValues& options)
    : api_(plugin.api()) {
  const std::vector<PJRT_NamedValue> values = options.view();
  auto args = make_args<PJRT_TopologyDescription_Create_Args>();
  args.topology_name = name.data();
  args.topology_name_size = name.size();
  args.create_options = values.data();
  args.num_options = values.size();
  api_.call(&PJRT_Api::PJRT_TopologyDescription_Create, args, "PJRT_TopologyDescription_Create");
  topology_ = args.topology;
}

Topology::~Topology() {
  auto args = make_args<PJRT_TopologyDescription_Destroy_Args>();
  args.topology = topology_;
  api_.call_quietly(&PJRT_Api::PJRT_TopologyDescription_Destroy, args);
}

void Topology::compile(const std::string& stablehlo, const CompileOptionsFields& options) const {
  const std::string encoded = encode_compile_options(options);
  const MlirProgram program(stablehlo);
  auto args = make_args<PJRT_Compile_Args>();
  args.topology = topology_;
  args.program = program.get();
  args.compile_options = encoded.data();
  args.compile_options_size = encoded.size();
  api_.call(&PJRT_Api::PJRT_Compile, args, "PJRT_Compile");
  const Owned<PJRT_Executable> compiled(args.executable, {&api_});
}

}  // namespace easydel::pjrt
