#include "nn/initialize.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>

#include "base/format.h"
#include "base/hash.h"
#include "base/threefry.h"
#include "easydel/error.h"

namespace easydel::nn {
namespace {

using Pair = std::array<uint32_t, 2>;

Pair halves(uint64_t value) {
  return {static_cast<uint32_t>(value >> 32), static_cast<uint32_t>(value)};
}

/// Two independent normal numbers from 64 random bits: Box and Muller 1958.
std::array<float, 2> normal_pair(Pair bits) {
  constexpr double kUnit = 1.0 / 4294967296.0;
  const double radius = std::sqrt(-2.0 * std::log((bits[0] + 0.5) * kUnit));
  const double angle = 2 * std::numbers::pi * (bits[1] * kUnit);
  return {static_cast<float>(radius * std::cos(angle)), static_cast<float>(radius * std::sin(angle))};
}

void fill_normal(std::span<float> values, Pair key, double stddev, ThreadPool* pool) {
  const auto size = static_cast<int64_t>(values.size());
  const auto fill = [&](int64_t begin, int64_t end) {
    for (int64_t block = begin; block < end; ++block) {
      const std::array<float, 2> drawn = normal_pair(threefry2x32(key, halves(static_cast<uint64_t>(block))));
      for (int64_t i = 2 * block; i < std::min(2 * block + 2, size); ++i)
        values[static_cast<size_t>(i)] =
            static_cast<float>(stddev * static_cast<double>(drawn[static_cast<size_t>(i % 2)]));
    }
  };
  const int64_t blocks = (size + 1) / 2;
  if (pool == nullptr) return fill(0, blocks);
  pool->parallel_for(blocks, 4096, fill);
}

}  // namespace

HostTensor initialize(const ParameterSpec& spec, uint64_t seed, DType dtype, ThreadPool* pool) {
  if (!is_float(dtype))
    throw Error(ErrorCode::kInvalidArgument, spec.name,
                fmt::format("cannot be initialized as {}; ask for a float type", dtype));
  HostTensor tensor = HostTensor::zeros({DType::kF32, spec.dims});
  const std::span<float> values = tensor.mutable_data<float>();
  switch (spec.initializer.kind) {
    case InitKind::kZeros:
      break;
    case InitKind::kOnes:
      std::fill(values.begin(), values.end(), 1.0f);
      break;
    case InitKind::kNormal:
      fill_normal(values, threefry2x32(halves(seed), halves(fnv1a(spec.name))), spec.initializer.stddev,
                  pool);
      break;
  }
  return tensor.to(dtype);
}

}  // namespace easydel::nn
