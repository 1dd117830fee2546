// md_info: the Markdown card of a model, as repositories show it.
#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/format.h"
#include "base/layer_name.h"
#include "easydel/model.h"
#include "pretrained/model_state.h"

namespace easydel {
namespace {

std::string with_separators(int64_t number) {
  std::string digits = std::to_string(number);
  for (auto position = static_cast<int64_t>(digits.size()) - 3; position > 0; position -= 3)
    digits.insert(static_cast<size_t>(position), 1, ',');
  return digits;
}

std::string table_row(std::string_view label, std::string_view value) {
  return value.empty() ? "" : fmt::format("| {} | {} |\n", label, value);
}

/// The value of the first of these keys that config.json has, as its own text; empty without one.
std::string value_text(const EDPretrainedConfig& config, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    if (!config.has(key)) continue;
    const nlohmann::json& value = config.json().at(key);
    return value.is_string() ? value.get<std::string>() : value.dump();
  }
  return "";
}

/// How heads share keys and what a token sees.
std::string attention_kind(const nn::Module& module) {
  const std::vector<nn::CacheLayout> layers = module.cache_layout();
  if (layers.empty()) return "";
  const nn::CacheLayout& layer = layers.front();
  std::string kind = "multi-head";
  if (layer.kv_heads == 1 && layer.heads > 1)
    kind = "multi-query";
  else if (layer.kv_heads != layer.heads)
    kind = fmt::format("grouped-query, {} heads share each key", layer.heads / layer.kv_heads);
  if (module.encoder() != nullptr) return kind + ", with cross attention";
  return kind + (module.is_causal() ? ", causal" : ", in both directions");
}

std::string architecture_table(const EDPretrainedModel& model, const nn::Module& module) {
  static const std::vector<std::pair<std::string_view, std::vector<std::string>>> rows = {
      {"model type", {"model_type"}},
      {"layers", {"num_hidden_layers", "n_layer", "num_layers"}},
      {"decoder layers", {"num_decoder_layers"}},
      {"hidden size", {"hidden_size", "n_embd", "d_model"}},
      {"attention heads", {"num_attention_heads", "n_head", "num_heads"}},
      {"key-value heads", {"num_key_value_heads"}},
      {"head size", {"head_dim", "d_kv"}},
      {"MLP size", {"intermediate_size", "n_inner", "d_ff"}},
      {"experts", {"num_local_experts"}},
      {"experts per token", {"num_experts_per_tok"}},
      {"activation", {"hidden_act", "hidden_activation", "activation_function", "feed_forward_proj"}},
      {"vocabulary", {"vocab_size"}},
      {"context", {"max_position_embeddings", "n_positions"}},
      {"sliding window", {"sliding_window"}},
      {"rotary embedding", {"rope_parameters"}},
      {"tied embeddings", {"tie_word_embeddings"}},
  };
  std::string table = "| | |\n|---|---|\n" + table_row("class", model.class_name());
  for (const auto& [label, keys] : rows) table += table_row(label, value_text(model.config(), keys));
  return table + table_row("attention", attention_kind(module));
}

/// Parameters by the part of the model they belong to: the module behind the layer's number in their names.
std::string parameter_table(const EDPretrainedModel& model) {
  std::map<std::string, int64_t> counts;
  for (const std::string& name : model.parameter_names()) {
    const size_t layer = any_layer(name).find(".*.");
    std::string part = "embeddings, head and final norm";
    if (layer != std::string::npos) {
      const size_t module = name.find('.', layer + 1) + 1;
      part = "layers: " + name.substr(module, name.find('.', module) - module);
    }
    counts[part] += model.parameter_shape(name).elements();
  }
  std::string table = "| part | parameters |\n|---|---:|\n";
  for (const auto& [part, count] : counts) table += table_row(part, with_separators(count));
  return table + fmt::format("| **all** | **{}** |\n", with_separators(model.num_parameters()));
}

std::string memory_table(const EDPretrainedModel& model) {
  std::string table = "| weights in | memory |\n|---|---:|\n";
  const auto row = [&](std::string_view format, double bytes, bool is_stored) {
    table += fmt::format("| {}{} | {:.1f} MB |\n", format, is_stored ? " (as stored)" : "", bytes / 1e6);
  };
  const std::string quantization = model.quantization();
  for (const DType dtype : {DType::kF32, DType::kBF16})
    row(to_string(dtype), static_cast<double>(model.num_parameters()) * static_cast<double>(item_size(dtype)),
        quantization.empty() && dtype == model.dtype());
  if (!quantization.empty()) row(quantization, static_cast<double>(model.weight_bytes()), true);
  return table;
}

/// Where the weights lie, by their kind over all layers; nothing on one device.
std::string sharding_section(const EDPretrainedModel& model) {
  if (model.mesh().device_count() == 1) return "";
  std::string table;
  std::vector<std::string> seen;
  for (const std::string& name : model.parameter_names()) {
    std::string kind = any_layer(name);
    if (std::ranges::find(seen, kind) != seen.end()) continue;
    const Shape shape = model.parameter_shape(name);
    const NamedSharding& sharding = model.shardings().find(name)->second;
    table += fmt::format("| {} | {} | {} | {} |\n", kind, shape.to_string(), sharding.spec().to_string(),
                         sharding.shard_shape(shape).to_string());
    seen.push_back(std::move(kind));
  }
  return fmt::format(
      "\n## Sharding\n\nOver the mesh {}:\n\n| weight | shape | spec | on each device |\n"
      "|---|---|---|---|\n{}",
      model.mesh().to_string(), table);
}

std::string usage_section(const EDPretrainedModel& model, std::string_view name) {
  const bool is_base = model.task() == ModelTask::kBase;
  const std::string auto_suffix = is_base ? std::string() : fmt::format("For{}", to_string(model.task()));
  const std::string shell =
      model.can_generate() ? fmt::format("easydel generate {} --prompt \"Once upon a time\"", name)
                           : fmt::format("easydel forward {} --ids 1,2,3 --output outputs.safetensors", name);
  return fmt::format(
      "\n## Use\n\nFrom the shell:\n\n```sh\n{}\n```\n\nIn C++:\n\n```cpp\n#include <easydel/easydel.h>\n\n"
      "auto model = easydel::AutoEasyDeLModel{}::from_pretrained(\"{}\");\n```\n\nIn Python, with "
      "Transformers:\n\n"
      "```python\nfrom transformers import AutoModel{}\n\nmodel = AutoModel{}.from_pretrained(\"{}\")\n```\n",
      shell, auto_suffix, name, auto_suffix, auto_suffix, name);
}

}  // namespace

std::string EDPretrainedModel::md_info(std::string_view name) const {
  const std::string title =
      name.empty() ? (name_or_path().empty() ? class_name()
                                             : std::filesystem::path(name_or_path()).filename().string())
                   : std::filesystem::weakly_canonical(name).filename().string();
  const std::string use =
      name.empty() ? (name_or_path().empty() ? title : name_or_path()) : std::string(name);
  return fmt::format(
      "---\ntags:\n- EasyDeL\n- {}\n---\n\n# {}\n\nA {} with {} parameters.\n\n## Architecture\n\n{}\n## "
      "Parameters\n\n{}\n"
      "## Memory\n\n{}{}{}",
      config().model_type(), title, class_name(), with_separators(num_parameters()),
      architecture_table(*this, *state_->module), parameter_table(*this), memory_table(*this),
      sharding_section(*this), usage_section(*this, use));
}

}  // namespace easydel
