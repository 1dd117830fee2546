// Registry: which model types this build knows. A model is one file of src/models; its stem names its function.
//
//   std::unique_ptr<nn::CausalLM> model = make_causal_lm(config);     // by config.model_type()
//
//   // src/models/llama.cpp
//   void register_llama(ModelRegistry& registry) {
//     registry.add({.model_type = "llama", .architecture = "LlamaForCausalLM", .make = make_llama});
//   }
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "easydel/config.h"
#include "nn/causal_lm.h"
#include "nn/partition_rules.h"

namespace easydel {

struct ModelEntry {
  std::string model_type;    ///< config.json's `model_type`
  std::string architecture;  ///< Transformers' class, as in config.json's `architectures`
  std::unique_ptr<nn::CausalLM> (*make)(const EDPretrainedConfig& config) = nullptr;
  /// EasyDeL's rules over Flax paths, for fully sharded data parallelism or for tensor parallelism.
  PartitionRules (*partition_rules)(bool fully_sharded_data_parallel) = nn::base_partition_rules;
};

class ModelRegistry {
 public:
  void add(ModelEntry entry);
  /// Null when the type is unknown.
  const ModelEntry* find(std::string_view model_type) const;
  /// As find(); Error(kUnsupported) that lists the known types.
  const ModelEntry& at(std::string_view model_type) const;
  const std::vector<ModelEntry>& entries() const { return entries_; }

 private:
  std::vector<ModelEntry> entries_;
};

/// Every model of src/models, sorted by model type.
const ModelRegistry& model_registry();

/// Builds the model that a configuration describes: names and shapes of its parameters, no weights. Errors name the
/// key of the configuration, or list the known model types.
std::unique_ptr<nn::CausalLM> make_causal_lm(const EDPretrainedConfig& config);

}  // namespace easydel
