// The registry of model types: every file in src/models/ adds the ones it implements.
//
//   std::unique_ptr<nn::CausalLM> module = make_causal_lm(config);   // by config.model_type()
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "easydel/config.h"
#include "nn/causal_lm.h"

namespace easydel {

struct ModelEntry {
  std::string architecture;  ///< Hugging Face's class, such as "LlamaForCausalLM"
  std::unique_ptr<nn::CausalLM> (*make)(const EDPretrainedConfig& config) = nullptr;
};

class ModelRegistry {
 public:
  void add(std::string model_type, ModelEntry entry) {
    entries_.emplace(std::move(model_type), std::move(entry));
  }
  const std::map<std::string, ModelEntry, std::less<>>& entries() const { return entries_; }

 private:
  std::map<std::string, ModelEntry, std::less<>> entries_;
};

/// The entries of all model files, made once.
const ModelRegistry& model_registry();

/// The causal model of the config's model_type; Error(kUnsupported) lists the known types.
std::unique_ptr<nn::CausalLM> make_causal_lm(const EDPretrainedConfig& config);

/// The entry of a model type; Error(kUnsupported) lists the known types.
const ModelEntry& find_model(std::string_view model_type);

}  // namespace easydel
