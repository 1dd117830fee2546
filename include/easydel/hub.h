// The Hugging Face Hub: models by the name of their repository.
//
//   auto model = easydel::EDPretrainedModel::from_pretrained("HuggingFaceTB/SmolLM2-135M");   // fetched once
//   auto folder = easydel::snapshot_download("HuggingFaceTB/SmolLM2-135M", {.revision = "main"});
//
// Files lie in huggingface_hub's cache, in its layout, so that what either of the two fetched serves both. docs/hub.md
// lists the environment variables that count.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "easydel/progress.h"

namespace easydel {

/// How a repository of the Hub is read. Directories take `subfolder` and `variant` too.
struct HubOptions {
  std::string revision = "main";     ///< branch, tag or commit; a full commit in the cache needs no network
  std::string subfolder;             ///< where in the repository the model lies; empty: at its top
  std::string variant;               ///< of the weights, such as "fp16" for model.fp16.safetensors
  std::filesystem::path cache_dir;   ///< empty: $HF_HUB_CACHE, $HF_HOME/hub or ~/.cache/huggingface/hub
  std::optional<std::string> token;  ///< unset: $HF_TOKEN, or what `hf auth login` stored; empty: none
  std::string endpoint;              ///< empty: $HF_ENDPOINT or https://huggingface.co
  bool local_files_only = false;     ///< only what the cache has; HF_HUB_OFFLINE=1 asks for the same
  bool force_download = false;       ///< fetch again what the cache has
  int max_workers = 8;               ///< files fetched at once
  /// Without a byte for so long a connection counts as lost; 0: $HF_HUB_DOWNLOAD_TIMEOUT (seconds) or 10 s.
  std::chrono::milliseconds timeout{0};
  int max_retries = 5;                         ///< after failures that may pass, for each file
  std::chrono::milliseconds retry_wait{1000};  ///< before the first retry; twice as long before each next one
  ProgressSink* progress = nullptr;
};

/// Fetches a model's configuration, tokenizer and weights (safetensors, else PyTorch's) where the cache lacks them, and
/// returns the folder that holds them. Without a network the cache serves, with a warning. Error(kInvalidArgument) for
/// a name that no repository can have; Error(kNotFound) for a repository, revision or file that is not there or not
/// open to the token, and for files that the cache lacks when it alone may be used; Error(kIo) for a Hub that cannot
/// be reached and for a full disk; Error(kCorruptFile) for a file whose length or SHA-256 is not what the Hub says.
std::filesystem::path snapshot_download(const std::string& repo_id, const HubOptions& options = {});

}  // namespace easydel
