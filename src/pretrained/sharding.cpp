// The sharding side of EDPretrainedModel: where weights lie, and moving them.
#include <utility>

#include "base/format.h"
#include "base/log.h"
#include "easydel/error.h"
#include "nn/partition_rules.h"
#include "pretrained/model_state.h"

namespace easydel {

NamedShardings EDPretrainedModel::State::named_shardings(const PartitionRules& rules,
                                                         const PartitionSpecs& specs,
                                                         std::vector<std::string>& warnings) const {
  const size_t before = warnings.size();
  NamedShardings result = model_shardings(*entry, *module, placement, sharding, rules, specs, warnings);
  for (size_t index = before; index < warnings.size(); ++index) log(LogLevel::kWarning, warnings[index]);
  return result;
}

HostTensor EDPretrainedModel::State::apply_shard_fn(const nn::ParameterSpec& spec, const ShardFn& shard_fn,
                                                    const HostTensor& value) {
  const ShardedTensor pieces = shard_fn(value);
  if (pieces.sharding.mesh() != placement.mesh() || pieces.shape != value.shape())
    throw Error(ErrorCode::kShapeMismatch, "shard_fns",
                fmt::format("the function of \"{}\" gives {} on mesh {}; the model needs {} on {}", spec.name,
                            pieces.shape, pieces.sharding.mesh().to_string(), value.shape(),
                            placement.mesh().to_string()));
  shardings.insert_or_assign(spec.name, pieces.sharding);
  return gather_tensor(pieces);
}

void EDPretrainedModel::State::move_weights(NamedShardings target) {
  const std::lock_guard lock(mutex);
  if (has_weights) {
    programs.clear();  // they have the weights bound
    const nn::ParameterSet& parameters = std::as_const(*module).parameters();
    const NamedShardings from = held_shardings(parameters, shardings),
                         to = held_shardings(parameters, target);
    for (auto& [name, buffer] : weights)
      if (to.at(name) != from.at(name)) buffer = engine->upload(engine->download(buffer), to.at(name));
  }
  shardings = std::move(target);
}

const Mesh& EDPretrainedModel::mesh() const {
  return state_->placement.mesh();
}

std::string EDPretrainedModel::parameter_path(std::string_view name) const {
  return nn::flax_path(std::as_const(*state_->module).parameters(), state_->spec(name));
}

PartitionRules EDPretrainedModel::get_partition_rules(bool fully_sharded_data_parallel) const {
  return state_->entry->partition_rules(fully_sharded_data_parallel);
}

NamedShardings EDPretrainedModel::get_named_sharding(const PartitionRules& partition_rules,
                                                     const PartitionSpecs& partition_specs) const {
  std::vector<std::string> warnings;
  return state_->named_shardings(partition_rules.empty() ? state_->sharding.partition_rules : partition_rules,
                                 partition_specs, warnings);
}

const NamedShardings& EDPretrainedModel::shardings() const {
  return state_->shardings;
}

void EDPretrainedModel::shard_model(const PartitionRules& partition_rules,
                                    const PartitionSpecs& partition_specs) {
  state_->move_weights(get_named_sharding(partition_rules, partition_specs));
}

void EDPretrainedModel::gather_model() {
  NamedShardings whole;
  for (const nn::ParameterSpec& parameter : state_->module->parameters().specs())
    whole.emplace(parameter.name, state_->placement.whole());
  state_->move_weights(std::move(whole));
}

}  // namespace easydel
