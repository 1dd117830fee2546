// Fresh parameters: numbers that depend on the seed, the parameter's name and the element's index alone, so that they
// are the same for any number of threads and on every engine.
//
//   HostTensor tensor = initialize(spec, /*seed=*/0, DType::kF32);
#pragma once

#include <cstdint>
#include <string_view>

#include "base/thread_pool.h"
#include "easydel/host_tensor.h"
#include "nn/parameters.h"

namespace easydel::nn {

/// As spec.initializer says: zeros, ones, or normal numbers of its standard deviation around 0. `dtype` is a float
/// type. `pool` may be null.
HostTensor initialize(const ParameterSpec& spec, uint64_t seed, DType dtype, ThreadPool* pool = nullptr);

/// The rows of initialize() from `first_row` on.
HostTensor initialize_rows(const ParameterSpec& spec, int64_t first_row, uint64_t seed, DType dtype,
                           ThreadPool* pool = nullptr);

/// f32 [count, ...]: rows to stand behind those of `table` [rows, ...], drawn from the normal distribution that has the rows'
/// mean and `spread` squared of their covariance. A new row is the mean plus `spread` times a mixture of all rows'
/// distances from it by normal numbers, which makes exactly that distribution without a matrix of covariances. The
/// numbers depend on the seed, `name` and the table alone. Hewitt 2021, "Initializing new word embeddings for pretrained
/// language models", on why.
HostTensor rows_near_mean(const HostTensor& table, int64_t count, double spread, std::string_view name,
                          uint64_t seed, ThreadPool* pool = nullptr);

}  // namespace easydel::nn
