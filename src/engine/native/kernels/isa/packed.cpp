// Which weights are multiplied with packed x. The least rows are where each form overtakes the one before (measured).
#include "engine/native/kernels/isa/functions.h"
#include "engine/native/kernels/isa/packed_byte_tiles.h"
#include "engine/native/kernels/isa/packed_dot.h"
#include "engine/native/kernels/isa/packed_tiles.h"
#include "engine/native/kernels/isa/readers.h"

namespace easydel::native::EASYDEL_KERNEL_ISA {
#if defined(EASYDEL_KERNEL_BYTE_DOT)
namespace {

template <typename Form>
PackedProduct packed_product(int64_t least_rows) {
  return {least_rows,    Form::kBlockColumns,     Form::pack_x,
          Form::x_bytes, multiply_packed_x<Form>, packed_scratch_floats<Form>};
}

}  // namespace
#endif

void add_packed_kernels([[maybe_unused]] Kernels& table) {
#if defined(EASYDEL_KERNEL_TILES)
  table.bf16_packed = packed_product<TiledProduct<Bf16Rows>>(4);
  for_each_reader(table, []<typename Codes>(QuantizedKernels& kernels) {
    kernels.packed[0] = packed_product<ByteTiledProduct<Codes>>(5);
    kernels.packed[1] = packed_product<TiledProduct<DecodedRows<Codes>>>(kFewPackedRows + 1);
  });
#elif defined(EASYDEL_KERNEL_BYTE_DOT)
  for_each_reader(table, []<typename Codes>(QuantizedKernels& kernels) {
    kernels.packed[0] = packed_product<PackedDotProduct<Codes>>(8);
  });
#endif
}

}  // namespace easydel::native::EASYDEL_KERNEL_ISA
