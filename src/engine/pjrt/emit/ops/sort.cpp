#include "graph/ops/sort.h"

#include <limits>

#include "base/format.h"
#include "engine/pjrt/emit/emission.h"
#include "engine/pjrt/emit/literal.h"

namespace easydel::pjrt {
namespace {

/// Where a NaN stands among other numbers.
enum class NanPlace : uint8_t { kFirst, kLast };

/// Whether key %a comes before key %b; %c and %d are elements of the payload.
std::string comparator_text(DType keys, DType payload, bool descending, NanPlace nan_place) {
  const std::string key = type_text(Shape(keys, {})), other = type_text(Shape(payload, {}));
  const std::string_view direction = descending ? "GT" : "LT";
  const auto compare = [&](std::string_view result, std::string_view how, std::string_view x,
                           std::string_view y) {
    return fmt::format("        {} = stablehlo.compare {}, {}, {}, {} : ({}, {}) -> tensor<i1>\n", result,
                       how, x, y, comparison_type(keys), key, key);
  };
  std::string text = fmt::format("      ^bb0(%a: {}, %b: {}, %c: {}, %d: {}):\n", key, key, other, other);
  text += compare("%before", direction, "%a", "%b");
  if (!is_float(keys)) return text + "        stablehlo.return %before : tensor<i1>\n";
  const bool first = nan_place == NanPlace::kFirst;
  text += compare("%a_is", first ? "NE" : "EQ", "%a", "%a");
  text += compare("%b_is", first ? "EQ" : "NE", "%b", "%b");
  text += "        %nan = stablehlo.and %a_is, %b_is : tensor<i1>\n";
  text += "        %either = stablehlo.or %before, %nan : tensor<i1>\n";
  return text + "        stablehlo.return %either : tensor<i1>\n";
}

Operands stable_sort(FunctionWriter& writer, const Operand& keys, const Operand& payload, int64_t axis,
                     bool descending, NanPlace nan_place) {
  const std::vector<Shape> results = {keys.shape, payload.shape};
  return writer.generic("stablehlo.sort", {keys, payload},
                        fmt::format("dimension = {} : i64, is_stable = true", axis),
                        comparator_text(keys.dtype(), payload.dtype(), descending, nan_place), results);
}

Operands emit_sort(const EmitCall& call) {
  return stable_sort(call.writer, call.inputs[0], call.inputs[1], call.attributes().get<int64_t>("axis"),
                     call.attributes().get<bool>("descending"), NanPlace::kLast);
}

Operand first_along_last_axis(FunctionWriter& writer, const Operand& x, const Shape& result) {
  std::vector<std::string> ranges;
  for (const int64_t dim : result.dims()) ranges.push_back(fmt::format("0:{}:1", dim));
  return writer.call("stablehlo.slice", {x}, fmt::format(" [{}]", fmt::join(ranges, ", ")), result);
}

/// By a whole stable sort, which is right for every dtype.
Operands top_k_by_sort(const EmitCall& call) {
  const Shape positions = call.inputs[0].shape.with_dtype(DType::kI32);
  const Operand iota = call.writer.define(
      fmt::format("stablehlo.iota dim = {} : {}", positions.rank() - 1, type_text(positions)), positions);
  const Operands sorted =
      stable_sort(call.writer, call.inputs[0], iota, positions.rank() - 1, true, NanPlace::kFirst);
  return {first_along_last_axis(call.writer, sorted[0], call.output(0)),
          first_along_last_axis(call.writer, sorted[1], call.output(1))};
}

// chlo.top_k sorts no more than it must, but orders floats by their bits: -NaN < -0 < 0 < NaN. Zeros and NaNs are
// first made all alike.
Operands emit_top_k(const EmitCall& call) {
  const DType dtype = call.output().dtype();
  const int64_t k = call.attributes().get<int64_t>("k");
  if (k == 0 || !is_float(dtype) || dtype == DType::kF64) return top_k_by_sort(call);
  FunctionWriter& writer = call.writer;
  Operand x = writer.convert(call.inputs[0], DType::kF32);
  const Operand zero = writer.full(0.0, x.shape);
  const Operand nan = writer.full(std::numeric_limits<double>::quiet_NaN(), x.shape);
  x = writer.select(writer.compare("EQ", x, zero), zero, x);
  x = writer.select(writer.compare("NE", x, x), nan, x);
  const std::vector<Shape> results = {call.output(0).with_dtype(DType::kF32), call.output(1)};
  const Operands top = writer.generic("chlo.top_k", {x}, fmt::format("k = {} : i64", k), "", results);
  return {writer.convert(top[0], dtype), top[1]};
}

}  // namespace

void register_sort(EmissionTable& table) {
  table.add(kSortOp, emit_sort);
  table.add(kTopKOp, emit_top_k);
}

}  // namespace easydel::pjrt
