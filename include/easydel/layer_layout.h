// LayerLayout: how the PJRT engine writes the layers of a model for XLA.
//
//   easydel::EngineOptions{.engine = "pjrt:cuda", .layers = easydel::LayerLayout::kUnrolled};
#pragma once

#include <cstdint>

namespace easydel {

/// Layers that compute the same may be one loop over their weights in stacks. Compiling then takes as long as one layer
/// does, however many there are. One behind the other, XLA can plan across layers and reads each weight where it lies.
enum class LayerLayout : uint8_t {
  kAuto,  ///< kUnrolled on CPU plugins, where a loop costs speed; kLoop on accelerators, where it costs none to tell
  kUnrolled,  ///< one behind the other
  kLoop,      ///< one loop for each run of equal layers; layers that are not equal stay one behind the other
};

}  // namespace easydel
