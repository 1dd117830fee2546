// Generation on the PJRT engine's CPU plugin: tokens are chosen on the device, programs are made while weights load.
#include <filesystem>

#include "models/model_case.h"
#include "unit/engine/pjrt_testing.h"

namespace easydel::model_test {
namespace {

constexpr const char* kCase = "llama_grouped";

class PjrtGeneration : public PjrtCpuTest {
 protected:
  static std::unique_ptr<EDPretrainedModel> load(const std::string& engine,
                                                 const std::vector<int64_t>& axis_dims = {},
                                                 std::optional<GenerationShape> prepare = std::nullopt) {
    LoadOptions options;
    // Not the checkpoint's bf16, in which engines round differently, and the native one by what the processor has.
    options.dtype = DType::kF32;
    options.engine.engine = engine;
    options.sharding.sharding_axis_dims = axis_dims;
    options.prepare = std::move(prepare);
    return EDPretrainedModel::from_pretrained(golden_folder(kCase), options);
  }

  static std::vector<std::vector<int32_t>> ids_of(const EDPretrainedModel& model,
                                                  const GenerationConfig& config) {
    std::vector<std::vector<int32_t>> rows;
    for (const GeneratedText& row : model.generate(kPrompts, config)) rows.push_back(row.ids);
    return rows;
  }

  static inline const std::vector<std::vector<int32_t>> kPrompts = {{5, 9, 2, 33}, {7}};
  static inline const std::vector<GenerationConfig> kConfigs = {
      {.max_new_tokens = 12, .pad_token_id = 0},
      {.max_new_tokens = 12, .repetition_penalty = 1.5, .no_repeat_ngram_size = 2, .pad_token_id = 0},
      {.max_new_tokens = 12,
       .do_sample = true,
       .temperature = 1.5,
       .top_k = 10,
       .pad_token_id = 0,
       .seed = 3},
      {.max_new_tokens = 12,
       .min_new_tokens = 5,
       .do_sample = true,
       .top_k = 0,
       .top_p = 0.9,
       .min_p = 0.01,
       .presence_penalty = 0.5,
       .eos_token_id = {1, 2, 3},
       .pad_token_id = 0,
       .seed = 4}};
};

TEST_F(PjrtGeneration, TokensChosenOnTheDeviceAreThoseChosenOnTheHost) {
  const auto host = load("native"), device = load("pjrt:cpu");
  for (const GenerationConfig& config : kConfigs) EXPECT_EQ(ids_of(*device, config), ids_of(*host, config));
}

TEST_F(PjrtGeneration, TokensChosenOnAMeshAreThoseChosenOnTheHost) {
  const auto host = load("native"), mesh = load("pjrt:cpu", {2, 1, 2, 1});
  for (const GenerationConfig& config : kConfigs) EXPECT_EQ(ids_of(*mesh, config), ids_of(*host, config));
}

class PreparedPrograms : public PjrtGeneration {
 protected:
  /// In the test's own cache.
  int64_t program_count() const {
    const auto folder = cache_ / "programs";
    if (!std::filesystem::exists(folder)) return 0;
    return std::distance(std::filesystem::directory_iterator(folder), {});
  }
};

TEST_F(PreparedPrograms, AreAllThatTheGenerationNeeds) {
  for (const std::vector<int64_t>& mesh : {std::vector<int64_t>{}, {1, 2, 2, 1}}) {
    const GenerationConfig& config = kConfigs[3];
    const int64_t before = program_count();
    (void)load("pjrt:cpu", mesh, GenerationShape{{4, 1}, config});  // it waits for its programs when it goes
    const int64_t prepared = program_count();
    EXPECT_EQ(prepared, before + 2) << "prompts, decoding";
    (void)ids_of(*load("pjrt:cpu", mesh), config);
    EXPECT_EQ(program_count(), prepared) << "a program was not foreseen";
  }
}

TEST_F(PreparedPrograms, AreTakenOver) {
  const auto model = load("pjrt:cpu", {}, GenerationShape{{4, 1}, kConfigs[1]});
  EXPECT_EQ(ids_of(*model, kConfigs[1]), ids_of(*load("native"), kConfigs[1]));
}

TEST_F(PreparedPrograms, OfAnotherGenerationDoNoHarm) {
  const auto model = load("pjrt:cpu", {}, GenerationShape{{40}, kConfigs[0]});
  EXPECT_EQ(ids_of(*model, kConfigs[2]), ids_of(*load("native"), kConfigs[2]));
}

}  // namespace
}  // namespace easydel::model_test
