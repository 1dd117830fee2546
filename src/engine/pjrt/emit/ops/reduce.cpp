// argmax and cumulative_sum go through their decompositions: XLA fuses the first, and its windowed sums are
// quadratic on a CPU.
#include "graph/ops/reduce.h"

#include "base/format.h"
#include "engine/pjrt/emit/combiner.h"
#include "engine/pjrt/emit/emission.h"

namespace easydel::pjrt {
namespace {

Operands emit_reduce(const EmitCall& call) {
  const auto& axes = call.attributes().get<std::vector<int64_t>>("axes");
  if (axes.empty()) return call.inputs;
  const ReduceKind kind = parse_reduce_kind(call.attributes().get<std::string>("kind"));
  const DType dtype = call.output().dtype();
  const bool rounds = kind == ReduceKind::kSum || kind == ReduceKind::kProduct;
  const DType wide = is_half(dtype) && rounds ? DType::kF32 : dtype;

  const Operand x = call.writer.convert(call.inputs[0], wide);
  const Operand initial = neutral_element(call.writer, kind, wide);
  const Shape result = call.output().with_dtype(wide);
  const Operands reduced =
      call.writer.generic("stablehlo.reduce", {x, initial}, fmt::format("dimensions = {}", array_text(axes)),
                          combiner_text(kind, wide), std::span(&result, 1));
  return {call.writer.convert(reduced[0], dtype)};
}

}  // namespace

void register_reduce(EmissionTable& table) {
  table.add(kReduceOp, emit_reduce);
}

}  // namespace easydel::pjrt
