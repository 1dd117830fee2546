#include "engine/pjrt/runtime/stacks.h"

#include <algorithm>

#include "base/format.h"
#include "engine/pjrt/emit/emit.h"
#include "graph/ops.h"

namespace easydel::pjrt {
namespace {

constexpr const char* kResult = "result";

Graph join_graph(const Shape& shape, size_t members) {
  Graph graph;
  std::vector<Value> rows;
  for (size_t member = 0; member < members; ++member)
    rows.push_back(
        reshape(graph.parameter(fmt::format("row{}", member), shape), stacked_shape(shape, 1).dims()));
  graph.set_output(kResult, concatenate(rows, 0));
  return graph;
}

Graph row_graph(const Shape& shape, int64_t rows) {
  Graph graph;
  const Value stack = graph.parameter("stack", stacked_shape(shape, rows));
  std::vector<Value> starts = {graph.parameter("row", Shape(DType::kI32, {}))};
  while (starts.size() < static_cast<size_t>(stack.rank())) starts.push_back(scalar(graph, 0, DType::kI32));
  const Value row = dynamic_slice(stack, starts, stacked_shape(shape, 1).dims());
  graph.set_output(kResult, reshape(row, shape.dims()));
  return graph;
}

/// Whether members are the rows of one stack, in order and without others.
bool is_stack(std::span<const Location> members) {
  for (size_t row = 0; row < members.size(); ++row)
    if (members[row].shards != members[0].shards || members[row].row != static_cast<int64_t>(row) ||
        members[row].rows != static_cast<int64_t>(members.size()))
      return false;
  return true;
}

}  // namespace

std::shared_ptr<const Shards> Stacks::join(std::span<const std::shared_ptr<DeviceStorage>> members,
                                           const Shape& shape, const NamedSharding& sharding) {
  const auto locations_now = [&] {
    std::vector<Location> locations;
    for (const std::shared_ptr<DeviceStorage>& member : members) locations.push_back(member->location());
    return locations;
  };
  std::vector<Location> locations = locations_now();
  if (is_stack(locations)) return locations[0].shards;
  const std::lock_guard lock(mutex_);
  locations = locations_now();  // another thread may have been faster
  if (is_stack(locations)) return locations[0].shards;

  std::vector<std::shared_ptr<const Shards>> rows;
  rows.reserve(locations.size());
  for (const Location& location : locations) rows.push_back(alone_at(location, shape, sharding));
  const NamedSharding stacked(sharding.mesh(), stacked_spec(sharding.spec()));
  auto stack =
      std::make_shared<const Shards>(run(join_graph(shape, members.size()), sharding, stacked, rows));
  for (size_t row = 0; row < members.size(); ++row)
    members[row]->move_to({stack, static_cast<int64_t>(row), static_cast<int64_t>(members.size())});
  return stack;
}

std::shared_ptr<const Shards> Stacks::alone(const DeviceStorage& storage, const Shape& shape) {
  const Location location = storage.location();
  if (!location.is_row()) return location.shards;
  const std::lock_guard lock(mutex_);
  return alone_at(location, shape, storage.sharding());
}

std::shared_ptr<const Shards> Stacks::alone_at(const Location& location, const Shape& shape,
                                               const NamedSharding& sharding) {
  if (!location.is_row()) return location.shards;
  const Buffer row = upload(client_, HostTensor::from<int32_t>({}, {static_cast<int32_t>(location.row)}),
                            NamedSharding(sharding.mesh(), {}));
  const NamedSharding stacked(sharding.mesh(), stacked_spec(sharding.spec()));
  return std::make_shared<const Shards>(
      run(row_graph(shape, location.rows), stacked, sharding,
          std::vector{location.shards, device_storage(row, "row").location().shards}));
}

/// `inputs` is how those parameters lie that have dimensions.
Shards Stacks::run(const Graph& graph, const NamedSharding& inputs, const NamedSharding& output,
                   std::span<const std::shared_ptr<const Shards>> arguments) {
  const Mesh& mesh = inputs.mesh();
  EmitOptions options{.mesh = mesh, .parameter_specs = {}, .output_specs = {}, .stacks = {}};
  options.output_specs[kResult] = output.spec();
  for (const Parameter& parameter : graph.parameters())
    if (graph.shape(parameter.value).rank() > 0) options.parameter_specs[parameter.name] = inputs.spec();
  const LoadedExecutable& program = compiled(emit_stablehlo(graph, options), mesh);

  std::vector<std::vector<PJRT_Buffer*>> lists(static_cast<size_t>(mesh.device_count()));
  for (size_t device = 0; device < lists.size(); ++device)
    for (const std::shared_ptr<const Shards>& argument : arguments)
      lists[device].push_back((*argument)[device].get());
  Shards result;
  for (std::vector<DeviceBuffer>& of_device : program.execute(lists, /*wait=*/true))
    result.push_back(std::move(of_device[0]));
  return result;
}

const LoadedExecutable& Stacks::compiled(const std::string& text, const Mesh& mesh) {
  if (const auto known = programs_.find(text); known != programs_.end()) return known->second;
  CompileOptionsFields fields{.device_ids = {}, .overrides = {}};
  for (int64_t device = 0; device < mesh.device_count(); ++device)
    fields.device_ids.push_back(client_->device_id(device));
  return programs_.emplace(text, LoadedExecutable::compile(client_, text, fields, store_)).first->second;
}

}  // namespace easydel::pjrt
