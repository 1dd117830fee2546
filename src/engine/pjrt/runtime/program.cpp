#include "engine/pjrt/runtime/program.h"

#include <algorithm>
#include <chrono>

#include "base/format.h"
#include "easydel/error.h"

namespace easydel::pjrt {
namespace {

NamedSharding sharding_of(const CompileOptions& options, const std::string& name) {
  const auto found = options.shardings.find(name);
  return {options.mesh, found == options.shardings.end() ? PartitionSpec() : found->second};
}

}  // namespace

Program::Program(const Graph& graph, const CompileOptions& options, std::shared_ptr<const Client> client,
                 LoadedExecutable executable, std::shared_ptr<ProfileLog> profile)
    : client_(std::move(client)),
      devices_(options.mesh.device_count()),
      executable_(std::move(executable)),
      profile_(std::move(profile)) {
  for (const Parameter& parameter : graph.parameters()) {
    Slot slot{parameter.name,
              graph.shape(parameter.value),
              parameter.kind,
              sharding_of(options, parameter.name),
              {}};
    if (parameter.kind == ParameterKind::kWeight) {
      const auto bound = options.bindings.find(parameter.name);
      if (bound == options.bindings.end())
        throw Error(ErrorCode::kInvalidArgument, "compile",
                    fmt::format("no value is bound to the weight \"{}\"", parameter.name));
      slot.weight = checked(slot, bound->second);
    } else {
      ++unbound_;
      if (parameter.kind == ParameterKind::kInput)
        title_ += fmt::format("{}{} {}", title_.empty() ? "" : ", ", slot.name, slot.shape);
    }
    slots_.push_back(std::move(slot));
  }
  for (const Output& output : graph.outputs()) {
    const std::string& state = output.aliased_parameter < 0
                                   ? output.name
                                   : graph.parameters()[static_cast<size_t>(output.aliased_parameter)].name;
    results_.push_back({graph.shape(output.value), sharding_of(options, state)});
  }
}

std::shared_ptr<DeviceStorage> Program::checked(const Slot& slot, const Buffer& argument) const {
  static_cast<void>(device_storage(argument, slot.name));
  auto storage = std::static_pointer_cast<DeviceStorage>(argument.storage());
  if (storage->client != client_)
    throw Error(ErrorCode::kInvalidArgument, "pjrt engine",
                fmt::format("\"{}\" lies on another engine; upload it to this one", slot.name));
  if (argument.shape() != slot.shape)
    throw Error(ErrorCode::kShapeMismatch, "run",
                fmt::format("argument \"{}\" is {}, the program was compiled for {}", slot.name,
                            argument.shape(), slot.shape));
  const int64_t devices = slot.sharding.mesh().device_count();
  bool same = storage->sharding.mesh().device_count() == devices;
  for (int64_t device = 0; same && device < devices; ++device)
    same = storage->sharding.slice(slot.shape, device) == slot.sharding.slice(slot.shape, device);
  if (!same)
    throw Error(
        ErrorCode::kShapeMismatch, "run",
        fmt::format(
            "argument \"{}\" is {} on the mesh {}, the program was compiled for {} on {}; upload it in "
            "that sharding",
            slot.name, storage->sharding.spec().to_string(), storage->sharding.mesh().to_string(),
            slot.sharding.spec().to_string(), slot.sharding.mesh().to_string()));
  return storage;
}

std::vector<Buffer> Program::run(std::span<const Buffer> arguments) {
  if (arguments.size() != unbound_)
    throw Error(ErrorCode::kShapeMismatch, "run",
                fmt::format("the program takes {} arguments, got {}", unbound_, arguments.size()));
  const auto devices = static_cast<size_t>(devices_);
  std::vector<std::vector<PJRT_Buffer*>> lists(devices);
  std::vector<std::shared_ptr<DeviceStorage>> states;
  std::vector<std::vector<DeviceBuffer>> copies;
  size_t next = 0;
  for (const Slot& slot : slots_) {
    const std::shared_ptr<DeviceStorage> storage =
        slot.weight ? slot.weight : checked(slot, arguments[next++]);
    const std::vector<DeviceBuffer>* shards = &storage->shards;
    if (slot.kind == ParameterKind::kState) {
      states.push_back(storage);
      // A state is written in place, and borrowed host memory must not be.
      if (storage->borrowed) shards = &copies.emplace_back(copy_shards(*storage));
    }
    for (size_t device = 0; device < devices; ++device) lists[device].push_back((*shards)[device].get());
  }

  bool profiling = false;
  {
    const std::lock_guard lock(profile_->mutex);
    profiling = profile_->on;
  }
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::vector<DeviceBuffer>> produced = executable_.execute(lists, profiling);
  if (profiling) {
    const std::lock_guard lock(profile_->mutex);
    OpProfile& row = profile_->rows.try_emplace(title_, OpProfile{title_}).first->second;
    row.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    ++row.calls;
  }
  for (const std::shared_ptr<DeviceStorage>& state : states) {
    state->consumed = true;
    state->shards.clear();
  }

  std::vector<Buffer> outputs;
  for (size_t index = 0; index < results_.size(); ++index) {
    auto storage = std::make_shared<DeviceStorage>();
    storage->client = client_;
    storage->sharding = results_[index].sharding;
    for (size_t device = 0; device < devices; ++device)
      storage->shards.push_back(std::move(produced[device][index]));
    outputs.emplace_back(results_[index].shape, std::move(storage));
  }
  return outputs;
}

MemoryReport Program::memory() const {
  const CompiledMemory compiled = executable_.memory();
  MemoryReport report;
  report.arena_bytes = static_cast<size_t>(compiled.temporary);
  report.unplanned_bytes = report.arena_bytes;
  report.output_bytes = static_cast<size_t>(std::max<int64_t>(compiled.outputs - compiled.aliased, 0));
  for (const Slot& slot : slots_)
    if (slot.weight) report.weight_bytes += slot.sharding.shard_shape(slot.shape).bytes();
  return report;
}

}  // namespace easydel::pjrt
