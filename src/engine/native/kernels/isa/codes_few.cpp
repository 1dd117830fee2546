#include "engine/native/kernels/isa/codes_few.h"

#include "engine/native/kernels/isa/functions.h"

namespace easydel::native::EASYDEL_KERNEL_ISA {
#if defined(EASYDEL_KERNEL_BYTE_DOT)
namespace {

template <typename Codes>
void use_codes(QuantizedKernels& kernels) {
  kernels.quantize_x = quantize_x<Codes>;
  kernels.x_bytes = QuantizedX<Codes>::bytes;
  kernels.matmul_few = matmul_few_codes<Codes>;
}

}  // namespace
#endif

void add_code_kernels([[maybe_unused]] Kernels& table) {
#if defined(EASYDEL_KERNEL_BYTE_DOT)
  use_codes<Int8Codes>(table.int8);
  use_codes<Int4Codes<1, false>>(table.int4);
  use_codes<Int4Codes<2, false>>(table.int4_g64);
  use_codes<Int4Codes<4, false>>(table.int4_g128);
  use_codes<Int4Codes<1, true>>(table.int4_zp);
  use_codes<Int4Codes<2, true>>(table.int4_zp_g64);
  use_codes<Int4Codes<4, true>>(table.int4_zp_g128);
  use_codes<Q8_0Codes>(table.q8_0);
  use_codes<Q4_0Codes>(table.q4_0);
  use_codes<Q4_1Codes>(table.q4_1);
  use_codes<Q5_0Codes>(table.q5_0);
  use_codes<Q5_1Codes>(table.q5_1);
#endif
}

}  // namespace easydel::native::EASYDEL_KERNEL_ISA
