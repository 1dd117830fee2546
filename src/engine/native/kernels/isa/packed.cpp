// Which weights are multiplied with packed x.
#include "engine/native/kernels/isa/functions.h"
#include "engine/native/kernels/isa/packed_byte_tiles.h"
#include "engine/native/kernels/isa/packed_dot.h"
#include "engine/native/kernels/isa/packed_tiles.h"

namespace easydel::native::EASYDEL_KERNEL_ISA {
namespace {

#if defined(EASYDEL_KERNEL_TILES)
template <typename Rows>
PackedProduct tiled_product(int64_t least_rows) {
  using Form = TiledProduct<Rows>;
  return {least_rows,    Form::kColumns,          pack_tiled_x,
          tiled_x_bytes, multiply_on_tiles<Rows>, packed_scratch_floats<Form>};
}
template <typename Codes>
void use_packed(QuantizedKernels& kernels) {
  using Form = ByteTiledProduct<Codes>;
  kernels.packed[0] = {5,
                       2 * Form::kColumns,
                       pack_x_codes<Form::Columns::kSumFactor>,
                       PackedCodes::bytes,
                       multiply_on_byte_tiles<Codes>,
                       packed_scratch_floats<Form>};
  kernels.packed[1] = tiled_product<DecodedRows<Codes>>(kFewPackedRows + 1);
}
#elif defined(EASYDEL_KERNEL_PACKED_DOT)
template <typename Codes>
void use_packed(QuantizedKernels& kernels) {
  using Form = PackedDotProduct<Codes>;
  kernels.packed[0] = {8,
                       2 * Form::kColumns,
                       pack_x_codes<Form::Columns::kSumFactor>,
                       PackedCodes::bytes,
                       multiply_packed_x<Form>,
                       packed_scratch_floats<Form>};
}
#endif

}  // namespace

void add_packed_kernels([[maybe_unused]] Kernels& table) {
#if defined(EASYDEL_KERNEL_TILES)
  table.bf16_packed = tiled_product<Bf16Rows>(4);
#endif
#if defined(EASYDEL_KERNEL_PACKED_DOT)
  use_packed<Int8Codes>(table.int8);
  use_packed<Int4Codes<1, false>>(table.int4);
  use_packed<Int4Codes<2, false>>(table.int4_g64);
  use_packed<Int4Codes<4, false>>(table.int4_g128);
  use_packed<Int4Codes<1, true>>(table.int4_zp);
  use_packed<Int4Codes<2, true>>(table.int4_zp_g64);
  use_packed<Int4Codes<4, true>>(table.int4_zp_g128);
  use_packed<Q8_0Codes>(table.q8_0);
  use_packed<Q4_0Codes>(table.q4_0);
  use_packed<Q4_1Codes>(table.q4_1);
  use_packed<Q5_0Codes>(table.q5_0);
  use_packed<Q5_1Codes>(table.q5_1);
#endif
}

}  // namespace easydel::native::EASYDEL_KERNEL_ISA
