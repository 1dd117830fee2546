// Loading takes little memory beside the weights themselves: pages of the file go once a device has its copy.
#include <gtest/gtest.h>
#include <malloc.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "models/model_case.h"
#include "unit/engine/pjrt_testing.h"

namespace easydel::model_test {
namespace {

/// A line of /proc/self/status in bytes: "VmRSS", "VmHWM".
uint64_t status_bytes(const std::string& name) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(name + ":")) return std::stoull(line.substr(name.size() + 1)) * 1024;
  return 0;
}

/// Lets VmHWM start anew from what is resident now; false where the kernel refuses.
bool reset_peak() {
  std::ofstream file("/proc/self/clear_refs");
  file << "5" << std::flush;
  return static_cast<bool>(file);
}

class LoadingMemory : public testing::Test {
 protected:
  static constexpr uint64_t kWeights = 125'863'936;
  static constexpr uint64_t kLargest = uint64_t{8192} * 512 * 4;  // the embedding

  /// 126 MB in f32: the embedding and 8 layers.
  void SetUp() override {
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "the sanitizer keeps freed memory for a while";
#endif
    const auto config = EDPretrainedConfig::from_json(R"({"model_type": "llama", "vocab_size": 8192,
      "hidden_size": 512, "intermediate_size": 1536, "num_hidden_layers": 8, "num_attention_heads": 8,
      "max_position_embeddings": 128, "tie_word_embeddings": true})");
    const EDPretrainedModel model(config, {.engine = {.engine = "native"}});
    model.save_pretrained(folder_, {.max_shard_bytes = 40'000'000});
  }
  void TearDown() override {
    std::filesystem::remove_all(folder_);
  }

  /// The greatest growth of resident memory while the model is loaded; nothing where it cannot be measured.
  std::optional<uint64_t> peak_of_loading(const LoadOptions& options) const {
    // What the engine's own start takes is not the question.
    const EDPretrainedModel warm(EDPretrainedConfig::from_pretrained(golden_folder("llama_untied")),
                                 {.engine = options.engine, .sharding = options.sharding});
    malloc_trim(0);
    if (!reset_peak()) return std::nullopt;
    const uint64_t before = status_bytes("VmRSS");
    const auto model = EDPretrainedModel::from_pretrained(folder_, options);
    return status_bytes("VmHWM") - before;
  }

  std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) / ("loading_memory_" + std::to_string(getpid()));
};

TEST_F(LoadingMemory, OverAMeshItIsTheWeightsAndOneTensor) {
  if (const std::string reason = no_cpu_plugin(); !reason.empty()) GTEST_SKIP() << reason;
  LoadOptions options;
  options.engine = {.engine = "pjrt:cpu", .threads = 2, .devices = 8};
  options.sharding.sharding_axis_dims = {1, 8, 1, 1};
  const auto peak = peak_of_loading(options);
  if (!peak) GTEST_SKIP() << "/proc/self/clear_refs cannot be written";
  EXPECT_GT(*peak, kWeights / 2) << "the weights are not in this measurement";
  EXPECT_LT(*peak, kWeights + kWeights / 10 + kLargest);
}

// 100 million parameters, whose 8 bits and scales are 0.27 of f32: what was read of the file goes piece by piece.
TEST_F(LoadingMemory, QuantizedItIsThreeTenthsOfF32) {
  const auto config = EDPretrainedConfig::from_json(R"({"model_type": "llama", "vocab_size": 16384,
    "hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 9, "num_attention_heads": 12,
    "max_position_embeddings": 128, "tie_word_embeddings": true})");
  uint64_t f32_bytes = 0;
  {
    const EDPretrainedModel model(config, {.engine = {.engine = "native"}});
    model.save_pretrained(folder_);
    f32_bytes = model.weight_bytes();
  }
  ASSERT_GT(f32_bytes, 390'000'000u);
  LoadOptions options;
  options.quantize = "int8";
  options.engine = {.engine = "native", .threads = 2};
  const auto peak = peak_of_loading(options);
  if (!peak) GTEST_SKIP() << "/proc/self/clear_refs cannot be written";
  EXPECT_GT(*peak, f32_bytes / 4) << "the weights are not in this measurement";
  EXPECT_LT(*peak, f32_bytes * 3 / 10);
}

TEST_F(LoadingMemory, AConversionHoldsOneTensorBesideTheConverted) {
  LoadOptions options;
  options.dtype = DType::kBF16;
  options.engine.engine = "native";
  const auto peak = peak_of_loading(options);
  if (!peak) GTEST_SKIP() << "/proc/self/clear_refs cannot be written";
  constexpr uint64_t weights = kWeights / 2;
  EXPECT_GT(*peak, weights / 2) << "the weights are not in this measurement";
  EXPECT_LT(*peak, weights + weights / 10 + kLargest);
}

}  // namespace
}  // namespace easydel::model_test
