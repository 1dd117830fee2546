#include "pretrained/placement.h"

#include <algorithm>
#include <map>

#include "base/format.h"
#include "base/layer_name.h"
#include "base/log.h"
#include "easydel/error.h"
#include "nn/partition_rules.h"
#include "sharding/rule_matcher.h"

namespace easydel {
namespace {

/// Fits a wish to a tensor; axes that do not divide a dimension are left out without a word.
NamedSharding fitted(const Mesh& mesh, const PartitionSpec& spec, const Shape& shape) {
  return {mesh, fit_spec(spec, shape, mesh, "activation").spec};
}

Mesh mesh_of(const EDPretrainedConfig& config, const ShardingOptions& options, int64_t device_count) {
  if (!options.sharding_axis_dims.empty()) {
    const auto names = options.sharding_axis_names.empty()
                           ? MeshAxes::default_names(options.sharding_axis_dims.size())
                           : options.sharding_axis_names;
    return Mesh::create(options.sharding_axis_dims, names, device_count);
  }
  if (!options.sharding_axis_names.empty())
    throw Error(ErrorCode::kInvalidArgument, "mesh",
                "sharding_axis_names are given without sharding_axis_dims; give one size per name");
  const EasyDeLOptions written = config.easydel_options();
  const bool is_for_many =
      std::any_of(written.axis_dims.begin(), written.axis_dims.end(), [](int64_t dim) { return dim > 1; });
  if (device_count > 1 || !is_for_many) return config.mesh(device_count);
  log(LogLevel::kWarning,
      fmt::format("the configuration's mesh ({}) needs more devices than the one there is; "
                  "the model is held by one",
                  fmt::join(written.axis_dims, ",")));
  const std::vector<int64_t> ones(written.axis_dims.size(), 1);
  return Mesh::create(ones, written.axis_names, 1);
}

}  // namespace

Placement Placement::of(const EDPretrainedConfig& config, const ShardingOptions& options,
                        int64_t device_count) {
  const EasyDeLOptions written = config.easydel_options();
  return {mesh_of(config, options, device_count),
          {.axis = options.partition_axis.value_or(written.partition_axis),
           .shard_attention_computation =
               options.shard_attention_computation.value_or(written.shard_attention_computation)},
          options.use_sharded_kv_caching.value_or(written.use_sharded_kv_caching)};
}

bool Placement::splits_sequences() const {
  return std::ranges::any_of(activations_.axis.sequence_axis,
                             [&](const std::string& axis) { return mesh_.axis_size(axis).value_or(1) > 1; });
}

NamedSharding Placement::rows(const Shape& shape) const {
  if (shape.rank() == 0) return whole();
  return fitted(mesh_, PartitionSpec({activations_.axis.batch_axis}), shape);
}

NamedSharding Placement::cache(const Shape& shape) const {
  const PartitionAxis& axis = activations_.axis;
  const PartitionSpec::AxisGroup nothing;
  return fitted(mesh_,
                {axis.batch_axis, shard_cache_length_ ? axis.generation_key_sequence_axis : nothing,
                 axis.generation_head_axis, axis.generation_attention_dim_axis},
                shape);
}

std::string Placement::uneven_heads(int64_t kv_heads, bool strict) const {
  const PartitionSpec spec({activations_.axis.generation_head_axis});
  const SpecAdjustment fit = fit_spec(spec, Shape(DType::kF32, {kv_heads}), mesh_, "cache");
  if (fit.warnings.empty()) return {};
  std::string sentence = fmt::format("{} key-value heads are not divisible by the mesh {} along {}", kv_heads,
                                     mesh_.to_string(), spec.to_string());
  if (strict) throw Error(ErrorCode::kShapeMismatch, "sharding", std::move(sentence));
  return sentence + "; every device holds all of them in its cache";
}

std::map<std::string, PartitionSpec, std::less<>> Placement::of_program(const Graph& graph,
                                                                        const NamedShardings& weights) const {
  std::map<std::string, PartitionSpec, std::less<>> specs;
  for (const Parameter& parameter : graph.parameters()) {
    const Shape& shape = graph.shape(parameter.value);
    switch (parameter.kind) {
      case ParameterKind::kWeight:
        if (const auto found = weights.find(parameter.name); found != weights.end())
          specs.emplace(parameter.name, found->second.spec());
        break;
      case ParameterKind::kState:  // also of the output that takes its place, by the same name
        specs.emplace(parameter.name, cache(shape).spec());
        break;
      case ParameterKind::kInput:
        specs.emplace(parameter.name, rows(shape).spec());
        break;
    }
  }
  for (const Output& output : graph.outputs()) {
    const Shape& shape = graph.shape(output.value);  // of four axes: keys and values
    specs.emplace(output.name, shape.rank() == 4 ? cache(shape).spec() : rows(shape).spec());
  }
  return specs;
}

NamedShardings parameter_shardings(const nn::ParameterSet& parameters, const Mesh& mesh,
                                   const PartitionRules& rules, const PartitionSpecs& specs, bool strict,
                                   std::vector<std::string>& warnings) {
  for (const auto& [name, spec] : specs)
    if (parameters.find(name) == nullptr)
      throw Error(ErrorCode::kNotFound, "sharding",
                  fmt::format("a spec is given for \"{}\", which is not a parameter of the model", name));
  const RuleMatcher matcher(rules);
  NamedShardings shardings;
  std::map<std::string, std::pair<std::string, int>> complaints;  // the first of its kind, and how many
  for (const nn::ParameterSpec& parameter : parameters.specs()) {
    const Shape shape = parameter.shape();
    const auto given = specs.find(parameter.name);
    const PartitionSpec wanted =
        given != specs.end()
            ? given->second
            : nn::stored_spec(parameter, matcher.match(nn::flax_path(parameters, parameter), shape));
    SpecAdjustment fit = fit_spec(wanted, shape, mesh, parameter.name, strict);
    for (std::string& warning : fit.warnings) {
      auto& [first, count] = complaints[any_layer(warning)];
      if (count++ == 0) first = std::move(warning);
    }
    shardings.emplace(parameter.name, NamedSharding(mesh, std::move(fit.spec)));
  }
  for (const auto& [kind, complaint] : complaints)
    warnings.push_back(complaint.second == 1 ? complaint.first
                                             : fmt::format("{}, and likewise in {} more layers",
                                                           complaint.first, complaint.second - 1));
  return shardings;
}

NamedSharding held_sharding(const nn::ParameterSpec& parameter, const NamedSharding& sharding,
                            const nn::HeldTensor& held) {
  if (parameter.format == nullptr) return sharding;
  PartitionSpec spec = sharding.spec();
  if (parameter.role == nn::ParameterRole::kInOutKernel) spec = {spec.group(1), spec.group(0)};
  // Between blocks, so that each device has whole ones.
  std::vector<int64_t> blocks(held.shape.dims().begin(), held.shape.dims().end());
  blocks.back() /= held.unit;
  return {sharding.mesh(), fit_spec(spec, held.shape.with_dims(blocks), sharding.mesh(), held.name).spec};
}

NamedShardings held_shardings(const nn::ParameterSet& parameters, const NamedShardings& shardings) {
  NamedShardings result;
  for (const nn::ParameterSpec& parameter : parameters.specs())
    for (const nn::HeldTensor& held : parameter.held())
      result.emplace(held.name, held_sharding(parameter, shardings.at(parameter.name), held));
  return result;
}

NamedShardings model_shardings(const ModelEntry& entry, const nn::Module& module, const Placement& placement,
                               const ShardingOptions& options, const PartitionRules& rules,
                               const PartitionSpecs& specs, std::vector<std::string>& warnings) {
  NamedShardings shardings =
      parameter_shardings(module.parameters(), placement.mesh(),
                          rules.empty() ? entry.partition_rules(options.fully_sharded_data_parallel) : rules,
                          specs, options.strict, warnings);
  const std::vector<nn::CacheLayout> layers = module.cache_layout();
  std::string heads = layers.empty() || !module.is_causal()
                          ? ""
                          : placement.uneven_heads(layers.front().kv_heads, options.strict);
  if (!heads.empty()) warnings.push_back(std::move(heads));
  return shardings;
}

}  // namespace easydel
