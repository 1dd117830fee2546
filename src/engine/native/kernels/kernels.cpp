#include "engine/native/kernels/kernels.h"

#include <algorithm>

#include "base/cpu_features.h"

namespace easydel::native {

namespace scalar {
Kernels make_table();
}
#if defined(EASYDEL_ARM_KERNELS)
namespace neon {
Kernels make_table();
}
namespace neon_dot {
Kernels make_table();
}
#endif
#if defined(EASYDEL_X86_KERNELS)
namespace avx2 {
Kernels make_table();
}
namespace avx512 {
Kernels make_table();
}
namespace avx512_bf16 {
Kernels make_table();
}
namespace amx {
Kernels make_table();
}
#endif

int64_t attention_scratch_floats(int64_t rows, int64_t head_dim, int64_t value_dim) {
  // Queries, scores, and a panel: of keys [head_dim][columns], or of the last columns of values.
  constexpr int64_t kMostPanelColumns = 64;
  return rows * (head_dim + kAttentionKeys) +
         std::max({head_dim, value_dim, kAttentionKeys}) * kMostPanelColumns;
}

const Kernels& kernels_for(Isa isa) {
  static const Kernels scalar_table = scalar::make_table();
  // A table is made by code of its own instruction set, so only where the CPU has it.
#if defined(EASYDEL_ARM_KERNELS)
  switch (std::min(isa, detected_isa())) {
    case Isa::kScalar:
      break;
    case Isa::kNeon: {
      static const Kernels table = neon::make_table();
      return table;
    }
    default: {
      static const Kernels table = neon_dot::make_table();
      return table;
    }
  }
#elif defined(EASYDEL_X86_KERNELS)
  switch (std::min(isa, detected_isa())) {
    case Isa::kAmx: {
      static const Kernels table = amx::make_table();
      return table;
    }
    case Isa::kAvx512Bf16: {
      static const Kernels table = avx512_bf16::make_table();
      return table;
    }
    case Isa::kAvx512: {
      static const Kernels table = avx512::make_table();
      return table;
    }
    case Isa::kAvx2: {
      static const Kernels table = avx2::make_table();
      return table;
    }
    default:
      break;
  }
#endif
  return scalar_table;
}

}  // namespace easydel::native
