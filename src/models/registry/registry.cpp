#include "models/registry.h"

#include <algorithm>

#include "base/format.h"
#include "easydel/error.h"

namespace easydel {

#define EASYDEL_ENTRY(stem) void register_##stem(ModelRegistry& registry);
#include "models.inc"
#undef EASYDEL_ENTRY

void ModelRegistry::add(ModelEntry entry) {
  if (find(entry.model_type) != nullptr)
    throw Error(ErrorCode::kInternal, "model registry",
                fmt::format("{} is registered twice", entry.model_type));
  entries_.push_back(std::move(entry));
}

const ModelEntry* ModelRegistry::find(std::string_view model_type) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const ModelEntry& entry) { return entry.model_type == model_type; });
  return found == entries_.end() ? nullptr : &*found;
}

const ModelEntry& ModelRegistry::at(std::string_view model_type) const {
  if (const ModelEntry* entry = find(model_type)) return *entry;
  std::vector<std::string_view> known;
  for (const ModelEntry& entry : entries_) known.push_back(entry.model_type);
  throw Error(ErrorCode::kUnsupported, "model type",
              fmt::format("\"{}\" is not one that this build knows; it knows {}", model_type,
                          fmt::join(known, ", ")));
}

const ModelRegistry& model_registry() {
  // Files are listed in alphabetical order, so the entries are sorted.
  static const ModelRegistry registry = [] {
    ModelRegistry all;
#define EASYDEL_ENTRY(stem) register_##stem(all);
#include "models.inc"
#undef EASYDEL_ENTRY
    return all;
  }();
  return registry;
}

std::unique_ptr<nn::CausalLM> make_causal_lm(const EDPretrainedConfig& config) {
  return model_registry().at(config.model_type()).make(config);
}

}  // namespace easydel
