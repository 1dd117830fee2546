// What the kernel tests share: random operands in every storage type, and the instruction sets of this CPU.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "base/cpu_features.h"
#include "easydel/dtype.h"
#include "engine/native/kernels/kernels.h"

namespace easydel::native {

inline std::vector<Isa> tested_isas() {
  std::vector<Isa> isas;
  for (const Isa isa : all_isas())
    if (isa <= detected_isa()) isas.push_back(isa);
  return isas;
}

constexpr FloatType kFloatTypes[] = {FloatType::kF32, FloatType::kBF16, FloatType::kF16};

inline std::string type_name(FloatType type) {
  return type == FloatType::kF32 ? "f32" : type == FloatType::kBF16 ? "bf16" : "f16";
}

inline std::vector<float> random_floats(int64_t count, uint32_t seed, float scale = 1.0f) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(0.0f, scale);
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = normal(generator);
  return values;
}

inline float bf16_rounded(float value) {
  return static_cast<float>(BFloat16(value));
}

/// Values stored as `type`, at an address that is aligned to nothing, and what they read back as.
class StoredFloats {
 public:
  StoredFloats(const std::vector<float>& values, FloatType type, size_t misalignment = 0)
      : offset_(misalignment) {
    bytes_.resize(values.size() * static_cast<size_t>(float_bytes(type)) + offset_);
    for (size_t i = 0; i < values.size(); ++i) {
      if (type == FloatType::kF32) {
        put(i, values[i]);
        values_.push_back(values[i]);
      } else if (type == FloatType::kBF16) {
        put(i, BFloat16(values[i]));
        values_.push_back(bf16_rounded(values[i]));
      } else {
        put(i, Float16(values[i]));
        values_.push_back(static_cast<float>(Float16(values[i])));
      }
    }
  }
  const std::byte* data() const { return bytes_.data() + offset_; }
  std::byte* data() { return bytes_.data() + offset_; }
  const std::vector<float>& values() const { return values_; }

 private:
  template <typename T>
  void put(size_t index, T value) {
    std::memcpy(bytes_.data() + offset_ + index * sizeof value, &value, sizeof value);
  }
  size_t offset_;
  std::vector<std::byte> bytes_;
  std::vector<float> values_;
};

/// Runs as one test per instruction set.
class KernelTest : public testing::TestWithParam<Isa> {
 protected:
  const Kernels& kernels_ = kernels_for(GetParam());
};

inline std::string isa_test_name(const testing::TestParamInfo<Isa>& info) {
  return std::string(to_string(info.param));
}

#define EASYDEL_FOR_EACH_ISA(Fixture) \
  INSTANTIATE_TEST_SUITE_P(Isas, Fixture, testing::ValuesIn(tested_isas()), isa_test_name)

}  // namespace easydel::native
