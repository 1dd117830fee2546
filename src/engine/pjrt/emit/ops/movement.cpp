#include "graph/ops/movement.h"

#include "base/format.h"
#include "engine/pjrt/emit/emission.h"
#include "engine/pjrt/emit/literal.h"

namespace easydel::pjrt {
namespace {

using Dims = std::vector<int64_t>;

Operands emit_iota(const EmitCall& call) {
  return {call.writer.define(fmt::format("stablehlo.iota dim = {} : {}",
                                         call.attributes().get<int64_t>("axis"), type_text(call.output())),
                             call.output())};
}

Operands emit_broadcast_in_dim(const EmitCall& call) {
  const std::string arguments =
      fmt::format(", dims = {}", list_text(call.attributes().get<Dims>("dims_map")));
  return {call.writer.call("stablehlo.broadcast_in_dim", call.inputs, arguments, call.output())};
}

Operands emit_reshape(const EmitCall& call) {
  return {call.writer.reshape(call.inputs[0], call.output().dims())};
}

Operands emit_transpose(const EmitCall& call) {
  const std::string arguments =
      fmt::format(", dims = {}", list_text(call.attributes().get<Dims>("permutation")));
  return {call.writer.call("stablehlo.transpose", call.inputs, arguments, call.output())};
}

Operands emit_slice(const EmitCall& call) {
  const Dims& start = call.attributes().get<Dims>("start");
  const Dims& limit = call.attributes().get<Dims>("limit");
  const Dims& strides = call.attributes().get<Dims>("strides");
  std::vector<std::string> ranges;
  for (size_t axis = 0; axis < start.size(); ++axis)
    ranges.push_back(fmt::format("{}:{}:{}", start[axis], limit[axis], strides[axis]));
  return {call.writer.call("stablehlo.slice", call.inputs, fmt::format(" [{}]", fmt::join(ranges, ", ")),
                           call.output())};
}

Operands emit_pad(const EmitCall& call) {
  const std::string arguments = fmt::format(
      ", low = {}, high = {}, interior = {}", list_text(call.attributes().get<Dims>("low")),
      list_text(call.attributes().get<Dims>("high")), list_text(call.attributes().get<Dims>("interior")));
  return {call.writer.call("stablehlo.pad", call.inputs, arguments, call.output())};
}

Operands emit_concatenate(const EmitCall& call) {
  const std::string arguments = fmt::format(", dim = {}", call.attributes().get<int64_t>("axis"));
  return {call.writer.call("stablehlo.concatenate", call.inputs, arguments, call.output())};
}

Operands emit_reverse(const EmitCall& call) {
  const std::string axes = list_text(call.attributes().get<Dims>("axes"));
  return {call.writer.define(fmt::format("stablehlo.reverse {}, dims = {} : {}", call.inputs[0].name, axes,
                                         type_text(call.output())),
                             call.output())};
}

}  // namespace

void register_movement(EmissionTable& table) {
  table.add(kIotaOp, emit_iota);
  table.add(kBroadcastInDimOp, emit_broadcast_in_dim);
  table.add(kReshapeOp, emit_reshape);
  table.add(kTransposeOp, emit_transpose);
  table.add(kSliceOp, emit_slice);
  table.add(kPadOp, emit_pad);
  table.add(kConcatenateOp, emit_concatenate);
  table.add(kReverseOp, emit_reverse);
}

}  // namespace easydel::pjrt
