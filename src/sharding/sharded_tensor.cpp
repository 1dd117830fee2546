#include "easydel/sharded_tensor.h"

#include <algorithm>
#include <cstring>

#include "base/format.h"
#include "easydel/error.h"

namespace easydel {
namespace {

/// Calls `row(whole_offset, part_offset, count)` for each run of elements that a slice shares with the whole tensor;
/// the slice's elements follow each other without gaps.
template <typename Row>
void for_each_run(const Shape& shape, const ShardSlice& slice, Row row) {
  const int rank = shape.rank();
  if (rank == 0) return row(int64_t{0}, int64_t{0}, int64_t{1});
  const auto last = static_cast<size_t>(rank - 1);
  std::vector<int64_t> index(slice.start);
  const int64_t count = slice.limit[last] - slice.start[last];
  for (size_t axis = 0; axis <= last; ++axis)
    if (slice.limit[axis] <= slice.start[axis]) return;
  for (int64_t part = 0;; part += count) {
    int64_t whole = 0;
    for (int axis = 0; axis < rank; ++axis)
      whole = whole * shape.dim(axis) + index[static_cast<size_t>(axis)];
    row(whole, part, count);
    size_t axis = last;  // advance all axes but the last
    while (axis-- > 0) {
      if (++index[axis] < slice.limit[axis]) break;
      index[axis] = slice.start[axis];
    }
    if (axis == static_cast<size_t>(-1)) return;
  }
}

bool is_one_run(const Shape& shape, const ShardSlice& slice) {
  for (int axis = 1; axis < shape.rank(); ++axis) {
    const auto at = static_cast<size_t>(axis);
    if (slice.start[at] != 0 || slice.limit[at] != shape.dim(axis)) return false;
  }
  return true;
}

HostTensor cut(const HostTensor& tensor, const ShardSlice& slice, const Shape& shard) {
  const size_t item = item_size(shard.dtype());
  if (is_one_run(tensor.shape(), slice)) {
    const size_t first = slice.start.empty() ? 0 : static_cast<size_t>(slice.start[0]);
    const size_t row = slice.start.empty() || tensor.shape().dim(0) == 0
                           ? 0
                           : tensor.shape().bytes() / static_cast<size_t>(tensor.shape().dim(0));
    return HostTensor::view(shard, tensor.bytes().subspan(first * row, shard.bytes()), tensor.owner());
  }
  HostTensor piece = HostTensor::uninitialized(shard);
  std::byte* target = piece.mutable_bytes().data();
  const std::byte* source = tensor.bytes().data();
  for_each_run(tensor.shape(), slice, [&](int64_t whole, int64_t part, int64_t count) {
    std::memcpy(target + static_cast<size_t>(part) * item, source + static_cast<size_t>(whole) * item,
                static_cast<size_t>(count) * item);
  });
  return piece;
}

}  // namespace

ShardedTensor shard_tensor(const HostTensor& tensor, const NamedSharding& sharding) {
  const Shape shard = sharding.shard_shape(tensor.shape());
  ShardedTensor result{tensor.shape(), sharding, {}};
  std::vector<ShardSlice> slices;
  for (int64_t device = 0; device < sharding.mesh().device_count(); ++device) {
    slices.push_back(sharding.slice(tensor.shape(), device));
    const auto equal = std::find(slices.begin(), slices.end() - 1, slices.back());
    result.shards.push_back(equal == slices.end() - 1
                                ? cut(tensor, slices.back(), shard)
                                : result.shards[static_cast<size_t>(equal - slices.begin())]);
  }
  return result;
}

HostTensor gather_tensor(const ShardedTensor& tensor) {
  const Shape shard = tensor.sharding.shard_shape(tensor.shape);
  const auto devices = static_cast<size_t>(tensor.sharding.mesh().device_count());
  if (tensor.shards.size() != devices)
    throw Error(ErrorCode::kShapeMismatch, "gather",
                fmt::format("{} pieces for the {} devices of {}", tensor.shards.size(), devices,
                            tensor.sharding.mesh().to_string()));
  HostTensor whole = HostTensor::uninitialized(tensor.shape);
  const size_t item = item_size(shard.dtype());
  std::byte* target = whole.mutable_bytes().data();
  for (size_t device = 0; device < devices; ++device) {
    const HostTensor& piece = tensor.shards[device];
    if (piece.empty() || piece.shape() != shard)
      throw Error(ErrorCode::kShapeMismatch, "gather",
                  fmt::format("the piece of device {} is {}, it should be {}", device,
                              piece.empty() ? std::string("missing") : piece.shape().to_string(), shard));
    const std::byte* source = piece.bytes().data();
    for_each_run(tensor.shape, tensor.sharding.slice(tensor.shape, static_cast<int64_t>(device)),
                 [&](int64_t at, int64_t part, int64_t count) {
                   std::memcpy(target + static_cast<size_t>(at) * item,
                               source + static_cast<size_t>(part) * item, static_cast<size_t>(count) * item);
                 });
  }
  return whole;
}

ShardAndGatherFns make_shard_and_gather_fns(const NamedShardings& shardings) {
  ShardAndGatherFns fns;
  for (const auto& [name, sharding] : shardings) {
    fns.shard_fns.emplace(
        name, [sharding = sharding](const HostTensor& tensor) { return shard_tensor(tensor, sharding); });
    fns.gather_fns.emplace(name, gather_tensor);
  }
  return fns;
}

ShardAndGatherFns make_shard_and_gather_fns(const PartitionSpecs& partition_specs, const Mesh& mesh) {
  NamedShardings shardings;
  for (const auto& [name, spec] : partition_specs) shardings.emplace(name, NamedSharding(mesh, spec));
  return make_shard_and_gather_fns(shardings);
}

}  // namespace easydel
