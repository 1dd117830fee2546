// HostKernels: kernels of this process that a program calls back for, where XLA's own code for an op is slow. A call is
// a `stablehlo.custom_call` that carries the kernel's key; XLA knows nothing else of it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/pjrt/emit/function_writer.h"
#include "graph/graph.h"

namespace easydel::pjrt {

/// The one target of all calls, as it is registered with the plugin.
constexpr std::string_view kHostKernelTarget = "easydel.kernel";
/// The attribute of a call that holds the key.
constexpr std::string_view kHostKernelKey = "kernel";

class HostKernels {
 public:
  virtual ~HostKernels() = default;
  /// Whether the node is to be a call.
  virtual bool has(const Node& node) const = 0;
  /// Makes the kernel of a node ready and returns its key: the same text for the same work in every process.
  virtual std::string prepare(const Node& node, std::span<const Shape> operands) = 0;
};

/// Writes the node as a call and returns its results.
Operands write_host_call(FunctionWriter& writer, HostKernels& kernels, const Node& node,
                         const Operands& operands);

}  // namespace easydel::pjrt
