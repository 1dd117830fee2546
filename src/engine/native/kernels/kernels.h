// Kernels: the inner loops of the native engine, one table per instruction set.
//
//   const Kernels& kernels = kernels_for(Isa::kAvx2);
//   kernels.rms_norm(x, weight, 1e-5f, 0.0f, out, hidden_size);
//
// Kernels run on one thread over plain pointers; the lowerings split the work. Sources in isa/ are compiled
// once per instruction set with that set's flags, so they include nothing but this file, <cstdint>, <cstddef>,
// intrinsics, and quantization/blocks.h, which keeps to the same rules: an inline library function compiled there could be picked by the linker for code that must
// run everywhere.
#pragma once

#include <cstddef>
#include <cstdint>

namespace easydel {
enum class Isa;
}

namespace easydel::native {

/// Storage of a float operand.
enum class FloatType : uint8_t { kF32, kBF16, kF16 };

constexpr int64_t float_bytes(FloatType type) {
  return type == FloatType::kF32 ? 4 : 2;
}

/// out[m][n] = sum over k of x[m][k] * weight[n][k], plus bias[n]. Strides are in elements. Weights need the
/// alignment of one byte only. With `weight_is_in_out` the weight is weight[k][n], its stride between rows of k.
struct MatmulBlock {
  const void* x = nullptr;
  bool x_is_bf16 = false;  ///< else f32; only where Kernels::rounds_x(weight_type)
  int64_t x_stride = 0;    ///< of bf16 rows: even, with a zero after an odd k
  const void* weight = nullptr;
  FloatType weight_type = FloatType::kF32;
  int64_t weight_stride = 0;
  bool weight_is_in_out = false;
  const float* bias = nullptr;  ///< null for none
  float* out = nullptr;
  int64_t out_stride = 0;
  int64_t m = 0, n = 0, k = 0;
};

/// As MatmulBlock, for a weight in a quantized format (src/quantization): rows of codes, and of scales where the format
/// keeps them apart. Strides are in bytes.
struct QuantizedBlock {
  const void* x =
      nullptr;  ///< f32 [m][k], rows of QuantizedKernels::quantize_x, or groups of PackedProduct::pack_x
  int64_t x_stride = 0;  ///< of a row or a group
  const void* codes = nullptr;
  int64_t codes_stride = 0;
  const void* scales = nullptr;
  int64_t scales_stride = 0;
  const float* bias = nullptr;  ///< null for none
  float* out = nullptr;
  int64_t out_stride = 0;  ///< in floats
  int64_t m = 0, n = 0, k = 0;
};

/// One attention call; see attention() of graph/ops/attention.h for the meaning.
struct AttentionProblem {
  const void* query = nullptr;        ///< [batch, q_len, heads, head_dim]
  const void* key = nullptr;          ///< [batch, kv_len, kv_heads, head_dim]
  const void* value = nullptr;        ///< [batch, kv_len, kv_heads, value_dim]
  const int32_t* key_mask = nullptr;  ///< [batch, kv_len], or null
  const float* bias = nullptr;        ///< [heads, q_len, kv_len], or null
  /// [batch, kv_len, kv_heads], or null: key and value are int8 and multiplied by them, whatever their types say.
  const float *key_scale = nullptr, *value_scale = nullptr;
  FloatType query_type = FloatType::kF32, key_type = FloatType::kF32, value_type = FloatType::kF32;
  int64_t q_len = 0, kv_len = 0, heads = 0, kv_heads = 0, head_dim = 0, value_dim = 0;
  int64_t q_offset = 0;
  int64_t window = 0;  ///< 0: none
  bool causal = true;
  float scale = 1.0f, softcap = 0.0f;
};

/// A block of queries of one key head against a range of keys. Rows are (query, head of the group) pairs:
/// row = (query - q_begin) * (heads / kv_heads) + head in group.
struct AttentionBlock {
  int64_t batch = 0, kv_head = 0;
  int64_t q_begin = 0, q_end = 0;
  int64_t key_begin = 0, key_end = 0;
  bool continues = false;  ///< maximum, sum and accumulator hold what earlier keys gave
  /// Keys with all their heads that will be attended to next: where rows are few, each head fetches its share.
  int64_t next_batch = 0, next_begin = 0, next_end = 0;
  float* maximum = nullptr;      ///< out, [rows]: greatest score, -infinity when no key is visible
  float* sum = nullptr;          ///< out, [rows]: sum of exp(score - maximum)
  float* accumulator = nullptr;  ///< out, [rows][value_dim]: sum of exp(score - maximum) * value
  float* scratch = nullptr;      ///< attention_scratch_floats(rows, ...)
};

enum class ActivationKind : uint8_t {
  kIdentity,
  kSilu,
  kGelu,
  kGeluTanh,
  kQuickGelu,
  kRelu,
  kReluSquared,
  kTanh,
  kSigmoid
};

/// Rows of x that are packed together, side by side.
constexpr int64_t kPackedRows = 16;
/// With at most so many, PackedProduct::multiply() is bound by reading and decoding the weights.
constexpr int64_t kFewPackedRows = 64;
/// Rows of a block that PackedProduct::multiply() takes at most.
constexpr int64_t kMostPackedRows = 512;

/// Products of many rows with a weight that is read in place, in the order of its rows: x is packed instead.
struct PackedProduct {
  int64_t least_rows = 0;  ///< from so many on it is the fastest form; 0: this instruction set lacks it
  int64_t columns = 0;     ///< a block's n is best a multiple of this
  /// A group of at most kPackedRows rows, each of k numbers; `out` is 64-byte aligned and of x_bytes(k).
  void (*pack_x)(FloatType type, const void* x, int64_t rows, void* out, int64_t k);
  int64_t (*x_bytes)(int64_t k);
  /// For at most kMostPackedRows rows; scratch of scratch_floats() for at least as many rows and columns.
  void (*multiply)(const QuantizedBlock& block, float* scratch);
  int64_t (*scratch_floats)(int64_t rows, int64_t columns, int64_t k);
};

/// What each quantized format has.
struct QuantizedKernels {
  /// Makes a row of x, 64-byte aligned and of x_bytes(k), for matmul_few(); null where that takes f32.
  void (*quantize_x)(FloatType type, const void* x, void* out, int64_t k);
  int64_t (*x_bytes)(int64_t k);
  /// As matmul_few() and matmul_many(), with the same panel.
  void (*matmul_few)(const QuantizedBlock& block);
  void (*matmul_many)(const QuantizedBlock& block, float* panel);
  /// Each from its least_rows on; the second one from more.
  PackedProduct packed[2];
  /// One row of weights as f32.
  void (*decode)(const void* codes, const void* scales, float* out, int64_t k);
};

struct Kernels {
  /// True when x must be rounded to bf16 for weights of this type: the products then run on bf16 hardware.
  bool (*rounds_x)(FloatType weight_type);
  /// For few rows of x: reads each weight once, in place.
  void (*matmul_few)(const MatmulBlock& block);
  /// For many rows of x: rearranges weights into panels first. `panel` holds panel_floats floats.
  void (*matmul_many)(const MatmulBlock& block, float* panel);
  int64_t panel_floats;
  int64_t panel_columns;      ///< a block's n is best a multiple of this
  int64_t panel_rows;         ///< and the m of one of many rows of this
  PackedProduct bf16_packed;  ///< of weights in bf16: codes without scales
  QuantizedKernels int8, int4, int4_g64, int4_g128, int4_zp, int4_zp_g64, int4_zp_g128, nf4, fp8_e4m3;
  QuantizedKernels q8_0, q4_0, q4_1, q5_0, q5_1, q4_k, q5_k, q6_k;

  void (*attend)(const AttentionProblem& problem, const AttentionBlock& block);

  void (*to_f32)(FloatType type, const void* x, float* out, int64_t count);
  /// Rounds to nearest, ties to even.
  void (*from_f32)(FloatType type, const float* x, void* out, int64_t count);

  /// One row each. `out` may be `x`.
  void (*rms_norm)(const float* x, const float* weight, float epsilon, float weight_offset, float* out,
                   int64_t count);
  void (*layer_norm)(const float* x, const float* weight, const float* bias, float epsilon, float* out,
                     int64_t count);
  void (*softmax)(const float* x, float* out, int64_t count);
  /// One head: pairs (i, i + rotary) or, interleaved, (2i, 2i + 1) for i < rotary.
  void (*rope)(const float* x, const float* cos, const float* sin, bool interleaved, float* out,
               int64_t rotary, int64_t head_dim);
  void (*activation)(ActivationKind kind, const float* x, float* out, int64_t count);
  void (*gated_activation)(ActivationKind kind, const float* gate, const float* up, float* out,
                           int64_t count);
};

/// Keys that attend() takes at a time; a range of keys is best a multiple of it.
constexpr int64_t kAttentionKeys = 128;
/// Floats that AttentionBlock::scratch needs for blocks of at most `rows` rows.
int64_t attention_scratch_floats(int64_t rows, int64_t head_dim, int64_t value_dim);

/// The kernels of an instruction set; those of the best one below it where this build lacks it.
const Kernels& kernels_for(Isa isa);

}  // namespace easydel::native
