#include "engine/native/program.h"

#include <chrono>
#include <cstring>

#include "base/format.h"
#include "easydel/error.h"
#include "engine/native/program_builder.h"
#include "engine/native/storage.h"

namespace easydel::native {

HostTensor& host_tensor(const Buffer& buffer, std::string_view what) {
  auto* storage = dynamic_cast<HostStorage*>(buffer.storage().get());
  if (storage == nullptr)
    throw Error(ErrorCode::kInvalidArgument, "native engine",
                fmt::format("\"{}\" is no buffer of this engine; upload it first", what));
  return storage->tensor;
}

std::byte* Workspace::reserve(size_t bytes) {
  if (arena.empty() || arena.bytes().size() < bytes) {
    arena = {};  // the old arena goes first, so that both never exist at once
    arena = HostTensor::uninitialized(Shape(DType::kU8, {static_cast<int64_t>(bytes)}));
  }
  return arena.mutable_bytes().data();
}

Program::Program(Graph graph, const std::map<std::string, Buffer, std::less<>>& weights, Isa isa,
                 std::shared_ptr<Workspace> workspace)
    : graph_(std::move(graph)), workspace_(std::move(workspace)) {
  Builder(*this, weights, isa).build();
}

void Program::check_arguments(std::span<const Buffer> arguments) const {
  if (arguments.size() != arguments_.size())
    throw Error(ErrorCode::kShapeMismatch, "run",
                fmt::format("the program takes {} arguments, got {}", arguments_.size(), arguments.size()));
  for (size_t position = 0; position < arguments.size(); ++position) {
    const Shape& wanted = graph_.shape(arguments_[position]->value);
    if (arguments[position].shape() != wanted)
      throw Error(ErrorCode::kShapeMismatch, "run",
                  fmt::format("argument \"{}\" is {}, the program was compiled for {}",
                              arguments_[position]->name, arguments[position].shape(), wanted));
  }
}

StepContext Program::context(const StepRecord& record, std::byte* arena) const {
  const std::span<const Tensor> tensors(tensors_);
  return {tensors.subspan(record.first_input, record.input_count),
          tensors.subspan(record.first_output, record.output_count), arena + record.scratch_offset,
          workspace_->pool};
}

void Program::run_profiled(const StepRecord& record, const StepContext& context) {
  const auto start = std::chrono::steady_clock::now();
  record.step.run(context);
  OpProfile& row =
      workspace_->profile.try_emplace(record.op, OpProfile{std::string(record.op)}).first->second;
  row.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  ++row.calls;
}

std::vector<Buffer> Program::run(std::span<const Buffer> arguments) {
  check_arguments(arguments);
  std::vector<Buffer> outputs;
  for (size_t position = 0; position < graph_.outputs().size(); ++position) {
    const int argument = output_argument_[position];
    outputs.push_back(argument >= 0 ? arguments[static_cast<size_t>(argument)]
                                    : make_buffer(HostTensor::uninitialized(
                                          graph_.shape(graph_.outputs()[position].value))));
  }

  const std::lock_guard lock(workspace_->run_mutex);
  std::byte* arena = workspace_->reserve(report_.arena_bytes);
  for (const Patch& patch : patches_) {
    std::byte*& data = tensors_[patch.tensor].data;
    switch (patch.kind) {
      case BufferPlace::Kind::kArena:
        data = arena + patch.offset;
        break;
      case BufferPlace::Kind::kOutput:
        data = host_tensor(outputs[patch.index], "output").mutable_bytes().data();
        break;
      case BufferPlace::Kind::kArgument: {
        const Parameter& parameter = *arguments_[patch.index];
        HostTensor& tensor = host_tensor(arguments[patch.index], parameter.name);
        // Inputs are only read; a state is written in place and must own its bytes.
        data = parameter.kind == ParameterKind::kState ? tensor.mutable_bytes().data()
                                                       : const_cast<std::byte*>(tensor.bytes().data());
        break;
      }
      case BufferPlace::Kind::kFixed:
        break;
    }
  }

  const ThreadPool::ActiveScope active(workspace_->pool);
  for (const StepRecord& record : steps_) {
    if (workspace_->profiling) {
      run_profiled(record, context(record, arena));
    } else {
      record.step.run(context(record, arena));
    }
  }
  for (const FinalCopy& copy : final_copies_)
    std::memcpy(tensors_[copy.target].data, tensors_[copy.source].data, tensors_[copy.source].shape->bytes());
  return outputs;
}

}  // namespace easydel::native
