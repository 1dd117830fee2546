// Shardings: how tensors lie on a mesh of devices. Pure data; an engine acts on it.
//
//   Mesh mesh = Mesh::create({1, -1, 2, 1}, {"dp", "fsdp", "tp", "sp"}, /*device_count=*/8);   // fsdp becomes 4
//   PartitionSpec spec = {{"fsdp", "sp"}, {"tp"}};              // P(("fsdp", "sp"), "tp")
//   NamedSharding sharding(mesh, spec);
//   sharding.shard_shape(Shape(DType::kBF16, {4096, 4096}));    // bf16[1024,2048]
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "easydel/shape.h"

namespace easydel {

/// The axes of a mesh before the devices are counted: one size may be -1 for all remaining devices.
struct MeshAxes {
  std::vector<int64_t> dims;
  std::vector<std::string> names;

  /// Reads "dp=1,fsdp=-1,tp=2,sp=1", or sizes alone, "1,-1,2,1", with EasyDeL's names. Throws Error(kInvalidArgument)
  /// that shows the part that is neither.
  static MeshAxes parse(std::string_view text);
  /// EasyDeL's names for so many axes: four are dp, fsdp, tp, sp, five dp, fsdp, ep, tp, sp. Throws
  /// Error(kInvalidArgument) for another count.
  static std::vector<std::string> default_names(size_t count);
  /// The product of the sizes; nothing while one is open.
  std::optional<int64_t> device_count() const;
};

/// Devices in a grid with named axes; device ids run row-major, the last axis fastest.
class Mesh {
 public:
  /// One device, no axes.
  Mesh() = default;

  /// Sizes of the named axes; one size may be -1 for all remaining devices. The sizes' product must be
  /// `device_count`. Throws Error(kInvalidArgument) that shows sizes and count.
  static Mesh create(std::span<const int64_t> axis_dims, std::span<const std::string> axis_names,
                     int64_t device_count);
  static Mesh create(std::initializer_list<int64_t> axis_dims, std::initializer_list<std::string> axis_names,
                     int64_t device_count) {
    return create(std::span(axis_dims.begin(), axis_dims.size()),
                  std::span(axis_names.begin(), axis_names.size()), device_count);
  }
  static Mesh create(const MeshAxes& axes, int64_t device_count) {
    return create(axes.dims, axes.names, device_count);
  }
  /// From the command line's form, as MeshAxes::parse() reads it.
  static Mesh parse(std::string_view text, int64_t device_count);

  std::span<const std::string> axis_names() const { return names_; }
  std::span<const int64_t> axis_dims() const { return dims_; }
  /// Size of an axis; nothing when the mesh has none of that name.
  std::optional<int64_t> axis_size(std::string_view name) const;
  int64_t device_count() const;
  /// A device's position along each axis.
  std::vector<int64_t> coordinates(int64_t device) const;
  /// "dp=1,fsdp=4,tp=2,sp=1".
  std::string to_string() const;
  friend bool operator==(const Mesh&, const Mesh&) = default;

 private:
  std::vector<std::string> names_;
  std::vector<int64_t> dims_;
};

/// Per dimension of a tensor, the mesh axes it is split over, the first one outermost; an empty group (None)
/// and dimensions past the end are not split. Printed as EasyDeL prints it: P(("fsdp", "sp"), None).
class PartitionSpec {
 public:
  using AxisGroup = std::vector<std::string>;

  PartitionSpec() = default;
  PartitionSpec(std::initializer_list<AxisGroup> groups) : groups_(groups) {}
  explicit PartitionSpec(std::vector<AxisGroup> groups) : groups_(std::move(groups)) {}

  std::span<const AxisGroup> groups() const { return groups_; }
  /// The group of a dimension; empty past the end.
  const AxisGroup& group(int dimension) const;
  std::string to_string() const;
  friend bool operator==(const PartitionSpec&, const PartitionSpec&) = default;

 private:
  std::vector<AxisGroup> groups_;
};

/// One device's part of a tensor: elements [start, limit) per dimension.
struct ShardSlice {
  std::vector<int64_t> start, limit;
  friend bool operator==(const ShardSlice&, const ShardSlice&) = default;
};

class NamedSharding {
 public:
  NamedSharding() = default;
  /// Throws Error(kInvalidArgument) for an axis that the mesh lacks or that appears twice.
  NamedSharding(Mesh mesh, PartitionSpec spec);

  const Mesh& mesh() const { return mesh_; }
  const PartitionSpec& spec() const { return spec_; }
  /// How many parts a dimension is cut into.
  int64_t parts(int dimension) const;
  bool is_replicated() const;
  /// The shape on each device. Throws Error(kShapeMismatch) for a dimension that its axes do not divide.
  Shape shard_shape(const Shape& shape) const;
  /// The part of `shape` that lies on `device`.
  ShardSlice slice(const Shape& shape, int64_t device) const;
  friend bool operator==(const NamedSharding&, const NamedSharding&) = default;

 private:
  Mesh mesh_;
  PartitionSpec spec_;
};

/// A parameter's spec by the first rule whose pattern occurs anywhere in its path.
struct PartitionRule {
  /// ECMAScript regular expression over a path such as "model/layers/0/mlp/up_proj/kernel".
  std::string pattern;
  PartitionSpec spec;
};
using PartitionRules = std::vector<PartitionRule>;

/// The spec of one parameter. Tensors of rank 0 or of one element are never split, before any rule is looked
/// at. Throws Error(kNotFound) naming the parameter when no rule matches, Error(kInvalidArgument) for a
/// malformed pattern.
PartitionSpec match_partition_rule(const PartitionRules& rules, std::string_view path, const Shape& shape);

struct SpecAdjustment {
  PartitionSpec spec;
  std::vector<std::string> warnings;  ///< one sentence per dropped axis
};
/// Fits a spec to a tensor: axes that do not divide their dimension, and those past the tensor's rank, are dropped
/// with a warning, with `strict` an Error(kShapeMismatch). Of EasyDeL's axes (dp, fsdp, ep, tp, sp) those that the mesh
/// lacks are of size 1; any other axis that it lacks is an Error(kInvalidArgument).
SpecAdjustment fit_spec(const PartitionSpec& spec, const Shape& shape, const Mesh& mesh,
                        std::string_view path, bool strict = false);

/// Which mesh axes the dimensions of activations are split over; EasyDeL's PartitionAxis with its defaults.
struct PartitionAxis {
  using AxisGroup = PartitionSpec::AxisGroup;
  AxisGroup batch_axis = {"fsdp", "dp"};
  AxisGroup sequence_axis = {"sp"};
  AxisGroup query_sequence_axis = {"sp"};
  AxisGroup head_axis = {"tp"};
  AxisGroup key_sequence_axis = {"sp"};
  AxisGroup hidden_state_axis = {"tp"};
  AxisGroup attention_dim_axis = {};
  AxisGroup bias_head_sequence_axis = {};
  AxisGroup bias_key_sequence_axis = {};
  AxisGroup generation_query_sequence_axis = {};
  AxisGroup generation_head_axis = {"tp"};
  AxisGroup generation_key_sequence_axis = {"sp"};
  AxisGroup generation_attention_dim_axis = {};
  friend bool operator==(const PartitionAxis&, const PartitionAxis&) = default;
};

}  // namespace easydel
