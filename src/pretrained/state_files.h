// The two forms in which a state is kept.
#pragma once

#include <filesystem>
#include <optional>

#include "easydel/state.h"
#include "io/checkpoint.h"

namespace easydel {

/// What either form holds; the tensors lie in the mapped files.
struct StateFile {
  int64_t step = 0;
  EDPretrainedConfig config;
  std::optional<GenerationConfig> generation_config;
  OptimizerOptions optimizer;
  StateValues hyperparameters;
  std::optional<OptimizerState> opt_state;
  io::Checkpoint parameters;
};

/// EasyDeL's `.easy`: records step, module_config_args/*, params/params/*, opt_state/*, tx_init/*, hyperparameters/*.
StateFile read_easy(const std::filesystem::path& path, const LoadStateOptions& options);
void write_easy(const EasyDeLState& state, const std::filesystem::path& path,
                const SaveStateOptions& options);

/// A directory: metadata.json names the files of tensors beside it, so that replacing it replaces the state.
StateFile read_state_directory(const std::filesystem::path& directory, const LoadStateOptions& options);
void write_state_directory(const EasyDeLState& state, const std::filesystem::path& directory,
                           const SaveStateOptions& options);

}  // namespace easydel
