// LayerLayout: how the PJRT engine writes the layers of a model for XLA.
//
//   easydel::EngineOptions{.engine = "pjrt:cuda", .layers = easydel::LayerLayout::kUnrolled};
#pragma once

#include <cstdint>

namespace easydel {

/// Layers that compute the same can be one loop over their weights in stacks. Compiling then takes about as long as one
/// layer does, however many there are. One behind the other, each weight is read where it lies.
enum class LayerLayout : uint8_t {
  kAuto,  ///< kUnrolled on CPU plugins, which widen whole stacks of half floats in a loop; kLoop elsewhere
  kUnrolled,  ///< one behind the other
  kLoop,      ///< a loop for each run of equal layers; others stay one behind the other
};

}  // namespace easydel
