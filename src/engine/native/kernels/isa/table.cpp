#include "engine/native/kernels/isa/functions.h"

namespace easydel::native::EASYDEL_KERNEL_ISA {

Kernels make_table() {
  Kernels table{};
  table.rounds_x = rounds_x;
  table.matmul_few = matmul_few;
  table.matmul_many = matmul_many;
  table.panel_floats = panel_floats();
  table.panel_columns = panel_columns();
  table.panel_rows = panel_rows();
  add_decoded_kernels(table);
  add_code_kernels(table);
  add_packed_kernels(table);
  table.attend = attend;
  table.to_f32 = to_f32;
  table.from_f32 = from_f32;
  table.rms_norm = rms_norm;
  table.layer_norm = layer_norm;
  table.softmax = softmax;
  table.rope = rope;
  table.activation = activation;
  table.gated_activation = gated_activation;
  return table;
}

}  // namespace easydel::native::EASYDEL_KERNEL_ISA
