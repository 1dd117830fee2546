// `easydel info`: a Markdown card of a model, from its configuration and file headers alone.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/layer_name.h"
#include "cli/model.h"
#include "cli/plan.h"
#include "easydel/error.h"

namespace easydel::cli {
namespace {

struct Options {
  std::string model;
  bool plan = false, parameters = false, json = false;
  int64_t batch = 1, prompt = 512, cache = 2048;
  std::string device_memory;
  CommonOptions common;
};

std::string table_row(std::string_view name, const std::string& value) {
  return value.empty() ? "" : fmt::format("| {} | {} |\n", name, value);
}

std::string with_separators(int64_t number) {
  std::string digits = std::to_string(number);
  for (auto position = static_cast<int64_t>(digits.size()) - 3; position > 0; position -= 3)
    digits.insert(static_cast<size_t>(position), 1, ',');
  return digits;
}

std::string megabytes(double bytes) {
  return fmt::format("{:.1f} MB", bytes / 1e6);
}

// The value of the first of these keys that config.json has, as its own text; empty without one.
std::string value_text(const EDPretrainedConfig& config, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    if (!config.has(key)) continue;
    const nlohmann::json& value = config.json().at(key);
    return value.is_string() ? value.get<std::string>() : value.dump();
  }
  return "";
}

std::string architecture(const EDPretrainedConfig& config) {
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
  std::string table = "| | |\n|---|---|\n";
  for (const auto& [label, keys] : rows) table += table_row(label, value_text(config, keys));
  return table;
}

// Parameters by the part of the model they belong to: the module behind the layer's number in their names.
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
  for (const auto& [part, count] : counts)
    table += fmt::format("| {} | {} |\n", part, with_separators(count));
  return table + fmt::format("| **all** | **{}** |\n", with_separators(model.num_parameters()));
}

std::string memory_table(const EDPretrainedModel& model, DType stored) {
  const auto count = static_cast<double>(model.num_parameters());
  std::string table = "| weights in | memory |\n|---|---:|\n";
  for (const DType dtype : {DType::kF32, DType::kBF16})
    table += fmt::format("| {}{} | {} |\n", to_string(dtype), dtype == stored ? " (as stored)" : "",
                         megabytes(count * static_cast<double>(item_size(dtype))));
  return table;
}

// Needs neither weights nor devices.
void run_plan(const Options& options) {
  options.common.check_formats();
  const ShardingPlan plan =
      plan_sharding(read_config(options.model, options.common), {.sharding = options.common.sharding(),
                                                                 .dtype = options.common.compute_dtype(),
                                                                 .quantize = options.common.quantize,
                                                                 .batch = options.batch,
                                                                 .prompt_length = options.prompt,
                                                                 .cache_length = options.cache});
  const PlanView view{.device_memory = options.device_memory.empty() ? 0 : parse_bytes(options.device_memory),
                      .parameters = options.parameters};
  if (options.json)
    print_json(plan_json(plan, view));
  else
    print(plan_text(plan, view));
}

void run(const Options& options) {
  if (options.plan) return run_plan(options);
  if (options.json)
    throw Error(ErrorCode::kInvalidArgument, "info", "--json is the form of the plan; add --plan");
  options.common.check();
  const auto config = read_config(options.model, options.common);
  const EDPretrainedModel shapes(config, {.do_init = false, .engine = {.engine = "native"}});
  const DType stored = config.dtype();
  std::string name = std::filesystem::weakly_canonical(options.model).filename().string();
  print(fmt::format("# {}\n\n{}\n## Architecture\n\n{}\n## Parameters\n\n{}\n## Memory\n\n{}", name,
                    stored == DType::kAuto ? "" : fmt::format("Stored in {}.\n", to_string(stored)),
                    architecture(config), parameter_table(shapes), memory_table(shapes, stored)));
  if (options.parameters) {
    std::string list = "\n## Every parameter\n\n| name | shape |\n|---|---|\n";
    for (const std::string& parameter : shapes.parameter_names())
      list += fmt::format("| {} | {} |\n", parameter, shapes.parameter_shape(parameter).to_string());
    print(list);
  }
  print(fmt::format("\n## Use\n\n```sh\neasydel generate {} --prompt \"Once upon a time\"\n```\n",
                    options.model));
}

}  // namespace

Command add_info(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* app = add_subcommand(
      program, "info", "Print a Markdown card: architecture, parameters, memory",
      {"easydel info data/tiny-shakespeare", "easydel info data/tiny-shakespeare --parameters",
       "easydel info data/tiny-shakespeare --plan --mesh dp=1,fsdp=4,tp=2,sp=1 --device-memory 16GB"});
  add_model_argument(*app, options->model);
  app->add_flag("--parameters", options->parameters, "List every parameter and its shape");
  app->add_flag("--plan", options->plan,
                "Show what each device of --mesh would hold and exchange, instead of the card");
  app->add_option("--batch", options->batch, "Rows, for the plan")->capture_default_str();
  app->add_option("--prompt-tokens", options->prompt, "Tokens of a prefill, for the plan")
      ->capture_default_str();
  app->add_option("--cache-positions", options->cache, "Positions of the cache, for the plan")
      ->capture_default_str();
  app->add_option("--device-memory", options->device_memory, "Bytes of each device, such as 80GB or 24GiB");
  app->add_flag("--json", options->json, "Print the plan as one object, the fields of docs/cli.md");
  add_common_options(*app, options->common);
  return {app, [options] { run(*options); }};
}

}  // namespace easydel::cli
