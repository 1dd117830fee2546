#include "models/registry/registry.h"

#include "base/format.h"
#include "easydel/error.h"

namespace easydel {

// Each model file defines register_<stem>(); the build writes the list of files.
#define EASYDEL_ENTRY(model) void register_##model(ModelRegistry& registry);
#include "models.inc"
#undef EASYDEL_ENTRY

const ModelRegistry& model_registry() {
  static const ModelRegistry kRegistry = [] {
    ModelRegistry registry;
#define EASYDEL_ENTRY(model) register_##model(registry);
#include "models.inc"
#undef EASYDEL_ENTRY
    return registry;
  }();
  return kRegistry;
}

const ModelEntry& find_model(std::string_view model_type) {
  const auto& entries = model_registry().entries();
  const auto found = entries.find(model_type);
  if (found != entries.end()) return found->second;
  std::vector<std::string_view> known;
  for (const auto& [name, entry] : entries) known.push_back(name);
  throw Error(ErrorCode::kUnsupported, "model",
              fmt::format("model_type \"{}\" is not known; known: {}", model_type, fmt::join(known, ", ")));
}

std::unique_ptr<nn::CausalLM> make_causal_lm(const EDPretrainedConfig& config) {
  return find_model(config.model_type()).make(config);
}

}  // namespace easydel
