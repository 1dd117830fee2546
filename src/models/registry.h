// Registry: which model types this build knows. A model is one file of src/models; its stem names its function.
//
//   std::unique_ptr<nn::Module> model = make_module(config);     // by config.model_type() and config.architectures()
//
//   // src/models/llama.cpp
//   void register_llama(ModelRegistry& registry) {
//     registry.add({.model_type = "llama", .classes = decoder_classes("Llama"), .make = make_llama});
//   }
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "easydel/config.h"
#include "nn/module.h"
#include "nn/partition_rules.h"

namespace easydel {

/// A class of Transformers, as config.json's `architectures` names it.
struct ModelClass {
  std::string name;
  ModelTask task = ModelTask::kBase;
};

/// LlamaForCausalLM and LlamaModel for "Llama".
std::vector<ModelClass> decoder_classes(std::string_view family);

struct ModelEntry {
  std::string model_type;  ///< config.json's `model_type`
  /// The first stands for a file that names none. Of several with one task the first is what is written.
  std::vector<ModelClass> classes;
  /// Called with the task of one of the classes.
  std::unique_ptr<nn::Module> (*make)(const EDPretrainedConfig& config, ModelTask task) = nullptr;
  /// EasyDeL's rules over Flax paths, for fully sharded data parallelism or for tensor parallelism.
  PartitionRules (*partition_rules)(bool fully_sharded_data_parallel) = nn::base_partition_rules;

  /// The class of a task; Error(kUnsupported) that lists the classes.
  const ModelClass& class_of(ModelTask task) const;
  /// The class that `architectures` of config.json names: by its name, or else by what that ends in ("ForCausalLM").
  /// Error(kUnsupported) that lists the classes.
  const ModelClass& class_of(const EDPretrainedConfig& config) const;
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

/// Builds the model that a configuration describes, for `task` or for that of its architecture: names and shapes of its
/// parameters, no weights. Errors name the key of the configuration, or list the known model types or classes.
std::unique_ptr<nn::Module> make_module(const EDPretrainedConfig& config,
                                        std::optional<ModelTask> task = std::nullopt);

}  // namespace easydel
