// plan_sharding(): weights and caches, which are exact. Steps are in plan_steps.cpp.
#include "easydel/plan.h"

#include <algorithm>

#include "base/format.h"
#include "easydel/error.h"
#include "models/registry.h"
#include "nn/cache.h"
#include "nn/partition_rules.h"
#include "pretrained/model_state.h"
#include "pretrained/passes.h"
#include "pretrained/placement.h"
#include "pretrained/plan_steps.h"
#include "pretrained/quantize.h"

namespace easydel {
namespace {

int64_t device_count(const PlanOptions& options, const EDPretrainedConfig& config) {
  if (options.devices > 0) return options.devices;
  std::vector<int64_t> dims = options.sharding.sharding_axis_dims;
  if (dims.empty()) dims = config.easydel_options().axis_dims;
  std::replace(dims.begin(), dims.end(), int64_t{-1}, int64_t{1});
  return MeshAxes{.dims = dims, .names = {}}.device_count().value_or(1);
}

DType weight_dtype(const PlanOptions& options, const EDPretrainedConfig& config) {
  const DType dtype = options.dtype == DType::kAuto ? config.dtype() : options.dtype;
  return dtype == DType::kAuto || !is_float(dtype) ? DType::kF32 : dtype;
}

void check(const PlanOptions& options) {
  if (options.dtype != DType::kAuto) require_weight_dtype(options.dtype, "plan");
  if (options.devices < 0)
    throw Error(ErrorCode::kInvalidArgument, "plan",
                fmt::format("{} devices cannot be; use 0 for those of the mesh", options.devices));
  if (options.batch < 1 || options.prompt_length < 1 || options.cache_length < 1)
    throw Error(ErrorCode::kInvalidArgument, "plan",
                fmt::format("batch {}, prompt {} and cache {} must be 1 or more", options.batch,
                            options.prompt_length, options.cache_length));
}

void plan_weights(const nn::ParameterSet& parameters, const NamedShardings& shardings, ShardingPlan& plan) {
  for (const nn::ParameterSpec& parameter : parameters.specs()) {
    const Shape shape = parameter.shape();
    const NamedSharding& sharding = shardings.at(parameter.name);
    uint64_t bytes = 0;
    for (const nn::HeldTensor& held : parameter.held())
      bytes += held_sharding(parameter, sharding, held).shard_shape(held.shape).bytes();
    plan.parameters.push_back({parameter.name, nn::flax_path(parameters, parameter), shape, sharding, bytes});
    plan.weight_bytes += bytes;
    plan.total_weight_bytes += parameter.held_bytes();
  }
}

/// Keys and values of so many positions in each layer.
void plan_caches(const nn::Module& module, const Placement& placement, DType dtype, int64_t length,
                 ShardingPlan& plan) {
  for (const nn::CacheLayout& layer : module.cache_layout()) {
    for (const nn::CachePart& part : nn::cache_parts(layer, dtype, plan.batch, length)) {
      const NamedSharding sharding = placement.cache(part.shape);
      plan.cache_bytes += sharding.shard_shape(part.shape).bytes();
      if (plan.cache_shape.rank() > 0) continue;
      plan.cache_shape = part.shape;
      plan.cache_sharding = sharding;
    }
  }
}

}  // namespace

uint64_t ShardingPlan::activation_bytes() const {
  return std::max(prefill.activation_bytes, decode.activation_bytes);
}

ShardingPlan plan_sharding(const EDPretrainedConfig& config, const PlanOptions& options) {
  check(options);
  const ModelEntry& entry = model_registry().at(config.model_type());
  const std::unique_ptr<nn::Module> module = make_module(config);
  const Placement placement = Placement::of(config, options.sharding, device_count(options, config));
  ShardingPlan plan{.mesh = placement.mesh(),
                    .dtype = weight_dtype(options, config),
                    .batch = options.batch,
                    .prompt_length = options.prompt_length,
                    .cache_length = std::max(options.cache_length, options.prompt_length)};
  const int64_t context = module->max_positions();
  plan.prompt_length = std::min(plan.prompt_length, context);
  // Without a cache, the keys are those of the prompt.
  plan.cache_length = std::min(module->is_causal() ? plan.cache_length : plan.prompt_length, context);
  const StoredQuantization stored = stored_quantization(config);
  const quantization::Format* wanted =
      options.quantize.empty() ? nullptr : &quantization::format(options.quantize);
  const TargetMatcher targets(wanted == nullptr ? stored.patterns : options.bit_targeted_params);
  for (nn::ParameterSpec& parameter : module->parameters().specs()) {
    parameter.dtype = plan.dtype;
    if (wanted != nullptr)
      parameter.format = format_of(*module, parameter, *wanted, targets);
    else if (targets.match(module->parameters(), parameter))
      parameter.format = stored.format_of(parameter.name);
  }

  const NamedShardings shardings = model_shardings(entry, *module, placement, options.sharding,
                                                   options.sharding.partition_rules, {}, plan.warnings);
  plan_weights(module->parameters(), shardings, plan);
  const DType dtype = config.easydel_options().quantize_kv_cache ? DType::kI8 : cache_dtype(plan.dtype);
  if (module->is_causal()) plan_caches(*module, placement, dtype, plan.cache_length, plan);
  if (module->encoder() != nullptr)
    plan_caches(*module, placement, nn::source_cache_dtype(dtype), plan.prompt_length, plan);
  plan.prefill = plan_step(*module, placement, plan, plan.prompt_length);
  if (module->is_causal()) plan.decode = plan_step(*module, placement, plan, 1);
  plan.program_lengths = pass_buckets();
  PassShape prompt{.batch = plan.batch, .seq = plan.prompt_length};
  if (module->is_causal() && module->encoder() == nullptr) {  // the others read a text in one pass
    prompt.capacity = plan.cache_length;
    prompt.logits_to_keep = 1;
  }
  for (const PassPiece& piece : cut_pass(prompt, /*buckets=*/true))
    plan.prompt_pieces.push_back({piece.tokens(), piece.key.seq});
  return plan;
}

}  // namespace easydel
