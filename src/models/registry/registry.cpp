#include "models/registry.h"

#include <algorithm>

#include "base/format.h"
#include "easydel/error.h"

namespace easydel {

#define EASYDEL_ENTRY(stem) void register_##stem(ModelRegistry& registry);
#include "models.inc"
#undef EASYDEL_ENTRY

namespace {

/// The part that names the task: "ForCausalLM" of "LlamaForCausalLM"; empty without one.
std::string_view ending(std::string_view name) {
  const size_t at = name.rfind("For");
  return at == std::string_view::npos ? std::string_view() : name.substr(at);
}

[[noreturn]] void unknown_class(const ModelEntry& entry, std::string what) {
  std::vector<std::string_view> known;
  for (const ModelClass& known_class : entry.classes) known.push_back(known_class.name);
  throw Error(
      ErrorCode::kUnsupported, "model class",
      fmt::format("{}; of \"{}\" this build knows {}", what, entry.model_type, fmt::join(known, ", ")));
}

}  // namespace

std::vector<ModelClass> decoder_classes(std::string_view family) {
  return {{fmt::format("{}ForCausalLM", family), ModelTask::kCausalLM},
          {fmt::format("{}Model", family), ModelTask::kBase}};
}

const ModelClass& ModelEntry::class_of(ModelTask task) const {
  const auto found = std::ranges::find(classes, task, &ModelClass::task);
  if (found == classes.end())
    unknown_class(*this, fmt::format("there is no {} for this model type", to_string(task)));
  return *found;
}

const ModelClass& ModelEntry::class_of(const EDPretrainedConfig& config) const {
  const std::vector<std::string> names = config.architectures();
  if (names.empty()) return classes.front();
  const std::string& name = names.front();
  auto found = std::ranges::find(classes, name, &ModelClass::name);
  if (found == classes.end() && !ending(name).empty())
    found = std::ranges::find_if(classes,
                                 [&](const ModelClass& known) { return ending(known.name) == ending(name); });
  if (found == classes.end()) unknown_class(*this, fmt::format("config.json's architecture is \"{}\"", name));
  return *found;
}

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

std::unique_ptr<nn::Module> make_module(const EDPretrainedConfig& config, std::optional<ModelTask> task) {
  const ModelEntry& entry = model_registry().at(config.model_type());
  return entry.make(config, task ? entry.class_of(*task).task : entry.class_of(config).task);
}

}  // namespace easydel
