#include "engine/native/kernels/isa/int8.h"

#include "engine/native/kernels/isa/functions.h"

namespace easydel::native::EASYDEL_KERNEL_ISA {
namespace {

void decode(const void* codes, const void* scales, float* out, int64_t k) {
  const auto* from = static_cast<const int8_t*>(codes);
  for (int64_t begin = 0; begin < k; begin += kInt8Block) {
    const Vec scale = set1(reduce_add(load_partial(static_cast<const F16*>(scales) + begin / kInt8Block, 1)));
    const int64_t count = k - begin < kInt8Block ? k - begin : kInt8Block;
    for_vectors(count, [&](int64_t i, int n) {
      store_some(out + begin + i, load_some(from + begin + i, n) * scale, n);
    });
  }
}

}  // namespace

QuantizedKernels int8_kernels() {
  QuantizedKernels kernels{};
  kernels.decode = decode;
#if defined(EASYDEL_KERNEL_BYTE_DOT)
  kernels.quantize_x = int8_quantize_x;
  kernels.x_bytes = Int8Row::bytes;
  kernels.matmul_few = int8_few_dot;
  kernels.matmul_many = int8_many_dot;
#else
  kernels.matmul_few = int8_few_widened;
  kernels.matmul_many = int8_many_widened;
#endif
  return kernels;
}

}  // namespace easydel::native::EASYDEL_KERNEL_ISA
