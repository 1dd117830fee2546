// What HubOptions and huggingface_hub's environment variables come to.
//
//   const HubSettings settings = HubSettings::of({.revision = "main"});
//   settings.endpoint;   // "https://huggingface.co", without a slash at its end
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "easydel/hub.h"

namespace easydel::hub {

struct HubSettings {
  std::string endpoint;
  std::string token;            ///< empty: none
  std::filesystem::path cache;  ///< the folder of all repositories
  bool offline = false;
  std::chrono::milliseconds timeout{0}, retry_wait{0};
  int max_retries = 0;

  /// Throws Error(kInvalidArgument) for values that cannot be meant.
  static HubSettings of(const HubOptions& options);
};

}  // namespace easydel::hub
