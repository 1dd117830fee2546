// Shared by the tests of src/io/hub: a Hub, an empty cache, and options that wait for nothing.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "easydel/hub.h"
#include "easydel/log.h"
#include "fake_hub/fake_hub.h"
#include "fake_hub/hub_environment.h"
#include "unit/io/io_test_support.h"

namespace easydel::hub {

class HubTest : public ::testing::Test {
 protected:
  HubTest() {
    test_support::use_hub_environment();
    set_log_handler([this](LogLevel, std::string_view message) { notes_.emplace_back(message); },
                    LogLevel::kWarning);
  }
  ~HubTest() override { set_log_handler({}); }

  HubOptions options() const {
    return {.cache_dir = cache(),
            .token = "",
            .endpoint = hub_.url(),
            .timeout = std::chrono::seconds(5),
            .max_retries = 2,
            .retry_wait = std::chrono::milliseconds(1)};
  }
  std::filesystem::path cache() const { return scratch_ / "cache"; }
  std::filesystem::path folder(const std::string& name = "models--org--tiny") const { return cache() / name; }
  std::filesystem::path snapshot() const { return folder() / "snapshots" / hub_.commit(); }

  /// A repository of one file of weights; its contents are no model's.
  void add_model(const std::string& weights = kWeights) {
    hub_.add("org/tiny", "config.json", R"({"model_type": "llama"})");
    hub_.add("org/tiny", "tokenizer.json", "{}");
    hub_.add_large("org/tiny", "model.safetensors", weights);
  }
  /// The same with two shards.
  void add_sharded_model() {
    hub_.add("org/tiny", "config.json", "{}");
    hub_.add(
        "org/tiny", "model.safetensors.index.json",
        R"({"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}})");
    hub_.add_large("org/tiny", "model-00001-of-00002.safetensors", "one");
    hub_.add_large("org/tiny", "model-00002-of-00002.safetensors", "two");
  }

  /// The files of blobs/ that are whole, and those that are not.
  size_t blobs(bool whole) const {
    size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder() / "blobs"))
      count += static_cast<size_t>((entry.path().extension() != ".incomplete") == whole);
    return count;
  }

  static inline const std::string kWeights = std::string(100'000, 'w') + "end";

  io::ScratchDirectory scratch_;
  test_support::FakeHub hub_;
  std::vector<std::string> notes_;
};

}  // namespace easydel::hub
