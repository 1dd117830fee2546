// Emission: writes a traced graph as StableHLO text, the program form that every PJRT plugin compiles.
//
//   Graph graph;
//   Value x = graph.parameter("x", Shape(DType::kF32, {2, 4}));
//   graph.set_output("y", tanh(x) * 2.0f);
//   std::string text = pjrt::emit_stablehlo(graph);
//   // module @easydel {
//   //   func.func public @main(
//   //       %arg0: tensor<2x4xf32>  // x
//   //   ) -> (
//   //       tensor<2x4xf32>  // y
//   //   ) { ...
#pragma once

#include <map>
#include <string>
#include <vector>

#include "easydel/precision.h"
#include "easydel/sharding.h"
#include "engine/pjrt/emit/host_kernels.h"
#include "engine/pjrt/emit/signature.h"
#include "graph/graph.h"

namespace easydel::pjrt {

struct EmitOptions {
  Mesh mesh;  ///< one device: no sharding is emitted; more: Shardy (use_shardy_partitioner must be set)
  /// By parameter name; parameters without one are replicated.
  std::map<std::string, PartitionSpec, std::less<>> parameter_specs;
  /// By output name; without one: that of the aliased state, else replicated.
  std::map<std::string, PartitionSpec, std::less<>> output_specs;
  /// Parameters that share an argument (signature.h); empty: each has its own, and layers stand one behind the other.
  /// With stacks, layers that compute the same become a while loop.
  std::vector<LayerStack> stacks;
  /// What XLA's CPU backend calls instead of computing it itself; null: everything is written as StableHLO.
  HostKernels* host_kernels = nullptr;
  Precision precision = Precision::kHighest;  ///< of products of f32
};

/// The module's text. Its function @main takes every parameter in the order of Graph::parameters(), weights too,
/// and returns the outputs in the order of Graph::outputs(); a stack stands where its first member would, a sharding
/// leaves its rows whole. The state that an output takes over carries `tf.aliasing_output`. Composites without a direct form are decomposed. The text keeps to forms that StableHLO
/// 1.13 and 1.20 both read. Throws Error(kUnsupported) naming the op that has no emission, and
/// Error(kInvalidArgument) or Error(kShapeMismatch) naming the parameter or output whose spec does not fit.
std::string emit_stablehlo(const Graph& graph, const EmitOptions& options = {});

}  // namespace easydel::pjrt
