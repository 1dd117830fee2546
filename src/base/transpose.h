// Transposed copies of host tensors.
//
//   HostTensor kernel = swap_last_axes(weight);   // [out, in] -> [in, out]
#pragma once

#include "easydel/host_tensor.h"

namespace easydel {

/// A copy of a tensor of rank 2 or more with its last two axes swapped.
HostTensor swap_last_axes(const HostTensor& tensor);
/// Its shape. Error(kShapeMismatch) for a rank below 2.
Shape swap_last_axes(const Shape& shape);

}  // namespace easydel
