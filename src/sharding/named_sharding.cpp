#include <algorithm>

#include "base/format.h"
#include "easydel/error.h"
#include "easydel/sharding.h"

namespace easydel {

const PartitionSpec::AxisGroup& PartitionSpec::group(int dimension) const {
  static const AxisGroup kNone;
  return static_cast<size_t>(dimension) < groups_.size() ? groups_[static_cast<size_t>(dimension)] : kNone;
}

std::string PartitionSpec::to_string() const {
  std::vector<std::string> parts;
  for (const AxisGroup& group : groups_) {
    if (group.empty()) {
      parts.emplace_back("None");
    } else if (group.size() == 1) {
      parts.push_back(fmt::format("\"{}\"", group[0]));
    } else {
      parts.push_back(fmt::format("(\"{}\")", fmt::join(group, "\", \"")));
    }
  }
  return fmt::format("P({})", fmt::join(parts, ", "));
}

NamedSharding::NamedSharding(Mesh mesh, PartitionSpec spec) : mesh_(std::move(mesh)), spec_(std::move(spec)) {
  std::vector<std::string_view> seen;
  for (const PartitionSpec::AxisGroup& group : spec_.groups()) {
    for (const std::string& axis : group) {
      if (!mesh_.axis_size(axis))
        throw Error(
            ErrorCode::kInvalidArgument, "sharding",
            fmt::format("{} names axis \"{}\", the mesh has {}", spec_.to_string(), axis, mesh_.to_string()));
      if (std::find(seen.begin(), seen.end(), axis) != seen.end())
        throw Error(
            ErrorCode::kInvalidArgument, "sharding",
            fmt::format("{} uses axis \"{}\" twice; one axis splits one dimension", spec_.to_string(), axis));
      seen.push_back(axis);
    }
  }
}

int64_t NamedSharding::parts(int dimension) const {
  int64_t parts = 1;
  for (const std::string& axis : spec_.group(dimension)) parts *= *mesh_.axis_size(axis);
  return parts;
}

bool NamedSharding::is_replicated() const {
  for (size_t dimension = 0; dimension < spec_.groups().size(); ++dimension)
    if (parts(static_cast<int>(dimension)) > 1) return false;
  return true;
}

Shape NamedSharding::shard_shape(const Shape& shape) const {
  if (static_cast<size_t>(shape.rank()) < spec_.groups().size())
    throw Error(ErrorCode::kShapeMismatch, "sharding",
                fmt::format("{} has more entries than {} has dimensions", spec_.to_string(), shape));
  std::vector<int64_t> dims(shape.dims().begin(), shape.dims().end());
  for (int dimension = 0; dimension < shape.rank(); ++dimension) {
    const int64_t count = parts(dimension);
    int64_t& dim = dims[static_cast<size_t>(dimension)];
    if (dim % count != 0)
      throw Error(ErrorCode::kShapeMismatch, "sharding",
                  fmt::format("dimension {} of {} is not divisible by {} ({} on mesh {})", dimension, shape,
                              count, spec_.to_string(), mesh_.to_string()));
    dim /= count;
  }
  return shape.with_dims(dims);
}

ShardSlice NamedSharding::slice(const Shape& shape, int64_t device) const {
  const Shape shard = shard_shape(shape);
  const std::vector<int64_t> coordinates = mesh_.coordinates(device);
  ShardSlice slice;
  for (int dimension = 0; dimension < shape.rank(); ++dimension) {
    int64_t part = 0;
    for (const std::string& axis : spec_.group(dimension)) {
      const auto names = mesh_.axis_names();
      const auto index = static_cast<size_t>(std::find(names.begin(), names.end(), axis) - names.begin());
      part = part * mesh_.axis_dims()[index] + coordinates[index];
    }
    slice.start.push_back(part * shard.dim(dimension));
    slice.limit.push_back((part + 1) * shard.dim(dimension));
  }
  return slice;
}

}  // namespace easydel
