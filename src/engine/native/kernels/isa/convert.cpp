// Conversions between f32 and the 16-bit float types. Bound by memory.
#include "engine/native/kernels/isa/functions.h"
#include "engine/native/kernels/isa/simd.h"

namespace easydel::native::EASYDEL_KERNEL_ISA {

void to_f32(FloatType type, const void* x, float* out, int64_t count) {
  with_type(type, [&]<typename T>(const T*) {
    const auto* from = static_cast<const T*>(x);
    for_vectors(count, [&](int64_t i, int n) { store_some(out + i, load_some(from + i, n), n); });
  });
}

void from_f32(FloatType type, const float* x, void* out, int64_t count) {
  with_type(type, [&]<typename T>(const T*) {
    auto* to = static_cast<T*>(out);
    for_vectors(count, [&](int64_t i, int n) { store_some(to + i, load_some(x + i, n), n); });
  });
}

}  // namespace easydel::native::EASYDEL_KERNEL_ISA
