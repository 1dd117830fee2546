// Small models without weights, and specs as EasyDeL prints them.
#pragma once

#include <fmt/format.h>

#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "easydel/model.h"

namespace easydel::sharding_test_support {

/// The tiny model of tests/golden/sharding; `extra` adds or replaces keys of its config.json.
inline EDPretrainedConfig tiny_config(const std::string& model_type,
                                      const std::map<std::string, std::string>& extra = {}) {
  auto config = EDPretrainedConfig::from_json(
      fmt::format(R"({{"model_type": "{}", "vocab_size": 64, "hidden_size": 32, "intermediate_size": 64,
        "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8,
        "max_position_embeddings": 64, "tie_word_embeddings": false}})",
                  model_type));
  for (const auto& [key, value] : extra) config.set(key, value);
  return config;
}

inline EDPretrainedModel shapes_only(const EDPretrainedConfig& config, ShardingOptions sharding) {
  return EDPretrainedModel(config, {.do_init = false, .sharding = std::move(sharding)});
}

/// A spec for the stored layout as Python prints it for Flax's: PartitionSpec(('fsdp', 'sp'), 'tp').
inline std::string flax_text(const PartitionSpec& spec, bool is_kernel) {
  std::vector<PartitionSpec::AxisGroup> groups(spec.groups().begin(), spec.groups().end());
  if (is_kernel && groups.size() == 2) std::swap(groups[0], groups[1]);
  while (groups.size() > 1 && groups.back().empty()) groups.pop_back();
  std::string text;
  for (size_t i = 0; i < groups.size(); ++i) {
    if (i > 0) text += ", ";
    if (groups[i].empty()) text += "None";
    if (groups[i].size() == 1) text += fmt::format("'{}'", groups[i][0]);
    if (groups[i].size() > 1) text += fmt::format("('{}')", fmt::join(groups[i], "', '"));
  }
  return fmt::format("PartitionSpec({}{})", text, groups.size() == 1 ? "," : "");
}

/// Path -> spec, both as EasyDeL has them.
inline std::map<std::string, std::string> flax_specs(const EDPretrainedModel& model,
                                                     const NamedShardings& shardings) {
  std::map<std::string, std::string> specs;
  for (const auto& [name, sharding] : shardings) {
    const bool is_kernel = model.parameter_shape(name).rank() == 2 && !name.ends_with("embed_tokens.weight");
    specs.emplace(model.parameter_path(name), flax_text(sharding.spec(), is_kernel));
  }
  return specs;
}

/// The lines "path spec" of a golden file.
inline std::map<std::string, std::string> golden_specs(const std::string& file) {
  std::ifstream stream(std::string(EASYDEL_SOURCE_DIR) + "/tests/golden/sharding/" + file);
  std::map<std::string, std::string> specs;
  for (std::string path, spec; stream >> path && std::getline(stream >> std::ws, spec);)
    specs.emplace(path, spec);
  return specs;
}

}  // namespace easydel::sharding_test_support
