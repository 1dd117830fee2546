// What the tests that run a plugin share: an engine of pjrt:cpu with its own cache folder, or a skipped test.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "easydel/error.h"
#include "engine/engine.h"
#include "engine/pjrt/plugin_search.h"
#include "unit/error_of.h"

namespace easydel {

/// Why pjrt:cpu cannot run here; empty when it can.
inline std::string no_cpu_plugin() {
#ifdef EASYDEL_HAS_PJRT
  if (pjrt::try_find_plugin(*pjrt::find_plugin_kind("cpu"))) return "";
  return "the CPU plugin is not installed: scripts/fetch_plugin.py cpu";
#else
  return "this build has no PJRT engine";
#endif
}

/// The plugin is found first, in the user's cache; compiled programs then go to a folder of the test.
class PjrtCpuTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string reason = no_cpu_plugin(); !reason.empty()) GTEST_SKIP() << reason;
    setenv("EASYDEL_CPU_PLUGIN", pjrt::find_plugin("cpu").path.c_str(), 1);
    setenv("EASYDEL_CACHE_DIR", cache_.c_str(), 1);
    engine_ = make();
  }
  void TearDown() override {
    engine_.reset();
    std::filesystem::remove_all(cache_);
    unsetenv("EASYDEL_CACHE_DIR");
    unsetenv("EASYDEL_CPU_PLUGIN");
  }

  static std::shared_ptr<Engine> make(int64_t devices = 1) {
    return make_engine("pjrt:cpu", {.threads = 2, .devices = devices});
  }
  std::vector<float> values(const Buffer& buffer) const {
    const HostTensor tensor = engine_->download(buffer);
    return {tensor.data<float>().begin(), tensor.data<float>().end()};
  }
  Buffer upload(const std::vector<float>& numbers) const {
    return engine_->upload(HostTensor::from<float>({static_cast<int64_t>(numbers.size())}, numbers));
  }

  std::filesystem::path cache_ =
      std::filesystem::path(testing::TempDir()) / ("pjrt_cache_" + std::to_string(getpid()));
  std::shared_ptr<Engine> engine_;
};

}  // namespace easydel
