// What LoadOptions ask for, in the terms of the layers below.
#pragma once

#include "easydel/model.h"
#include "io/checkpoint.h"
#include "nn/parameters.h"
#include "quantization/format.h"

namespace easydel {

/// Replaces fields of the configuration. Error(kInvalidArgument) naming the key whose value is no JSON.
void apply_overrides(EDPretrainedConfig& config, const LoadOptions& options);

/// `engine` and `backend` as one. Error(kInvalidArgument) where both are given and differ.
EngineOptions engine_options(const LoadOptions& options);

io::CheckpointLayout wanted_layout(const LoadOptions& options);

/// The dtype that weights are kept in; kAuto: the checkpoint's.
DType param_dtype(const LoadOptions& options);

/// The format that weights are quantized to; null for none.
const quantization::Format* wanted_format(const LoadOptions& options);

/// Throws Error(kNotFound) for a shard function of no parameter or, with mismatch_allowed false, a parameter without one.
void check_shard_fns(const LoadOptions& options, const nn::ParameterSet& parameters);

}  // namespace easydel
