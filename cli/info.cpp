// `easydel info`: a Markdown card of a model, from its configuration and file headers alone.
#include <fmt/format.h>

#include "cli/model.h"
#include "cli/plan.h"
#include "easydel/error.h"

namespace easydel::cli {
namespace {

struct InfoOptions {
  std::string model;
  bool plan = false, parameters = false, json = false;
  int64_t batch = 1, prompt = 512, cache = 2048;
  std::string device_memory;
  CommonOptions common;
};

// Needs neither weights nor devices.
void run_plan(const InfoOptions& options) {
  options.common.check_formats();
  const ShardingPlan plan = plan_sharding(read_config(options.model, options.common),
                                          {.sharding = options.common.sharding(),
                                           .dtype = options.common.weight_dtype(),
                                           .quantize = options.common.quantize,
                                           .bit_targeted_params = options.common.quantize_params,
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

void run(const InfoOptions& options) {
  if (options.plan) return run_plan(options);
  if (options.json)
    throw Error(ErrorCode::kInvalidArgument, "info", "--json is the form of the plan; add --plan");
  options.common.check();
  const auto config = read_config(options.model, options.common);
  ModelOptions shapes_only;
  shapes_only.do_init = false;
  shapes_only.engine.engine = "native";
  shapes_only.dtype = config.dtype() == DType::kAuto ? DType::kF32 : config.dtype();
  shapes_only.sharding = options.common.sharding();
  const EDPretrainedModel shapes(config, shapes_only);
  print(shapes.md_info(options.model));
  if (!options.parameters) return;
  std::string list = "\n## Every parameter\n\n| name | shape |\n|---|---|\n";
  for (const std::string& parameter : shapes.parameter_names())
    list += fmt::format("| {} | {} |\n", parameter, shapes.parameter_shape(parameter).to_string());
  print(list);
}

}  // namespace

Command add_info(CLI::App& program) {
  auto options = std::make_shared<InfoOptions>();
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
