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

Program::Program(const Graph& graph, const Signature& signature, const CompileOptions& options,
                 std::shared_ptr<const Client> client, LoadedExecutable executable,
                 std::shared_ptr<Stacks> stacks, std::shared_ptr<ProfileLog> profile)
    : client_(std::move(client)),
      output_count_(graph.outputs().size()),
      devices_(options.mesh.device_count()),
      executable_(std::move(executable)),
      stacks_(std::move(stacks)),
      profile_(std::move(profile)) {
  std::map<std::string_view, size_t> places;
  for (const Parameter& parameter : graph.parameters()) {
    if (parameter.kind == ParameterKind::kWeight) continue;
    places[parameter.name] = unbound_++;
    if (parameter.kind == ParameterKind::kInput)
      title_ +=
          fmt::format("{}{} {}", title_.empty() ? "" : ", ", parameter.name, graph.shape(parameter.value));
  }
  for (const Argument& argument : signature.arguments()) {
    const Shape shape = argument.is_stack() ? row_shape(argument.shape) : argument.shape;
    Slot slot{argument.kind, {}, {}};
    for (const std::string& name : argument.members) {
      const auto place = places.find(name);
      slot.members.push_back(
          {name, shape, sharding_of(options, name), place == places.end() ? 0 : place->second});
    }
    if (slot.kind == ParameterKind::kWeight) bind(slot, options);
    slots_.push_back(std::move(slot));
  }
  for (const Result& result : signature.results()) {
    const size_t first = result.outputs.front();
    const int state = graph.outputs()[first].aliased_parameter;
    const std::string& name =
        state < 0 ? graph.outputs()[first].name : graph.parameters()[static_cast<size_t>(state)].name;
    outputs_.push_back(
        {graph.shape(graph.outputs()[first].value), sharding_of(options, name), result.outputs});
  }
}

void Program::bind(Slot& slot, const CompileOptions& options) {
  std::vector<std::shared_ptr<DeviceStorage>> storages;
  for (const Member& member : slot.members) {
    const auto bound = options.bindings.find(member.name);
    if (bound == options.bindings.end())
      throw Error(ErrorCode::kInvalidArgument, "compile",
                  fmt::format("no value is bound to the weight \"{}\"", member.name));
    storages.push_back(checked(member, bound->second));
  }
  const Member& first = slot.members.front();
  slot.weight = storages.size() == 1 ? stacks_->alone(*storages[0], first.shape)
                                     : stacks_->join(storages, first.shape, first.sharding);
}

std::shared_ptr<DeviceStorage> Program::checked(const Member& member, const Buffer& argument) const {
  static_cast<void>(device_storage(argument, member.name));
  auto storage = std::static_pointer_cast<DeviceStorage>(argument.storage());
  if (storage->client() != client_)
    throw Error(ErrorCode::kInvalidArgument, "pjrt engine",
                fmt::format("\"{}\" lies on another engine; upload it to this one", member.name));
  if (argument.shape() != member.shape)
    throw Error(ErrorCode::kShapeMismatch, "run",
                fmt::format("argument \"{}\" is {}, the program was compiled for {}", member.name,
                            argument.shape(), member.shape));
  const int64_t devices = member.sharding.mesh().device_count();
  bool same = storage->sharding().mesh().device_count() == devices;
  for (int64_t device = 0; same && device < devices; ++device)
    same = storage->sharding().slice(member.shape, device) == member.sharding.slice(member.shape, device);
  if (!same)
    throw Error(
        ErrorCode::kShapeMismatch, "run",
        fmt::format(
            "argument \"{}\" is {} on the mesh {}, the program was compiled for {} on {}; upload it in "
            "that sharding",
            member.name, storage->sharding().spec().to_string(), storage->sharding().mesh().to_string(),
            member.sharding.spec().to_string(), member.sharding.mesh().to_string()));
  return storage;
}

std::vector<Buffer> Program::run(std::span<const Buffer> arguments) {
  if (arguments.size() != unbound_)
    throw Error(ErrorCode::kShapeMismatch, "run",
                fmt::format("the program takes {} arguments, got {}", unbound_, arguments.size()));
  const auto devices = static_cast<size_t>(devices_);
  std::vector<std::vector<PJRT_Buffer*>> lists(devices);
  std::vector<std::shared_ptr<DeviceStorage>> states;
  std::vector<std::shared_ptr<const Shards>> kept;  // what the lists point to
  for (const Slot& slot : slots_) {
    std::shared_ptr<const Shards> shards = slot.weight;
    if (shards == nullptr) {
      std::vector<std::shared_ptr<DeviceStorage>> storages;
      for (const Member& member : slot.members) storages.push_back(checked(member, arguments[member.place]));
      const Member& first = slot.members.front();
      shards = storages.size() == 1 ? stacks_->alone(*storages[0], first.shape)
                                    : stacks_->join(storages, first.shape, first.sharding);
      if (slot.kind == ParameterKind::kState) {
        // A state is written in place, and borrowed host memory must not be.
        if (storages[0]->location().borrowed)
          shards = std::make_shared<const Shards>(copy_shards(client_, *shards));
        states.insert(states.end(), storages.begin(), storages.end());
      }
    }
    for (size_t device = 0; device < devices; ++device) lists[device].push_back((*shards)[device].get());
    kept.push_back(std::move(shards));
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
  for (const std::shared_ptr<DeviceStorage>& state : states) state->move_to({});
  return outputs(std::move(produced));
}

std::vector<Buffer> Program::outputs(std::vector<std::vector<DeviceBuffer>> produced) const {
  std::vector<Buffer> buffers(output_count_);
  for (size_t index = 0; index < outputs_.size(); ++index) {
    const Output& output = outputs_[index];
    auto shards = std::make_shared<Shards>();
    for (std::vector<DeviceBuffer>& of_device : produced) shards->push_back(std::move(of_device[index]));
    const auto rows = output.places.size() == 1 ? 0 : std::ssize(output.places);
    int64_t row = 0;
    for (const size_t place : output.places)
      buffers[place] = Buffer(output.shape, std::make_shared<DeviceStorage>(client_, output.sharding,
                                                                            Location{shards, row++, rows}));
  }
  return buffers;
}

MemoryReport Program::memory() const {
  const CompiledMemory compiled = executable_.memory();
  MemoryReport report;
  report.arena_bytes = static_cast<size_t>(compiled.temporary);
  report.unplanned_bytes = report.arena_bytes;
  report.output_bytes = static_cast<size_t>(std::max<int64_t>(compiled.outputs - compiled.aliased, 0));
  for (const Slot& slot : slots_)
    if (slot.weight)
      for (const Member& member : slot.members)
        report.weight_bytes += member.sharding.shard_shape(member.shape).bytes();
  return report;
}

}  // namespace easydel::pjrt
