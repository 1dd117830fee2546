// Fresh parameters: numbers that depend on the seed, the parameter's name and the element's index alone, so that they
// are the same for any number of threads and on every engine.
//
//   HostTensor tensor = initialize(spec, /*seed=*/0, DType::kF32);
#pragma once

#include <cstdint>

#include "base/thread_pool.h"
#include "easydel/host_tensor.h"
#include "nn/parameters.h"

namespace easydel::nn {

/// As spec.initializer says: zeros, ones, or normal numbers of its standard deviation around 0. `dtype` is a float
/// type. `pool` may be null.
HostTensor initialize(const ParameterSpec& spec, uint64_t seed, DType dtype, ThreadPool* pool = nullptr);

}  // namespace easydel::nn
