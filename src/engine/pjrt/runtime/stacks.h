// Stacks: puts the buffers of layers behind each other on their devices, and takes them apart.
//
//   Stacks stacks(client);
//   const auto shards = stacks.join(members, shape, sharding);   // [members, dims of one]; the members are its rows now
//   stacks.alone(*members[3], shape);                            // a copy of row 3
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "engine/pjrt/program_store.h"
#include "engine/pjrt/runtime/device_buffer.h"
#include "engine/pjrt/runtime/loaded_executable.h"
#include "graph/graph.h"

namespace easydel::pjrt {

class Stacks {
 public:
  explicit Stacks(std::shared_ptr<const Client> client)
      : client_(std::move(client)), store_(default_program_store()) {}

  /// Members that are all rows of one stack, in order, give that stack. Others are copied into a new one and become
  /// its rows, so that their own buffers go: a model in stacks takes no more memory than before, and one stack more
  /// while it is made. `shape` and `sharding` are those of each member. Safe to call from several threads.
  std::shared_ptr<const Shards> join(std::span<const std::shared_ptr<DeviceStorage>> members,
                                     const Shape& shape, const NamedSharding& sharding);
  /// The storage's own buffers, or a copy of its row.
  std::shared_ptr<const Shards> alone(const DeviceStorage& storage, const Shape& shape);

 private:
  std::shared_ptr<const Shards> alone_at(const Location& location, const Shape& shape,
                                         const NamedSharding& sharding);
  Shards run(const Graph& graph, const NamedSharding& inputs, const NamedSharding& output,
             std::span<const std::shared_ptr<const Shards>> arguments);
  const LoadedExecutable& compiled(const std::string& text, const Mesh& mesh);

  std::shared_ptr<const Client> client_;
  ProgramStore store_;
  std::mutex mutex_;                                  // held while a stack is made
  std::map<std::string, LoadedExecutable> programs_;  // by text
};

}  // namespace easydel::pjrt
