// Normalizations of one row, and rotary embedding of one head. Bound by memory once rows leave the cache;
// rows of a model's width stay in the first-level cache between their passes.
#include "engine/native/kernels/isa/functions.h"
#include "engine/native/kernels/isa/math.h"

namespace easydel::native::EASYDEL_KERNEL_ISA {
namespace {

/// Sum over the row of value(vector), with missing elements of the last vector as zero.
template <typename Value>
float sum_of(const float* x, int64_t count, const Value& value) {
  Vec sums[4] = {zero(), zero(), zero(), zero()};
  int64_t i = 0;
  for (; i + 4 * kWidth <= count; i += 4 * kWidth) {
    for (int j = 0; j < 4; ++j) sums[j] = sums[j] + value(load(x + i + j * kWidth));
  }
  for (; i + kWidth <= count; i += kWidth) sums[0] = sums[0] + value(load(x + i));
  float rest = 0;
  if (i < count) {
    float last[kWidth];
    store(last, value(load_partial(x + i, static_cast<int>(count - i))));
    for (int j = 0; j < count - i; ++j) rest += last[j];
  }
  return reduce_add((sums[0] + sums[1]) + (sums[2] + sums[3])) + rest;
}

}  // namespace

void rms_norm(const float* x, const float* weight, float epsilon, float weight_offset, float* out,
              int64_t count) {
  const float squares = sum_of(x, count, [](Vec v) { return v * v; });
  const Vec scale = set1(1.0f / __builtin_sqrtf(squares / static_cast<float>(count) + epsilon));
  const Vec offset = set1(weight_offset);
  for_vectors(count, [&](int64_t i, int n) {
    store_some(out + i, load_some(x + i, n) * scale * (load_some(weight + i, n) + offset), n);
  });
}

void layer_norm(const float* x, const float* weight, const float* bias, float epsilon, float* out,
                int64_t count) {
  const auto size = static_cast<float>(count);
  const Vec mean = set1(sum_of(x, count, [](Vec v) { return v; }) / size);
  const float variance = sum_of(x, count, [mean](Vec v) { return (v - mean) * (v - mean); }) / size;
  const Vec scale = set1(1.0f / __builtin_sqrtf(variance + epsilon));
  for_vectors(count, [&](int64_t i, int n) {
    Vec y = (load_some(x + i, n) - mean) * scale;
    if (weight != nullptr) y = y * load_some(weight + i, n);
    if (bias != nullptr) y = y + load_some(bias + i, n);
    store_some(out + i, y, n);
  });
}

void softmax(const float* x, float* out, int64_t count) {
  float maximum = -__builtin_inff();
  int64_t i = 0;
  Vec greatest = set1(maximum);
  for (; i + kWidth <= count; i += kWidth) greatest = max(greatest, load(x + i));
  maximum = reduce_max(greatest);
  for (; i < count; ++i) maximum = x[i] > maximum ? x[i] : maximum;
  if (maximum == -__builtin_inff()) {
    // Nothing to weigh: zeros; NaN stays visible.
    for (i = 0; i < count; ++i) out[i] = x[i] == x[i] ? 0.0f : x[i];
    return;
  }
  const Vec shift = set1(maximum);
  for_vectors(count, [&](int64_t j, int n) { store_some(out + j, exp(load_some(x + j, n) - shift), n); });
  const Vec scale = set1(1.0f / sum_of(out, count, [](Vec v) { return v; }));
  for_vectors(count, [&](int64_t j, int n) { store_some(out + j, load_some(out + j, n) * scale, n); });
}

void rope(const float* x, const float* cos, const float* sin, bool interleaved, float* out, int64_t rotary,
          int64_t head_dim) {
  if (interleaved) {
    for (int64_t i = 0; i < rotary; ++i) {
      const float a = x[2 * i];
      const float b = x[2 * i + 1];
      out[2 * i] = a * cos[i] - b * sin[i];
      out[2 * i + 1] = b * cos[i] + a * sin[i];
    }
  } else {
    for_vectors(rotary, [&](int64_t i, int n) {
      const Vec a = load_some(x + i, n);
      const Vec b = load_some(x + rotary + i, n);
      const Vec c = load_some(cos + i, n);
      const Vec s = load_some(sin + i, n);
      store_some(out + i, a * c - b * s, n);
      store_some(out + rotary + i, b * c + a * s, n);
    });
  }
  if (out != x) {
    for (int64_t i = 2 * rotary; i < head_dim; ++i) out[i] = x[i];
  }
}

}  // namespace easydel::native::EASYDEL_KERNEL_ISA
