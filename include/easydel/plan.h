// Plan: what each device of a mesh would hold and exchange, worked out from names and shapes alone.
//
//   const auto config = EDPretrainedConfig::from_pretrained("Llama-3.1-8B");
//   const ShardingPlan plan = plan_sharding(config, {.sharding = {.sharding_axis_dims = {1, 4, 2, 1}}, .batch = 8});
//   plan.bytes_per_device();                    // weights + cache + activations
//   plan.bytes_per_device() <= 80'000'000'000;  // does it fit?
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "easydel/config.h"
#include "easydel/model.h"
#include "easydel/sharding.h"

namespace easydel {

struct PlanOptions {
  ShardingOptions sharding;    ///< sharding_axis_dims may leave one size open where `devices` is given
  int64_t devices = 0;         ///< of the mesh; 0: the product of the sizes, an open one counting as 1
  DType dtype = DType::kAuto;  ///< of the weights; kAuto: the checkpoint's, else f32
  std::string quantize;  ///< as in LoadOptions; empty: as the configuration says that weights are stored
  std::vector<std::string> bit_targeted_params;  ///< as in LoadOptions
  int64_t batch = 1;                             ///< rows
  /// Tokens of a prefill step (of an encoder's input), up to the model's context.
  int64_t prompt_length = 512;
  int64_t cache_length = 2048;  ///< positions of the key-value cache, likewise; at least the prompt's
};

struct ParameterPlan {
  std::string name;  ///< Hugging Face's
  std::string path;  ///< EasyDeL's
  Shape shape;       ///< as stored
  NamedSharding sharding;
  uint64_t bytes_per_device = 0;
};

/// One kind of exchange between devices in a step.
struct CollectivePlan {
  std::string op;                 ///< "all-gather" or "all-reduce"
  std::string what;               ///< what is exchanged, layers written as "*"
  std::vector<std::string> axes;  ///< of the mesh
  int64_t devices = 1;            ///< that take part in each exchange
  uint64_t bytes = 0;             ///< of the result on each device, per exchange
  int64_t count = 0;              ///< exchanges per step
  uint64_t total_bytes() const { return bytes * static_cast<uint64_t>(count); }
};

struct StepPlan {
  uint64_t activation_bytes = 0;            ///< peak per device, gathered weights included
  std::vector<CollectivePlan> collectives;  ///< by falling total
};

/// Tokens of a prompt that run together on an engine that compiles a program per length.
struct PromptPiece {
  int64_t tokens = 0;
  int64_t length = 0;  ///< of the program: the tokens and their padding
};

/// Bytes are per device. Weights and caches are exact; activations and collectives are estimates from the specs: an
/// engine's compiler may find a better way.
struct ShardingPlan {
  Mesh mesh;
  DType dtype = DType::kF32;
  int64_t batch = 1, prompt_length = 0, cache_length = 0;
  std::vector<ParameterPlan> parameters;
  Shape cache_shape;  ///< keys of the first layer
  NamedSharding cache_sharding;
  uint64_t weight_bytes = 0, cache_bytes = 0;  ///< caches are of models that keep keys
  uint64_t total_weight_bytes = 0;             ///< of the model, once
  StepPlan prefill, decode;                    ///< decode is empty for models that keep no keys
  std::vector<int64_t> program_lengths;    ///< that pieces of a prompt are padded to, ascending; 1 decodes
  std::vector<PromptPiece> prompt_pieces;  ///< how the prompt is fed
  std::vector<std::string> warnings;       ///< a sentence per axis that does not divide its dimension

  uint64_t activation_bytes() const;
  uint64_t bytes_per_device() const { return weight_bytes + cache_bytes + activation_bytes(); }
};

/// Needs no engine. Errors as EDPretrainedModel's constructor and Mesh::create() have them; Error(kInvalidArgument) for
/// sizes below 1.
ShardingPlan plan_sharding(const EDPretrainedConfig& config, const PlanOptions& options = {});

}  // namespace easydel
