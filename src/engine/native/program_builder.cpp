#include "engine/native/program_builder.h"

#include <algorithm>
#include <cstring>

#include "base/format.h"
#include "easydel/error.h"
#include "engine/native/lower/linear_group.h"
#include "engine/native/lower/linear_plan.h"
#include "engine/native/storage.h"

namespace easydel::native {
namespace {

constexpr size_t kNone = SIZE_MAX;

}  // namespace

Program::Builder::Builder(Program& program, const std::map<std::string, Buffer, std::less<>>& weights,
                          Isa isa)
    : program_(program), isa_(isa), is_lowered_(static_cast<size_t>(program.graph_.node_count()), false) {
  find_last_uses();
  place_parameters(weights);
}

void Program::Builder::build() {
  for (int32_t index = 0; index < end(); ++index) {
    const OpInfo* op = program_.graph_.node(index).op;
    if (op == &kConstantOp) {
      place_constant(index);
    } else if (op != &kParameterOp) {
      lower_node(index);
    }
  }
  place_outputs();
  finish();
}

void Program::Builder::find_last_uses() {
  const Graph& graph = program_.graph_;
  for (int32_t index = 0; index < end(); ++index) {
    last_use_.emplace_back(graph.node(index).outputs.size(), index);
    buffer_of_.emplace_back(graph.node(index).outputs.size(), kNone);
    for (ValueId input : graph.node(index).inputs) last_use(input) = index;
  }
  for (const Output& output : graph.outputs()) last_use(output.value) = end();
}

size_t Program::Builder::add_fixed(HostTensor tensor) {
  buffers_.push_back(
      {.place = {BufferPlace::Kind::kFixed, program_.fixed_.size()}, .bytes = tensor.bytes().size()});
  program_.fixed_.push_back(std::move(tensor));
  return buffers_.size() - 1;
}

void Program::Builder::place_parameters(const std::map<std::string, Buffer, std::less<>>& weights) {
  for (const Parameter& parameter : program_.graph_.parameters()) {
    const Shape& shape = program_.graph_.shape(parameter.value);
    if (parameter.kind == ParameterKind::kWeight) {
      const auto weight = weights.find(parameter.name);
      if (weight == weights.end())
        throw Error(ErrorCode::kInvalidArgument, "compile",
                    fmt::format("weight \"{}\" is not bound", parameter.name));
      if (weight->second.shape() != shape)
        throw Error(ErrorCode::kShapeMismatch, "compile",
                    fmt::format("weight \"{}\" is {}, the graph wants {}", parameter.name,
                                weight->second.shape(), shape));
      buffer_of(parameter.value) = add_fixed(host_tensor(weight->second, parameter.name));
      program_.report_.weight_bytes += shape.bytes();
    } else {
      buffer_of(parameter.value) = buffers_.size();
      buffers_.push_back({.place = {BufferPlace::Kind::kArgument, program_.arguments_.size()},
                          .bytes = shape.bytes(),
                          .last = last_use(parameter.value),
                          .writable = parameter.kind == ParameterKind::kState});
      program_.arguments_.push_back(&parameter);
    }
  }
}

void Program::Builder::place_constant(int32_t index) {
  buffer_of({index, 0}) = add_fixed(program_.graph_.node(index).literal);
}

size_t Program::Builder::new_arena_buffer(size_t bytes, int32_t first, int32_t last) {
  buffers_.push_back({.place = {BufferPlace::Kind::kArena, buffers_.size()},
                      .bytes = bytes,
                      .first = first,
                      .last = last,
                      .writable = true});
  return buffers_.size() - 1;
}

bool Program::Builder::may_take_over(size_t buffer, int32_t index, size_t bytes) const {
  const BufferRecord& record = buffers_[buffer];
  return record.writable && record.last <= index && record.bytes == bytes;
}

size_t Program::Builder::place_first_output(int32_t index, OutputStorage storage) {
  const Node& node = program_.graph_.node(index);
  const Shape& shape = node.outputs[0];
  const auto operand_buffer = [&](size_t position) { return buffer_of(node.inputs[position]); };
  if (storage == OutputStorage::kAlias) return operand_buffer(0);
  if (storage == OutputStorage::kAnyOperand) {
    for (size_t position = 0; position < node.inputs.size(); ++position)
      if (may_take_over(operand_buffer(position), index, shape.bytes())) return operand_buffer(position);
  }
  if (storage == OutputStorage::kFirstOperand) {
    bool shared = false;
    for (size_t position = 1; position < node.inputs.size(); ++position)
      shared = shared || operand_buffer(position) == operand_buffer(0);
    if (!shared && may_take_over(operand_buffer(0), index, shape.bytes())) return operand_buffer(0);
    const size_t buffer = new_arena_buffer(shape.bytes(), index, index);
    add_copy_step(index, operand_buffer(0), buffer, shape);
    return buffer;
  }
  return new_arena_buffer(shape.bytes(), index, index);
}

std::vector<int32_t> Program::Builder::nodes_of_step(int32_t index) const {
  // A layer's projections of one value stand close together: what is done with the first one lies between.
  constexpr int32_t kNear = 40;
  const Graph& graph = program_.graph_;
  std::vector<int32_t> nodes = {index};
  for (int32_t next = index + 1; next < std::min(end(), index + kNear) && nodes.size() < kMostLinears; ++next)
    if (joins(graph, graph.node(index), graph.node(next))) nodes.push_back(next);
  return nodes;
}

void Program::Builder::lower_node(int32_t index) {
  if (is_lowered_[static_cast<size_t>(index)]) return;
  const Lowering* lowering = lowering_table().find(*program_.graph_.node(index).op);
  if (lowering == nullptr)
    throw Error(ErrorCode::kInternal, "compile",
                fmt::format("the native engine has no lowering of {}", program_.graph_.node(index).op->name));

  const std::vector<int32_t> nodes = nodes_of_step(index);
  for (const int32_t member : nodes) {
    is_lowered_[static_cast<size_t>(member)] = true;
    const Node& node = program_.graph_.node(member);
    for (size_t output = 0; output < node.outputs.size(); ++output) {
      const ValueId id{member, static_cast<int32_t>(output)};
      const size_t buffer = output == 0 && member == index
                                ? place_first_output(index, lowering->storage)
                                : new_arena_buffer(node.outputs[output].bytes(), index, index);
      buffer_of(id) = buffer;
      buffers_[buffer].last = std::max(buffers_[buffer].last, last_use(id));
    }
  }
  if (lowering->storage == OutputStorage::kAlias) return;

  // Operands: those of the first node, then those of the others behind the one that all share.
  std::vector<std::vector<Shape>> shapes;
  std::vector<LowerCall> calls;
  std::vector<ValueId> inputs;
  for (const int32_t member : nodes) {
    const Node& node = program_.graph_.node(member);
    std::vector<Shape>& of_node = shapes.emplace_back();
    for (ValueId input : node.inputs) of_node.push_back(program_.graph_.shape(input));
    inputs.insert(inputs.end(), node.inputs.begin() + (member == index ? 0 : 1), node.inputs.end());
    calls.push_back({node, of_node, isa_, program_.workspace_->pool.threads()});
  }
  StepRecord record{.step = nodes.size() > 1 ? lower_linears(calls) : lowering->lower(calls[0]),
                    .op = program_.graph_.node(index).op->name};
  record.first_input = program_.tensors_.size();
  record.input_count = inputs.size();
  for (ValueId input : inputs) add_tensor(buffer_of(input), program_.graph_.shape(input));
  record.first_output = program_.tensors_.size();
  for (const int32_t member : nodes) {
    const Node& node = program_.graph_.node(member);
    record.output_count += node.outputs.size();
    for (size_t output = 0; output < node.outputs.size(); ++output)
      add_tensor(buffer_of({member, static_cast<int32_t>(output)}), node.outputs[output]);
  }
  scratch_buffer_.push_back(
      record.step.scratch_bytes > 0 ? new_arena_buffer(record.step.scratch_bytes, index, index) : kNone);
  program_.steps_.push_back(std::move(record));
}

size_t Program::Builder::add_tensor(size_t buffer, const Shape& shape) {
  program_.tensors_.push_back({&shape, nullptr});
  tensor_buffer_.push_back(buffer);
  return program_.tensors_.size() - 1;
}

void Program::Builder::add_copy_step(int32_t index, size_t source, size_t target, const Shape& shape) {
  buffers_[target].last = std::max(buffers_[target].last, index);
  StepRecord record{.step = {[](const StepContext& context) {
                      std::memcpy(context.outputs[0].data, context.inputs[0].data,
                                  context.inputs[0].shape->bytes());
                    }}};
  record.first_input = add_tensor(source, shape);
  record.input_count = 1;
  record.first_output = add_tensor(target, shape);
  record.output_count = 1;
  scratch_buffer_.push_back(kNone);
  program_.steps_.push_back(std::move(record));
}

void Program::Builder::place_outputs() {
  const Graph& graph = program_.graph_;
  std::vector<FinalCopy> into_states;
  for (size_t position = 0; position < graph.outputs().size(); ++position) {
    const Output& output = graph.outputs()[position];
    const Shape& shape = graph.shape(output.value);
    const size_t source = buffer_of(output.value);
    if (output.aliased_parameter >= 0) {
      const ValueId state = graph.parameters()[static_cast<size_t>(output.aliased_parameter)].value;
      const size_t target = buffer_of(state);
      program_.output_argument_.push_back(static_cast<int>(buffers_[target].place.index));
      if (source == target) continue;
      size_t from = source;
      if (buffers_[source].place.kind == BufferPlace::Kind::kArgument) {
        // Another state may be written before this one is read: go through the arena.
        from = new_arena_buffer(shape.bytes(), end(), end());
        add_copy_step(end(), source, from, shape);
      }
      into_states.push_back({add_tensor(from, shape), add_tensor(target, shape)});
      continue;
    }
    program_.output_argument_.push_back(-1);
    program_.report_.output_bytes += shape.bytes();
    if (buffers_[source].place.kind == BufferPlace::Kind::kArena) {
      buffers_[source].place = {BufferPlace::Kind::kOutput, position};
    } else {
      const size_t target = buffers_.size();
      buffers_.push_back({.place = {BufferPlace::Kind::kOutput, position}, .bytes = shape.bytes()});
      program_.final_copies_.push_back({add_tensor(source, shape), add_tensor(target, shape)});
    }
  }
  program_.final_copies_.insert(program_.final_copies_.end(), into_states.begin(), into_states.end());
}

void Program::Builder::finish() {
  std::vector<Interval> intervals;
  std::vector<size_t> interval_of(buffers_.size(), kNone);
  for (size_t buffer = 0; buffer < buffers_.size(); ++buffer) {
    if (buffers_[buffer].place.kind != BufferPlace::Kind::kArena) continue;
    interval_of[buffer] = intervals.size();
    intervals.push_back({buffers_[buffer].bytes, buffers_[buffer].first, buffers_[buffer].last});
  }
  const ArenaPlan plan = plan_arena(intervals);
  program_.report_.arena_bytes = plan.peak_bytes;
  program_.report_.unplanned_bytes = plan.unshared_bytes;

  for (size_t tensor = 0; tensor < program_.tensors_.size(); ++tensor) {
    const size_t buffer = tensor_buffer_[tensor];
    const BufferPlace place = buffers_[buffer].place;
    if (place.kind == BufferPlace::Kind::kFixed) {
      // Steps never write to fixed buffers: they are not writable, so no output is placed there.
      program_.tensors_[tensor].data = const_cast<std::byte*>(program_.fixed_[place.index].bytes().data());
    } else {
      const size_t offset = place.kind == BufferPlace::Kind::kArena ? plan.offsets[interval_of[buffer]] : 0;
      program_.patches_.push_back({tensor, place.kind, place.index, offset});
    }
  }
  for (size_t step = 0; step < program_.steps_.size(); ++step) {
    const size_t buffer = scratch_buffer_[step];
    program_.steps_[step].scratch_offset = buffer == kNone ? 0 : plan.offsets[interval_of[buffer]];
  }
}

}  // namespace easydel::native
