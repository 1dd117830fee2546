#include <cmath>
#include <random>

#include "base/format.h"
#include "graph/ops.h"
#include "unit/ops/op_rows.h"

namespace easydel {
namespace {

using Values = std::vector<Value>;

/// One operand: normal numbers of a float dtype, or given integers.
struct Operand {
  Shape shape;
  std::vector<int32_t> integers;
};

struct CompositeCase {
  std::string name;
  std::vector<Operand> operands;
  std::function<Value(const Values&)> build;
  double tolerance = 1e-5;
};

HostTensor make_operand(const Operand& operand, uint32_t seed) {
  if (!operand.integers.empty()) {
    return HostTensor::from<int32_t>(operand.shape.dims(), std::span<const int32_t>(operand.integers));
  }
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(static_cast<size_t>(operand.shape.elements()));
  for (float& value : values) value = normal(random);
  return HostTensor::from<float>(operand.shape.dims(), std::span<const float>(values))
      .to(operand.shape.dtype());
}

Shape f32(std::initializer_list<int64_t> dims) {
  return {DType::kF32, dims};
}

void add_linear_cases(std::vector<CompositeCase>& cases) {
  // One row, few rows, many rows; inner and outer sizes that are no multiples of any vector.
  for (const DType weight : {DType::kF32, DType::kBF16, DType::kF16}) {
    for (const int64_t rows : {1, 3, 7, 50, 130}) {
      for (const int64_t inner : {33, 64, 257}) {
        const double tolerance = weight == DType::kBF16 ? 0.02 * std::sqrt(inner) : 1e-5 * std::sqrt(inner);
        cases.push_back({fmt::format("linear {} rows {} inner {}", to_string(weight), rows, inner),
                         {{f32({rows, inner})}, {Shape(weight, {45, inner})}, {Shape(weight, {45})}},
                         [](const Values& x) { return linear(x[0], x[1], x[2]); },
                         tolerance});
        cases.push_back({fmt::format("linear [in, out] {} rows {} inner {}", to_string(weight), rows, inner),
                         {{f32({rows, inner})}, {Shape(weight, {inner, 45})}, {Shape(weight, {45})}},
                         [](const Values& x) { return linear(x[0], x[1], x[2], WeightLayout::kInOut); },
                         tolerance});
      }
    }
    cases.push_back({fmt::format("linear without bias {}", to_string(weight)),
                     {{Shape(DType::kBF16, {2, 5, 40})}, {Shape(weight, {9, 40})}},
                     [](const Values& x) { return linear(x[0], x[1]); },
                     0.1});
  }
}

/// Parts of the int8 format from normal numbers: codes of every size, and scales some of which are zero.
Values int8_parts(Value codes, Value scales) {
  return {convert(round_nearest_even(codes * 50.0), DType::kI8),
          convert(maximum(scales * 0.02, full_like(scales, 0.0)), DType::kF16)};
}

/// Numbers that rounding to int8 by blocks leaves as they are: codes / 64, the first of each block the greatest code.
/// `places` says where in its block a number is.
Value on_int8_grid(Value x, Value places) {
  const Value greatest = full_like(x, 127.0);
  const Value codes = minimum(maximum(round_nearest_even(x * 40.0), negate(greatest)), greatest);
  const Value is_first = compare(places, full_like(places, 0.0), CompareDirection::kEq);
  return select(is_first, greatest, codes) / 64.0;
}

// One row, few rows, many rows; rows of weights that end within a block, a vector and a panel.
void add_quantized_cases(std::vector<CompositeCase>& cases) {
  const quantization::Format& format = quantization::format("int8");
  const auto blocks = [](int64_t inner) { return (inner + 31) / 32; };
  for (const int64_t rows : {1, 3, 7, 50, 131}) {
    for (const int64_t inner : {5, 32, 93, 257, 4100}) {
      std::vector<int32_t> places;
      for (int32_t i = 0; i < inner; ++i) places.push_back(i % 32);
      const auto build = [&format](const Values& x) {
        return quantized_linear(on_int8_grid(x[0], x[4]), format, int8_parts(x[1], x[2]), x[3], DType::kF32);
      };
      cases.push_back(
          {fmt::format("quantized_linear rows {} inner {}", rows, inner),
           {{f32({rows, inner})},
            {f32({75, inner})},
            {f32({75, blocks(inner)})},
            {f32({75})},
            {Shape(DType::kI32, {inner}), places}},
           build,
           (rows <= 64 ? 2e-5 : 1.2e-2) * std::sqrt(inner)});  // many may have their weights rounded to bf16
    }
  }
  for (const DType dtype : {DType::kF32, DType::kBF16, DType::kF16})
    cases.push_back({fmt::format("quantized_linear of any {}", to_string(dtype)),
                     {{Shape(dtype, {2, 5, 40})}, {f32({9, 40})}, {f32({9, 2})}},
                     [&format](const Values& x) {
                       return quantized_linear(x[0], format, int8_parts(x[1], x[2]), {}, DType::kF32);
                     },
                     0.1});
  for (const DType dtype : {DType::kF32, DType::kBF16, DType::kF16})
    cases.push_back(
        {fmt::format("dequantize to {}", to_string(dtype)),
         {{f32({2, 3, 75})}, {f32({2, 3, 3})}},
         [&format, dtype](const Values& x) { return dequantize(format, int8_parts(x[0], x[1]), 75, dtype); },
         dtype == DType::kF32 ? 0 : tolerance_of(dtype)});
}

void add_attention_cases(std::vector<CompositeCase>& cases) {
  struct Variant {
    std::string name;
    int64_t q_len, kv_len, heads, kv_heads, head_dim;
    int32_t offset;
    AttentionAttributes attributes;
    bool biased = false;
  };
  const std::vector<Variant> variants = {
      {"prefill", 37, 37, 6, 2, 32, 0, {.scale = 0.2}},
      {"decode", 1, 160, 6, 2, 64, 130, {.scale = 0.1}},
      {"decode first token", 1, 8, 4, 4, 16, 0, {.scale = 0.1}},
      {"chunk", 20, 300, 4, 1, 40, 200, {.scale = 0.1}},
      {"window", 70, 128, 4, 2, 24, 50, {.scale = 0.3, .sliding_window = 9}},
      {"softcap", 12, 12, 2, 2, 16, 0, {.scale = 1.0, .logit_softcap = 5.0}},
      {"window and softcap",
       40,
       160,
       6,
       2,
       16,
       100,
       {.scale = 1.0, .sliding_window = 50, .logit_softcap = 2.0}},
      {"decode softcap", 1, 160, 4, 2, 32, 130, {.scale = 1.0, .logit_softcap = 3.0}},
      {"not causal", 5, 29, 2, 1, 19, 0, {.scale = 0.2, .causal = false}},
      {"bias", 37, 37, 6, 2, 32, 0, {.scale = 1.0}, true},
      {"bias of a decode", 1, 160, 4, 2, 32, 130, {.scale = 1.0, .logit_softcap = 3.0}, true},
      {"bias, not causal", 5, 29, 2, 1, 19, 0, {.scale = 0.2, .causal = false}, true},
  };
  for (const Variant& v : variants) {
    for (const DType cache : {DType::kF32, DType::kBF16, DType::kF16}) {
      // Rounding moves scores in proportion to their size.
      const bool is_unscaled_bf16 = cache == DType::kBF16 && v.attributes.scale == 1.0;
      for (const bool masked : {false, true}) {
        std::vector<Operand> operands = {{f32({2, v.q_len, v.heads, v.head_dim})},
                                         {Shape(cache, {2, v.kv_len, v.kv_heads, v.head_dim})},
                                         {Shape(cache, {2, v.kv_len, v.kv_heads, v.head_dim})},
                                         {Shape(DType::kI32, {}), {v.offset}}};
        if (masked) {
          std::vector<int32_t> mask(static_cast<size_t>(2 * v.kv_len), 1);
          for (int64_t key = 0; key < v.kv_len / 3 + 1; ++key) mask[static_cast<size_t>(key)] = 0;
          operands.push_back({Shape(DType::kI32, {2, v.kv_len}), mask});
        }
        if (v.biased) operands.push_back({f32({v.heads, v.q_len, v.kv_len})});
        cases.push_back({fmt::format("attention {} {} masked {}", v.name, to_string(cache), masked), operands,
                         [v, masked](const Values& x) {
                           return attention(x[0], x[1], x[2], x[3], masked ? x[4] : Value{}, v.attributes,
                                            v.biased ? x.back() : Value{});
                         },
                         cache == DType::kF32 ? 1e-5
                         : is_unscaled_bf16   ? 4e-2
                                              : 2e-2});
        if (cache != DType::kF32) continue;
        cases.push_back({fmt::format("attention {} int8 masked {}", v.name, masked), operands,
                         [v, masked](const Values& x) {
                           const QuantizedRows key = quantize_rows(x[1]), value = quantize_rows(x[2]);
                           return attention(x[0], key.codes, value.codes, x[3], masked ? x[4] : Value{},
                                            v.attributes, v.biased ? x.back() : Value{},
                                            {key.scales, value.scales});
                         },
                         1e-5});
      }
    }
  }
}

// One row, few rows, rows of which some experts get many; a choice of no expert, and one that is made twice.
void add_expert_cases(std::vector<CompositeCase>& cases) {
  constexpr int64_t kExperts = 3, kHidden = 37, kInner = 21;
  for (const DType dtype : {DType::kF32, DType::kBF16, DType::kF16}) {
    for (const int64_t rows : {1, 6, 90}) {
      std::vector<int32_t> chosen;
      for (int32_t row = 0; row < rows; ++row) chosen.insert(chosen.end(), {row % 2, row % 5 == 0 ? 9 : 2});
      if (rows > 1) chosen[3] = chosen[2];
      std::vector<Operand> operands = {{Shape(dtype, {1, rows, kHidden})},
                                       {f32({1, rows, 2})},
                                       {Shape(DType::kI32, {1, rows, 2}), chosen}};
      for (int64_t expert = 0; expert < kExperts; ++expert) {
        operands.push_back({Shape(dtype, {kInner, kHidden})});
        operands.push_back({Shape(dtype, {kInner, kHidden})});
        operands.push_back({Shape(dtype, {kHidden, kInner})});
      }
      const double tolerance = dtype == DType::kF32 ? 1e-4 : dtype == DType::kF16 ? 2e-3 : 0.05;
      cases.push_back({fmt::format("routed_experts {} rows {}", to_string(dtype), rows), operands,
                       [](const Values& x) {
                         std::vector<ExpertWeights> experts;
                         for (size_t first = 3; first < x.size(); first += 3)
                           experts.push_back({{x[first]}, {x[first + 1]}, {x[first + 2]}});
                         return routed_experts(x[0] * 0.2, x[1], x[2], experts, "silu");
                       },
                       tolerance});
    }
  }
  for (const int64_t rows : {1, 90}) {
    std::vector<int32_t> chosen;
    for (int32_t row = 0; row < rows; ++row) chosen.push_back(row % 4);
    cases.push_back({fmt::format("routed_experts int8 rows {}", rows),
                     {{f32({rows, kHidden})},
                      {f32({rows, 1})},
                      {Shape(DType::kI32, {rows, 1}), chosen},
                      {f32({kInner, kHidden})},
                      {f32({kInner, 2})},
                      {f32({kHidden, kInner})},
                      {f32({kHidden, 1})}},
                     [](const Values& x) {
                       const Values into = int8_parts(x[3], x[4]), back = int8_parts(x[5], x[6]);
                       const std::vector<ExpertWeights> experts(kExperts, {into, into, back});
                       return routed_experts(x[0] * 0.2, x[1], x[2], experts, "silu",
                                             &quantization::format("int8"));
                     },
                     0.5});
  }
}

void add_row_cases(std::vector<CompositeCase>& cases) {
  for (const DType dtype : {DType::kF32, DType::kBF16, DType::kF16}) {
    const double tolerance = tolerance_of(dtype) * 2;
    for (const int64_t size : {1, 19, 64, 577}) {
      const std::vector<Operand> rows = {
          {Shape(dtype, {3, size})}, {Shape(dtype, {size})}, {Shape(dtype, {size})}};
      const std::string suffix = fmt::format(" {} {}", to_string(dtype), size);
      cases.push_back({"rms_norm" + suffix,
                       {rows[0], rows[1]},
                       [](const Values& x) { return rms_norm(x[0], x[1], 1e-5, 1.0); },
                       tolerance});
      cases.push_back({"layer_norm" + suffix, rows,
                       [](const Values& x) { return layer_norm(x[0], x[1], x[2], 1e-5); }, tolerance});
      cases.push_back({"layer_norm plain" + suffix,
                       {rows[0]},
                       [](const Values& x) { return layer_norm(x[0], {}, {}, 1e-5); },
                       tolerance});
      cases.push_back(
          {"softmax" + suffix, {rows[0]}, [](const Values& x) { return softmax(x[0]); }, tolerance});
    }
    for (const std::string_view name : activation_names()) {
      const std::string suffix = fmt::format(" {} {}", name, to_string(dtype));
      cases.push_back({"activation" + suffix,
                       {{Shape(dtype, {5, 41})}},
                       [name](const Values& x) { return activation(x[0] * 3.0, name); },
                       tolerance});
      cases.push_back({"gated_activation" + suffix,
                       {{Shape(dtype, {5, 41})}, {Shape(dtype, {5, 41})}},
                       [name](const Values& x) { return gated_activation(x[0], x[1], name); },
                       tolerance * 2});
    }
    for (const bool interleaved : {false, true})
      cases.push_back({fmt::format("rope {} interleaved {}", to_string(dtype), interleaved),
                       {{Shape(dtype, {2, 3, 4, 22})}, {f32({2, 3, 9})}, {f32({2, 3, 9})}},
                       [interleaved](const Values& x) { return rope(x[0], x[1], x[2], interleaved); },
                       tolerance * 2});
    cases.push_back({fmt::format("quantize_rows codes {}", to_string(dtype)),
                     {{Shape(dtype, {3, 2, 37})}},
                     [](const Values& x) { return quantize_rows(x[0] * 40.0).codes; }});
    cases.push_back({fmt::format("quantize_rows scales {}", to_string(dtype)),
                     {{Shape(dtype, {3, 2, 37})}},
                     [](const Values& x) { return quantize_rows(x[0] * 40.0).scales; }});
    cases.push_back({fmt::format("quantize_rows of zeros {}", to_string(dtype)),
                     {{Shape(dtype, {3, 5})}},
                     [](const Values& x) { return quantize_rows(x[0] * 0.0).scales; }});
    cases.push_back({fmt::format("embedding {}", to_string(dtype)),
                     {{Shape(dtype, {11, 7})}, {Shape(DType::kI32, {2, 3}), {0, 10, 3, 3, -5, 99}}},
                     [](const Values& x) { return embedding(x[0], x[1], DType::kF32); }});
  }
  cases.push_back({"argmax", {{f32({4, 30, 3})}}, [](const Values& x) { return argmax(x[0], 1); }});
  cases.push_back(
      {"cumulative_sum", {{f32({4, 30, 3})}}, [](const Values& x) { return cumulative_sum(x[0], 1); }});
  cases.push_back({"sharding_constraint", {{f32({4, 6})}}, [](const Values& x) {
                     return sharding_constraint(x[0] * 2.0, {{"dp", "fsdp"}, {}});
                   }});
  cases.push_back({"random_bits", {{Shape(DType::kI32, {2}), {1, 2}}}, [](const Values& x) {
                     return random_bits(bitcast_convert(x[0], DType::kU32), std::vector<int64_t>{100});
                   }});
}

}  // namespace

std::vector<OpRow> composite_op_rows() {
  std::vector<CompositeCase> cases;
  add_linear_cases(cases);
  add_quantized_cases(cases);
  add_attention_cases(cases);
  add_expert_cases(cases);
  add_row_cases(cases);
  std::vector<OpRow> rows;
  for (const CompositeCase& c : cases) {
    OpRow row{.name = c.name, .tolerance = c.tolerance};
    for (size_t index = 0; index < c.operands.size(); ++index)
      row.inputs.push_back(make_operand(c.operands[index], static_cast<uint32_t>(index + 1)));
    row.build = [build = c.build](Graph&, const Values& x) { return Values{build(x)}; };
    rows.push_back(std::move(row));
  }
  for (OpRow& row : quantized_op_rows()) rows.push_back(std::move(row));
  return rows;
}

}  // namespace easydel
