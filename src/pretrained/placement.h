// Placement: where a model's tensors lie on its mesh.
//
//   const Placement placement = Placement::of(config, options.sharding, engine->device_count());
//   Buffer ids = engine->upload(input_ids, placement.rows(input_ids.shape()));   // batch over ("fsdp", "dp")
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "easydel/config.h"
#include "easydel/model.h"
#include "easydel/sharded_tensor.h"
#include "graph/graph.h"
#include "models/registry.h"
#include "nn/module.h"
#include "nn/step.h"

namespace easydel {

class Placement {
 public:
  /// One device, which holds everything.
  Placement() = default;
  Placement(Mesh mesh, nn::ActivationSharding activations, bool shard_cache_length)
      : mesh_(std::move(mesh)),
        activations_(std::move(activations)),
        shard_cache_length_(shard_cache_length) {}

  /// The mesh that options ask for, or else the configuration, of `device_count` devices. A configuration written for
  /// several devices is one device's on an engine that has one.
  static Placement of(const EDPretrainedConfig& config, const ShardingOptions& options, int64_t device_count);

  const Mesh& mesh() const { return mesh_; }
  bool is_one_device() const { return mesh_.device_count() == 1; }
  /// What layers ask of activations; null on one device, where nothing is to be asked.
  const nn::ActivationSharding* activations() const { return is_one_device() ? nullptr : &activations_; }

  /// Whether each device has a part of every sequence.
  bool splits_sequences() const;
  /// Of an input or a result [batch, ...]: its rows over the batch axes that divide them.
  NamedSharding rows(const Shape& shape) const;
  /// Of keys or values [batch, capacity, heads, dim].
  NamedSharding cache(const Shape& shape) const;
  /// A sentence when the head axes do not divide so many key-value heads, which every device then holds; else empty.
  /// With `strict` it is an Error(kShapeMismatch).
  std::string uneven_heads(int64_t kv_heads, bool strict) const;
  /// Whole on every device.
  NamedSharding whole() const { return {mesh_, {}}; }

  /// How a traced program's parameters and outputs lie: weights as `weights` says, caches, and the rest by rows.
  std::map<std::string, PartitionSpec, std::less<>> of_program(const Graph& graph,
                                                               const NamedShardings& weights) const;

 private:
  Mesh mesh_;
  nn::ActivationSharding activations_;
  bool shard_cache_length_ = true;
};

/// How what is held of a parameter lies: as the parameter does, but for axes that do not divide a part of its format,
/// such as the scales.
NamedSharding held_sharding(const nn::ParameterSpec& parameter, const NamedSharding& sharding,
                            const nn::HeldTensor& held);
/// Of all parameters, by the names of what is held.
NamedShardings held_shardings(const nn::ParameterSet& parameters, const NamedShardings& shardings);

/// The shardings of a model's weights: by `rules`, or by the model's own set where those are empty. Warnings as below,
/// and one about key-value heads that the mesh does not divide.
NamedShardings model_shardings(const ModelEntry& entry, const nn::Module& module, const Placement& placement,
                               const ShardingOptions& options, const PartitionRules& rules,
                               const PartitionSpecs& specs, std::vector<std::string>& warnings);

/// The shardings of all parameters by name. `specs` (for the stored layout) go before `rules` (over Flax paths and
/// layouts). A sentence per axis that was dropped is added to `warnings`; layers with the same complaint share one.
NamedShardings parameter_shardings(const nn::ParameterSet& parameters, const Mesh& mesh,
                                   const PartitionRules& rules, const PartitionSpecs& specs, bool strict,
                                   std::vector<std::string>& warnings);

}  // namespace easydel
