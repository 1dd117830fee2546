#include "engine/native/kernels/isa/codes_few.h"

#include "engine/native/kernels/isa/functions.h"
#include "engine/native/kernels/isa/readers.h"

namespace easydel::native::EASYDEL_KERNEL_ISA {

void add_code_kernels([[maybe_unused]] Kernels& table) {
#if defined(EASYDEL_KERNEL_BYTE_DOT)
  for_each_reader(table, []<typename Codes>(QuantizedKernels& kernels) {
    kernels.quantize_x = quantize_x<Codes>;
    kernels.x_bytes = QuantizedX<Codes>::bytes;
    kernels.matmul_few = matmul_few_codes<Codes>;
  });
#endif
}

}  // namespace easydel::native::EASYDEL_KERNEL_ISA
