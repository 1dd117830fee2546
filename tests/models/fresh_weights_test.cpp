// Fresh weights: the same on every engine, zeros where Transformers has them, and none at all with do_init = false.
#include <gtest/gtest.h>
#include <malloc.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "models/model_case.h"

namespace easydel::model_test {
namespace {

using Json = nlohmann::json;

/// Rows of a table that are zeros from end to end.
std::vector<int64_t> zero_rows(const HostTensor& table) {
  const auto width = static_cast<size_t>(table.shape().dim(1));
  std::vector<int64_t> rows;
  for (int64_t row = 0; row < table.shape().dim(0); ++row) {
    const auto values = table.data<float>().subspan(static_cast<size_t>(row) * width, width);
    if (std::ranges::all_of(values, [](float value) { return value == 0; })) rows.push_back(row);
  }
  return rows;
}

TEST(FreshWeights, HaveZerosWhereTransformersHas) {
  const Json cases = Json::parse(std::ifstream(EASYDEL_SOURCE_DIR "/tests/golden/accessors/padding.json"));
  std::set<std::string> types;
  for (const Json& row : cases) {
    SCOPED_TRACE(row["config"].dump());
    const auto config = EDPretrainedConfig::from_json(row["config"].dump());
    types.insert(config.model_type());
    const EDPretrainedModel model(config);
    Json found = Json::object();
    for (const std::string& name : model.parameter_names()) {
      if (model.parameter_shape(name).rank() != 2) continue;
      if (const std::vector<int64_t> rows = zero_rows(model.parameter(name)); !rows.empty())
        found[name] = rows;
    }
    EXPECT_EQ(found, row["zero_rows"]);
  }
  const std::vector<std::string> known = known_model_types();
  EXPECT_EQ(types, std::set<std::string>(known.begin(), known.end())) << "each model type has a row";
}

class FreshWeightsOf : public testing::TestWithParam<const char*> {};

TEST_P(FreshWeightsOf, AreTheSameOnEveryEngine) {
  const auto config = EDPretrainedConfig::from_pretrained(golden_folder(GetParam()));
  const auto make = [&](EngineOptions engine, std::vector<int64_t> mesh) {
    ModelOptions options{.seed = 11, .engine = std::move(engine)};
    options.sharding.sharding_axis_dims = std::move(mesh);
    return EDPretrainedModel(config, options);
  };
  const EDPretrainedModel expected = make({.engine = "native", .threads = 1}, {});
  expect_same_weights(make({.engine = "native", .threads = 2}, {}), expected);
  if (const std::string& reason = missing_cpu_plugin(); !reason.empty()) GTEST_SKIP() << reason;
  expect_same_weights(make({.engine = "pjrt:cpu"}, {}), expected);
  expect_same_weights(make({.engine = "pjrt:cpu"}, {1, 8, 1, 1}), expected);
  expect_same_weights(make({.engine = "pjrt:cpu"}, {1, 2, 2, 2}), expected);
}

INSTANTIATE_TEST_SUITE_P(Models, FreshWeightsOf,
                         testing::Values("gemma2", "gpt2", "llama_untied", "mistral_window", "mixtral",
                                         "qwen2", "qwen3", "roberta_masked", "t5"),
                         [](const auto& row) { return std::string(row.param); });

uint64_t resident_bytes() {
  uint64_t total = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

// TinyLlama's sizes: 4.4 GB in f32. A mesh of 8 takes a sharding for each of its 201 tensors.
TEST(WithoutWeights, AModelTakesNoMemory) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizer keeps freed memory for a while";
#endif
  const auto config = EDPretrainedConfig::from_json(R"({"model_type": "llama", "vocab_size": 32000,
    "hidden_size": 2048, "intermediate_size": 5632, "num_hidden_layers": 22, "num_attention_heads": 32,
    "num_key_value_heads": 4, "max_position_embeddings": 2048})");
  for (const std::vector<int64_t>& mesh : {std::vector<int64_t>{}, {1, 4, 2, 1}}) {
    ModelOptions options{.do_init = false, .engine = {.engine = "native", .threads = 1}};
    options.sharding.sharding_axis_dims = mesh;
    const EDPretrainedModel warm(EDPretrainedConfig::from_pretrained(golden_folder("llama_untied")), options);
    malloc_trim(0);
    const uint64_t before = resident_bytes();
    const EDPretrainedModel model(config, options);
    const uint64_t after = resident_bytes();
    EXPECT_EQ(model.num_parameters(), 1'100'048'384);
    EXPECT_LT(after, before + 4'000'000);
    RecordProperty("bytes", std::to_string(after - std::min(before, after)));
  }
}

}  // namespace
}  // namespace easydel::model_test
