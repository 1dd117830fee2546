// No test may depend on what the machine has set for the Hub or on its proxies.
//
//   use_hub_environment({{"HF_ENDPOINT", hub.url()}});
#pragma once

#include <cstdlib>
#include <map>
#include <string>

namespace easydel::test_support {

/// Unsets every variable of the Hub but those given.
inline void use_hub_environment(const std::map<std::string, std::string>& variables = {}) {
  for (const char* name :
       {"HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "XDG_CACHE_HOME", "HF_TOKEN",
        "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH", "HF_ENDPOINT", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE",
        "HF_HUB_DISABLE_IMPLICIT_TOKEN", "HF_HUB_DOWNLOAD_TIMEOUT"})
    unsetenv(name);
  setenv("no_proxy", "127.0.0.1", 1);
  for (const auto& [name, value] : variables) setenv(name.c_str(), value.c_str(), 1);
}

}  // namespace easydel::test_support
