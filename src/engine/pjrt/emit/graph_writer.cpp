#include "engine/pjrt/emit/graph_writer.h"

#include <algorithm>

#include "base/format.h"
#include "easydel/error.h"
#include "graph/ops/indexing.h"
#include "graph/ops/movement.h"

namespace easydel::pjrt {
namespace {

// Larger constants go into a loop from outside instead of standing in its body.
constexpr size_t kMaxLiteralInside = 4096;

const Shape kIndex(DType::kI32, {});

/// Whether a write into one row can be a write into the stack.
bool is_row_write(const Node& node, ValueId row, const Graph& graph) {
  return node.op == &kDynamicUpdateSliceOp && node.inputs[0] == row &&
         std::all_of(node.inputs.begin() + 2, node.inputs.end(),
                     [&](ValueId start) { return graph.shape(start) == kIndex; });
}

}  // namespace

struct GraphWriter::Body {
  const LayerLoop& loop;
  Operand trip;
  Operands carries;                    // as in the loop
  std::map<size_t, Operand> given;     // by argument: the stacks as the trip finds them
  std::map<size_t, Operand> newest;    // with the rows that the trip has written
  std::set<size_t> written;            // members
  std::map<ValueId, Operand> values;   // of the body's nodes and of invariants
  std::map<LoopMember, Operand> rows;  // numbers
};

GraphWriter::GraphWriter(const Graph& graph, const Signature& signature, const std::vector<LayerLoop>& loops,
                         const WriteOptions& options)
    : graph_(graph),
      signature_(signature),
      loops_(loops),
      options_(options),
      constant_(static_cast<size_t>(graph.node_count())) {
  for (size_t index = 0; index < signature.arguments().size(); ++index)
    arguments_.push_back({fmt::format("%arg{}", index), signature.arguments()[index].shape});
  newest_ = arguments_;
  size_t index = 0;
  for (const Argument& argument : signature.arguments()) {
    if (!argument.is_stack())
      values_[graph.parameters()[*graph.find_parameter(argument.name)].value] = arguments_[index];
    ++index;
  }
  for (const LayerLoop& loop : loops)
    for (const int32_t node : loop.nodes) loop_of_[node] = &loop;
  for (int32_t node = 0; node < graph.node_count(); ++node) {
    const HostTensor& literal = graph.node(node).literal;
    constant_[static_cast<size_t>(node)] = graph.node(node).op != &kParameterOp &&
                                           (literal.empty() || literal.bytes().size() <= kMaxLiteralInside) &&
                                           std::ranges::all_of(graph.node(node).inputs, [&](ValueId input) {
                                             return constant_[static_cast<size_t>(input.node)];
                                           });
  }
  for (const Output& output : graph.outputs()) {
    if (output.aliased_parameter < 0) continue;
    const ValueId state = graph.parameters()[static_cast<size_t>(output.aliased_parameter)].value;
    if (signature.row(state) != nullptr) state_of_.emplace(output.value, state);
  }
}

void GraphWriter::write() {
  const std::vector<bool> outside = nodes_outside();
  for (int32_t node = 0; node < graph_.node_count(); ++node)
    if (outside[static_cast<size_t>(node)]) at({node, 0});
  for (const LayerLoop& loop : loops_) write_loop(loop);
  for (const Result& result : signature_.results()) results_.push_back(write_result(result));
}

/// The nodes that are written outside of loops: all without loops, else those that results and loops need. What only
/// bodies read and make themselves is not among them.
std::vector<bool> GraphWriter::nodes_outside() const {
  std::vector<bool> outside(static_cast<size_t>(graph_.node_count()), loops_.empty());
  const auto need = [&](ValueId value) { outside[static_cast<size_t>(value.node)] = true; };
  for (const Output& output : graph_.outputs()) need(output.value);
  for (const LayerLoop& loop : loops_) {
    for (const LoopCarry& carry : loop.carries) need(carry.initial);
    for (const ValueId value : held_invariants(loop)) need(value);
  }
  for (int32_t node = graph_.node_count() - 1; node >= 0; --node) {
    const auto at = static_cast<size_t>(node);
    if (graph_.node(node).op == &kParameterOp || loop_of_.contains(node)) outside[at] = false;
    if (outside[at]) std::ranges::for_each(graph_.node(node).inputs, need);
  }
  return outside;
}

Operand GraphWriter::at(ValueId value) {
  if (const auto found = values_.find(value); found != values_.end()) return found->second;
  if (const auto loop = loop_of_.find(value.node); loop != loop_of_.end()) {
    write_loop(*loop->second);
  } else if (const StackRow* row = signature_.row(value)) {
    const bool is_old = written_rows_.contains({row->argument, row->row});
    values_[value] =
        read_row(is_old ? arguments_[row->argument] : newest_[row->argument], row_constant(row->row));
  } else {
    write_node(value.node);
  }
  return values_.at(value);
}

void GraphWriter::write_node(int32_t index) {
  const Node& node = graph_.node(index);
  const auto state = state_of_.find({index, 0});
  if (state != state_of_.end() && is_row_write(node, state->second, graph_)) {
    const StackRow& row = *signature_.row(state->second);
    Operands starts;
    for (size_t start = 2; start < node.inputs.size(); ++start) starts.push_back(at(node.inputs[start]));
    const Operand update = at(node.inputs[1]);
    const Operand number = row_constant(row.row);
    newest_[row.argument] = write_row(newest_[row.argument], update, number, std::move(starts));
    written_rows_.insert({row.argument, row.row});
    values_[{index, 0}] = read_row(newest_[row.argument], number);
    return;
  }
  Operands operands;
  for (const ValueId input : node.inputs) operands.push_back(at(input));
  const Operands written = write_op(node, operands);
  for (size_t output = 0; output < written.size(); ++output)
    values_[{index, static_cast<int32_t>(output)}] = written[output];
}

Operands GraphWriter::write_op(const Node& node, const Operands& operands) {
  if (node.op == &kConstantOp) return {writer_.constant(node.literal)};
  if (options_.host_kernels != nullptr && options_.host_kernels->has(node))
    return write_host_call(writer_, *options_.host_kernels, node, operands);
  const Emission emission = emission_table().find(*node.op);
  if (emission == nullptr)
    throw Error(ErrorCode::kUnsupported, std::string(node.op->name),
                "the pjrt engine has no StableHLO form of this op; run on the native engine, or add one to "
                "src/engine/pjrt/emit/ops");
  return emission({node, operands, writer_, options_.mesh, options_.precision});
}

Operand GraphWriter::write_result(const Result& result) {
  if (result.outputs.size() == 1) return at(graph_.outputs()[result.outputs[0]].value);
  const auto argument = static_cast<size_t>(result.argument);
  for (size_t row = 0; row < result.outputs.size(); ++row) {
    const Output& output = graph_.outputs()[result.outputs[row]];
    const ValueId state = graph_.parameters()[static_cast<size_t>(output.aliased_parameter)].value;
    const auto number = static_cast<int64_t>(row);
    if (output.value == state || written_rows_.contains({argument, number})) continue;
    const Operand whole = at(output.value);
    newest_[argument] = write_row(newest_[argument], whole, row_constant(number), {});
    written_rows_.insert({argument, number});
  }
  return newest_[argument];
}

void GraphWriter::write_loop(const LayerLoop& loop) {
  if (!written_loops_.insert(&loop).second) return;
  std::set<size_t> states, stacks;
  for (const LoopUpdate& update : loop.updates) states.insert(loop.members[update.member].argument);
  for (const LoopMember& member : loop.members)
    if (!states.contains(member.argument)) stacks.insert(member.argument);
  const std::vector<ValueId> held = held_invariants(loop);

  Operands initial;
  std::vector<std::string> names;
  const auto add = [&](std::string_view kind, size_t number, const Operand& operand) {
    names.push_back(fmt::format("%{}{}", kind, number));
    initial.push_back(operand);
  };
  for (size_t index = 0; index < loop.carries.size(); ++index)
    add("carry", index, at(loop.carries[index].initial));
  for (const size_t argument : states) add("state", argument, newest_[argument]);
  for (const size_t argument : stacks) add("stack", argument, newest_[argument]);
  for (size_t index = 0; index < held.size(); ++index) add("held", index, at(held[index]));

  const Operands last =
      writer_.counted_loop(loop.trips, initial, names, [&](const Operand& trip, const Operands& values) {
        Body body{loop, trip, {}, {}, {}, {}, {}, {}};
        auto next = values.begin();
        for (size_t index = 0; index < loop.carries.size(); ++index) body.carries.push_back(*next++);
        for (const size_t argument : states) body.given[argument] = *next++;
        for (const size_t argument : stacks) body.given[argument] = *next++;
        for (const ValueId value : held) body.values[value] = *next++;
        body.newest = body.given;

        for (const LoopNode& node : loop.body) write_body_node(body, node);
        for (const LoopUpdate& update : loop.updates) {
          if (body.written.contains(update.member)) continue;
          const LoopMember& member = loop.members[update.member];
          Operand& stack = body.newest[member.argument];
          stack = write_row(stack, body.values.at(update.value), row_index(body, member), {});
        }
        Operands results = values;  // what the body only reads goes on as it is
        auto result = results.begin();
        for (const LoopCarry& carry : loop.carries) *result++ = body.values.at(carry.next);
        for (const size_t argument : states) *result++ = body.newest[argument];
        return results;
      });

  auto result = last.begin();
  for (const LoopCarry& carry : loop.carries) values_[carry.last] = *result++;
  for (const size_t argument : states) newest_[argument] = *result++;
  for (const LoopUpdate& update : loop.updates)
    for (int64_t trip = 0; trip < loop.trips; ++trip)
      written_rows_.insert({loop.members[update.member].argument, loop.members[update.member].row(trip)});
}

void GraphWriter::write_body_node(Body& body, const LoopNode& place) {
  const Node& node = graph_.node(place.node);
  const auto update = std::ranges::find_if(body.loop.updates, [&](const LoopUpdate& candidate) {
    return candidate.value == ValueId{place.node, 0} && place.operands[0].kind == LoopSource::Kind::kMember &&
           place.operands[0].index == candidate.member && is_row_write(node, node.inputs[0], graph_);
  });
  if (update != body.loop.updates.end()) {
    const LoopMember& member = body.loop.members[update->member];
    Operands starts;
    for (size_t start = 2; start < place.operands.size(); ++start)
      starts.push_back(operand_of(body, place.operands[start]));
    const Operand written = operand_of(body, place.operands[1]);
    const Operand row = row_index(body, member);
    Operand& stack = body.newest[member.argument];
    stack = write_row(stack, written, row, std::move(starts));
    body.written.insert(update->member);
    body.values[{place.node, 0}] = read_row(stack, row);
    return;
  }
  Operands operands;
  for (const LoopSource& source : place.operands) operands.push_back(operand_of(body, source));
  const Operands written = write_op(node, operands);
  for (size_t output = 0; output < written.size(); ++output)
    body.values[{place.node, static_cast<int32_t>(output)}] = written[output];
}

Operand GraphWriter::operand_of(Body& body, const LoopSource& source) {
  switch (source.kind) {
    case LoopSource::Kind::kCarry:
      return body.carries[source.index];
    case LoopSource::Kind::kMember: {
      const LoopMember& member = body.loop.members[source.index];
      const auto& stacks = body.written.contains(source.index) ? body.given : body.newest;
      return read_row(stacks.at(member.argument), row_index(body, member));
    }
    case LoopSource::Kind::kBody:
      return body.values.at(source.value);
    case LoopSource::Kind::kInvariant:
      break;
  }
  return invariant(body, source.value);
}

Operand GraphWriter::invariant(Body& body, ValueId value) {
  if (const auto found = body.values.find(value); found != body.values.end()) return found->second;
  Operands operands;
  for (const ValueId input : graph_.node(value).inputs) operands.push_back(invariant(body, input));
  const Operands written = write_op(graph_.node(value), operands);
  for (size_t output = 0; output < written.size(); ++output)
    body.values[{value.node, static_cast<int32_t>(output)}] = written[output];
  return body.values.at(value);
}

Operand GraphWriter::row_index(Body& body, const LoopMember& member) {
  const LoopMember numbers{0, member.first, member.stride};
  if (const auto found = body.rows.find(numbers); found != body.rows.end()) return found->second;
  Operand row = body.trip;
  if (member.stride != 1) row = writer_.same_type("multiply", {row, row_constant(member.stride)});
  if (member.first != 0) row = writer_.same_type("add", {row, row_constant(member.first)});
  return body.rows[numbers] = row;
}

/// Constants and broadcasts: XLA fuses them into what reads them, but would keep them in memory from trip to trip.
bool GraphWriter::is_made_inside(ValueId value) const {
  return constant_[static_cast<size_t>(value.node)] || graph_.node(value).op == &kBroadcastInDimOp;
}

std::vector<ValueId> GraphWriter::held_invariants(const LayerLoop& loop) const {
  std::vector<ValueId> held, open;
  for (const LoopNode& node : loop.body)
    for (const LoopSource& operand : node.operands)
      if (operand.kind == LoopSource::Kind::kInvariant) open.push_back(operand.value);
  for (size_t next = 0; next < open.size(); ++next) {
    const ValueId value = open[next];
    if (is_made_inside(value)) {
      const std::vector<ValueId>& inputs = graph_.node(value).inputs;
      open.insert(open.end(), inputs.begin(), inputs.end());
    } else if (std::ranges::find(held, value) == held.end()) {
      held.push_back(value);
    }
  }
  return held;
}

Operand GraphWriter::row_constant(int64_t row) {
  return writer_.full(static_cast<double>(row), kIndex);
}

Operand GraphWriter::read_row(const Operand& stack, const Operand& row) {
  const Shape shape = row_shape(stack.shape);
  Operands operands = {stack, row};
  if (shape.rank() > 0) operands.insert(operands.end(), static_cast<size_t>(shape.rank()), row_constant(0));
  const Shape one = stacked_shape(shape, 1);
  const Operand slice = writer_.call("stablehlo.dynamic_slice", operands,
                                     fmt::format(", sizes = {}", list_text(one.dims())), one);
  return writer_.reshape(slice, shape.dims());
}

Operand GraphWriter::write_row(const Operand& stack, const Operand& update, const Operand& row,
                               Operands starts) {
  const auto rank = static_cast<size_t>(update.shape.rank());
  if (starts.empty() && rank > 0) starts.assign(rank, row_constant(0));
  Operands operands = {stack, writer_.reshape(update, stacked_shape(update.shape, 1).dims()), row};
  operands.insert(operands.end(), starts.begin(), starts.end());
  return writer_.call("stablehlo.dynamic_update_slice", operands, "", stack.shape);
}

}  // namespace easydel::pjrt
