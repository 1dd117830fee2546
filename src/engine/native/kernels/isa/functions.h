// What each source of isa/ defines for the instruction set that it is compiled for.
#pragma once

#include "engine/native/kernels/kernels.h"

namespace easydel::native::EASYDEL_KERNEL_ISA {

bool rounds_x(FloatType weight_type);
void matmul_few(const MatmulBlock& block);
/// matmul_few() of x in f32 with a weight of int8, whatever its type says.
void matmul_few_bytes(const MatmulBlock& block);
/// matmul_few() of a weight that is [in, out].
void matmul_few_in_out(const MatmulBlock& block);
void matmul_many(const MatmulBlock& block, float* panel);
int64_t panel_floats();
int64_t panel_columns();
int64_t panel_rows();
/// Those of every quantized format, in f32.
void add_decoded_kernels(Kernels& table);
/// Integer dot products in place of matmul_few(), for the formats that have them.
void add_code_kernels(Kernels& table);
/// Products with packed x.
void add_packed_kernels(Kernels& table);
void attend(const AttentionProblem& problem, const AttentionBlock& block);
void to_f32(FloatType type, const void* x, float* out, int64_t count);
void from_f32(FloatType type, const float* x, void* out, int64_t count);
void rms_norm(const float* x, const float* weight, float epsilon, float weight_offset, float* out,
              int64_t count);
void layer_norm(const float* x, const float* weight, const float* bias, float epsilon, float* out,
                int64_t count);
void softmax(const float* x, float* out, int64_t count);
void rope(const float* x, const float* cos, const float* sin, bool interleaved, float* out, int64_t rotary,
          int64_t head_dim);
void activation(ActivationKind kind, const float* x, float* out, int64_t count);
void gated_activation(ActivationKind kind, const float* gate, const float* up, float* out, int64_t count);

}  // namespace easydel::native::EASYDEL_KERNEL_ISA
