// ShardedTensor: a tensor cut into the pieces that the devices of a mesh hold, in host memory.
//
//   const NamedSharding rows(mesh, {{"dp"}});
//   ShardedTensor pieces = shard_tensor(tensor, rows);   // pieces.shards[device]
//   HostTensor whole = gather_tensor(pieces);            // equal to `tensor`
//
//   auto [shard_fns, gather_fns] = make_shard_and_gather_fns(model->get_named_sharding());
//   ShardedTensor head = shard_fns.at("lm_head.weight")(model->parameter("lm_head.weight"));
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "easydel/host_tensor.h"
#include "easydel/sharding.h"

namespace easydel {

struct ShardedTensor {
  Shape shape;  ///< of the whole
  NamedSharding sharding;
  /// One per device, in the order of their ids; equal ones share their bytes.
  std::vector<HostTensor> shards;
};

/// The pieces of a tensor. Those that lie in one run of bytes (split along the first dimension only) are views of
/// `tensor`, the others copies. Throws Error(kShapeMismatch) for a dimension that its axes do not divide.
ShardedTensor shard_tensor(const HostTensor& tensor, const NamedSharding& sharding);
/// The tensor that the pieces make. Throws Error(kShapeMismatch) for pieces that are missing or of another shape.
HostTensor gather_tensor(const ShardedTensor& tensor);

using NamedShardings = std::map<std::string, NamedSharding, std::less<>>;
using PartitionSpecs = std::map<std::string, PartitionSpec, std::less<>>;
using ShardFn = std::function<ShardedTensor(const HostTensor&)>;
using GatherFn = std::function<HostTensor(const ShardedTensor&)>;

/// EasyDeL's functions per parameter: one cuts it, one puts it together again.
struct ShardAndGatherFns {
  std::map<std::string, ShardFn, std::less<>> shard_fns;
  std::map<std::string, GatherFn, std::less<>> gather_fns;
};
ShardAndGatherFns make_shard_and_gather_fns(const NamedShardings& shardings);
/// The same for specs on one mesh.
ShardAndGatherFns make_shard_and_gather_fns(const PartitionSpecs& partition_specs, const Mesh& mesh);

}  // namespace easydel
