#include "graph/ops/activation.h"

#include <array>
#include <cmath>
#include <numbers>

#include "base/format.h"
#include "easydel/error.h"
#include "graph/ops/elementwise.h"

namespace easydel {
namespace {

Value gelu_tanh(Value x) {
  const double scale = std::sqrt(2.0 / std::numbers::pi);
  return x * 0.5 * (tanh((x + x * x * x * 0.044715) * scale) + 1.0);
}

struct ActivationRow {
  std::string_view name;
  Value (*apply)(Value x);  // x is f32
};

constexpr std::array<ActivationRow, 9> kRows = {{
    {"silu", [](Value x) { return x * logistic(x); }},
    {"gelu", [](Value x) { return x * 0.5 * (erf(x * std::numbers::sqrt2 * 0.5) + 1.0); }},
    {"gelu_tanh", gelu_tanh},
    {"quick_gelu", [](Value x) { return x * logistic(x * 1.702); }},
    {"relu", [](Value x) { return maximum(x, full_like(x, 0.0)); }},
    {"relu2",
     [](Value x) {
       const Value y = maximum(x, full_like(x, 0.0));
       return y * y;
     }},
    {"tanh", [](Value x) { return tanh(x); }},
    {"sigmoid", [](Value x) { return logistic(x); }},
    {"identity", [](Value x) { return x; }},
}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kAliases = {{
    {"swish", "silu"},
    {"gelu_new", "gelu_tanh"},
    {"gelu_pytorch_tanh", "gelu_tanh"},
    {"gelu_fast", "gelu_tanh"},
    {"gelu_accurate", "gelu_tanh"},
    {"linear", "identity"},
}};

Value apply_activation(Value x, std::string_view function) {
  for (const ActivationRow& row : kRows)
    if (row.name == function) return row.apply(x);
  throw Error(ErrorCode::kInternal, "activation", fmt::format("\"{}\" has no definition", function));
}

std::vector<Shape> infer_activation(const OpCall& call) {
  call.expect_inputs(1);
  if (!is_float(call.inputs[0].dtype())) call.fail("the operand must be a float");
  return {call.inputs[0]};
}

std::vector<Value> decompose_activation(Graph&, std::span<const Value> inputs, const Attributes& attributes) {
  const Value y = apply_activation(convert(inputs[0], DType::kF32), attributes.get<std::string>("function"));
  return {convert(y, inputs[0].dtype())};
}

std::vector<Shape> infer_gated_activation(const OpCall& call) {
  call.expect_inputs(2);
  if (call.inputs[0] != call.inputs[1]) call.fail("gate and up must have one shape and dtype");
  if (!is_float(call.inputs[0].dtype())) call.fail("the operands must be floats");
  return {call.inputs[0]};
}

std::vector<Value> decompose_gated_activation(Graph&, std::span<const Value> inputs,
                                              const Attributes& attributes) {
  const Value gate =
      apply_activation(convert(inputs[0], DType::kF32), attributes.get<std::string>("function"));
  return {convert(gate * convert(inputs[1], DType::kF32), inputs[0].dtype())};
}

}  // namespace

constinit const OpInfo kActivationOp{
    .name = "activation", .infer = infer_activation, .decompose = decompose_activation};
constinit const OpInfo kGatedActivationOp{
    .name = "gated_activation", .infer = infer_gated_activation, .decompose = decompose_gated_activation};

std::span<const OpInfo* const> activation_ops() {
  static constexpr const OpInfo* kOps[] = {&kActivationOp, &kGatedActivationOp};
  return kOps;
}

std::span<const std::string_view> activation_names() {
  static constexpr auto kNames = [] {
    std::array<std::string_view, kRows.size()> names;
    for (size_t row = 0; row < kRows.size(); ++row) names[row] = kRows[row].name;
    return names;
  }();
  return kNames;
}

std::string_view canonical_activation(std::string_view name) {
  for (const auto& [alias, canonical] : kAliases)
    if (name == alias) return canonical;
  for (const std::string_view known : activation_names())
    if (name == known) return known;
  throw Error(
      ErrorCode::kUnsupported, "activation",
      fmt::format(
          "\"{}\" is not a known activation; known: {}, swish, gelu_new, gelu_pytorch_tanh, gelu_fast, "
          "gelu_accurate, linear",
          name, fmt::join(activation_names(), ", ")));
}

Value activation(Value x, std::string_view function) {
  return x.graph().add(kActivationOp, {x}, {{"function", std::string(canonical_activation(function))}});
}

Value gated_activation(Value gate, Value up, std::string_view function) {
  return gate.graph().add(kGatedActivationOp, {gate, up},
                          {{"function", std::string(canonical_activation(function))}});
}

}  // namespace easydel
