#include "graph/ops/indexing.h"

#include <algorithm>

#include "base/format.h"
#include "engine/pjrt/emit/combiner.h"
#include "engine/pjrt/emit/emission.h"

namespace easydel::pjrt {
namespace {

using Dims = std::vector<int64_t>;

/// "offset_dims = [1], ...": the named lists of a gather or scatter; empty ones are left out.
std::string dimension_numbers(const EmitCall& call, std::initializer_list<std::string_view> lists) {
  std::vector<std::string> parts;
  for (const std::string_view list : lists) {
    const Dims& dims = call.attributes().get<Dims>(list);
    if (!dims.empty()) parts.push_back(fmt::format("{} = {}", list, list_text(dims)));
  }
  parts.push_back(fmt::format("index_vector_dim = {}", call.attributes().get<int64_t>("index_vector_dim")));
  return fmt::format("{}", fmt::join(parts, ", "));
}

Operands emit_gather(const EmitCall& call) {
  const std::string properties =
      fmt::format("dimension_numbers = #stablehlo.gather<{}>, indices_are_sorted = false, slice_sizes = {}",
                  dimension_numbers(call, {"offset_dims", "collapsed_slice_dims", "start_index_map"}),
                  array_text(call.attributes().get<Dims>("slice_sizes")));
  return call.writer.generic("stablehlo.gather", call.inputs, properties, "", std::span(&call.output(), 1));
}

Operands emit_scatter(const EmitCall& call) {
  const std::string properties = fmt::format(
      "indices_are_sorted = false, scatter_dimension_numbers = #stablehlo.scatter<{}>, unique_indices = "
      "false",
      dimension_numbers(call,
                        {"update_window_dims", "inserted_window_dims", "scatter_dims_to_operand_dims"}));
  const ReduceKind kind = parse_reduce_kind(call.attributes().get<std::string>("kind"));
  return call.writer.generic("stablehlo.scatter", call.inputs, properties,
                             combiner_text(kind, call.output().dtype()), std::span(&call.output(), 1));
}

/// The operands with starts (from `first` on) of one dtype, as StableHLO wants them.
Operands with_equal_starts(const EmitCall& call, size_t first) {
  Operands operands = call.inputs;
  const bool has_wide = std::any_of(operands.begin() + static_cast<std::ptrdiff_t>(first), operands.end(),
                                    [](const Operand& start) { return start.dtype() == DType::kI64; });
  for (size_t index = first; has_wide && index < operands.size(); ++index)
    operands[index] = call.writer.convert(operands[index], DType::kI64);
  return operands;
}

Operands emit_dynamic_slice(const EmitCall& call) {
  const std::string arguments = fmt::format(", sizes = {}", list_text(call.attributes().get<Dims>("sizes")));
  return {call.writer.call("stablehlo.dynamic_slice", with_equal_starts(call, 1), arguments, call.output())};
}

Operands emit_dynamic_update_slice(const EmitCall& call) {
  return {call.writer.call("stablehlo.dynamic_update_slice", with_equal_starts(call, 2), "", call.output())};
}

}  // namespace

void register_indexing(EmissionTable& table) {
  table.add(kGatherOp, emit_gather);
  table.add(kScatterOp, emit_scatter);
  table.add(kDynamicSliceOp, emit_dynamic_slice);
  table.add(kDynamicUpdateSliceOp, emit_dynamic_update_slice);
}

}  // namespace easydel::pjrt
