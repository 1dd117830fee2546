// The formats that have readers.
#pragma once

#include "engine/native/kernels/isa/codes.h"
#include "engine/native/kernels/isa/codes_k.h"

#if defined(EASYDEL_KERNEL_BYTE_DOT)

namespace easydel::native::EASYDEL_KERNEL_ISA {

/// Calls use.operator()<Codes>(kernels) for every format that has a reader.
template <typename Use>
void for_each_reader(Kernels& table, const Use& use) {
  use.template operator()<Int8Codes>(table.int8);
  use.template operator()<Int4Codes<1, false>>(table.int4);
  use.template operator()<Int4Codes<2, false>>(table.int4_g64);
  use.template operator()<Int4Codes<4, false>>(table.int4_g128);
  use.template operator()<Int4Codes<1, true>>(table.int4_zp);
  use.template operator()<Int4Codes<2, true>>(table.int4_zp_g64);
  use.template operator()<Int4Codes<4, true>>(table.int4_zp_g128);
  use.template operator()<Q8_0Codes>(table.q8_0);
  use.template operator()<Q4_0Codes>(table.q4_0);
  use.template operator()<Q4_1Codes>(table.q4_1);
  use.template operator()<Q5_0Codes>(table.q5_0);
  use.template operator()<Q5_1Codes>(table.q5_1);
  use.template operator()<Q4KCodes>(table.q4_k);
  use.template operator()<Q5KCodes>(table.q5_k);
  use.template operator()<Q6KCodes>(table.q6_k);
}

}  // namespace easydel::native::EASYDEL_KERNEL_ISA

#endif
