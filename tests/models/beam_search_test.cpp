// Beam search beside Transformers' (tests/golden/generation/make_beams.py): tokens and scores, of a decoder and an
// encoder-decoder, on both engines.
#include <array>

#include "io/safetensors.h"
#include "models/model_case.h"
#include "unit/engine/pjrt_testing.h"

namespace easydel::model_test {
namespace {

const std::vector<std::vector<int32_t>> kPrompts = {{5, 9, 2, 33}, {7}, {11, 3, 40, 8, 21, 6}};
const std::vector<int32_t> kEos = {12, 17, 30};

std::map<std::string, GenerationConfig> cases() {
  std::map<std::string, GenerationConfig> cases;
  cases["plain"] = {.max_new_tokens = 12, .num_beams = 4, .num_return_sequences = 4};
  cases["eos"] = {.max_new_tokens = 12, .num_beams = 4, .num_return_sequences = 3, .eos_token_id = kEos};
  cases["early"] = {.max_new_tokens = 12,
                    .num_beams = 4,
                    .early_stopping = EarlyStopping::kYes,
                    .num_return_sequences = 4,
                    .eos_token_id = kEos};
  cases["never"] = {.max_new_tokens = 12,
                    .num_beams = 4,
                    .length_penalty = 2.0,
                    .early_stopping = EarlyStopping::kNever,
                    .num_return_sequences = 4,
                    .eos_token_id = kEos};
  cases["short"] = {.max_new_tokens = 12,
                    .num_beams = 3,
                    .length_penalty = -1.0,
                    .num_return_sequences = 3,
                    .eos_token_id = kEos};
  cases["processors"] = {.max_new_tokens = 12,
                         .repetition_penalty = 1.3,
                         .no_repeat_ngram_size = 2,
                         .suppress_tokens = {4},
                         .forced_eos_token_id = {12},
                         .renormalize_logits = true,
                         .num_beams = 4,
                         .num_return_sequences = 4,
                         .eos_token_id = kEos};
  return cases;
}

/// All prompts, of unequal lengths, in one batch.
void expect_texts_of_transformers(const EDPretrainedModel& model, const std::string& model_case) {
  const io::TensorFile golden =
      io::open_safetensors(EASYDEL_SOURCE_DIR "/tests/golden/generation/beams.safetensors");
  for (const auto& [name, config] : cases()) {
    const std::vector<GeneratedText> texts = model.generate(kPrompts, config);
    ASSERT_EQ(texts.size(), kPrompts.size() * static_cast<size_t>(config.num_return_sequences));
    for (size_t index = 0; index < texts.size(); ++index) {
      const size_t count = texts.size() / kPrompts.size(), prompt = index / count, rank = index % count;
      SCOPED_TRACE(name + ", prompt " + std::to_string(prompt) + ", text " + std::to_string(rank));
      const std::string prefix = model_case + "." + name + "." + std::to_string(prompt);
      const HostTensor ids = golden.tensor(prefix + ".ids");
      const HostTensor scores = golden.tensor(prefix + ".scores");
      const auto width = static_cast<size_t>(ids.shape().dim(1));
      std::vector<int32_t> expected;
      for (const int32_t id : ids.data<int32_t>().subspan(rank * width, width))
        if (id >= 0) expected.push_back(id);
      EXPECT_EQ(texts[index].ids, expected);
      EXPECT_NEAR(texts[index].score.value(), scores.data<float>()[rank], 2e-4);
    }
  }
}

std::unique_ptr<EDPretrainedModel> load(const std::string& model_case, const std::string& engine,
                                        const std::vector<int64_t>& mesh = {}) {
  LoadOptions options{.dtype = DType::kF32};
  options.engine.engine = engine;
  options.sharding.sharding_axis_dims = mesh;
  return EDPretrainedModel::from_pretrained(golden_folder(model_case), options);
}

/// By the names of their folders in tests/golden/models.
class BeamSearch : public testing::TestWithParam<const char*> {};
class PjrtBeamSearch : public PjrtCpuTest, public testing::WithParamInterface<const char*> {};

TEST_P(BeamSearch, TextsAndScoresAreThoseOfTransformers) {
  expect_texts_of_transformers(*load(GetParam(), "native"), GetParam());
}

TEST_P(BeamSearch, IsNoStream) {
  const auto model = load(GetParam(), "native");
  for (const GenerationConfig& config :
       {GenerationConfig{.num_beams = 2}, GenerationConfig{.do_sample = true, .num_return_sequences = 2}}) {
    const std::string error = error_of([&] { static_cast<void>(model->stream({7}, config)); });
    EXPECT_TRUE(error.starts_with("stream: ") && error.ends_with("use generate()")) << error;
  }
}

TEST_P(PjrtBeamSearch, TextsAndScoresAreThoseOfTransformers) {
  expect_texts_of_transformers(*load(GetParam(), "pjrt:cpu"), GetParam());
}

TEST_P(PjrtBeamSearch, TextsAndScoresOnAMeshAreThoseOfTransformers) {
  expect_texts_of_transformers(*load(GetParam(), "pjrt:cpu", {2, 1, 2, 1}), GetParam());
}

std::string name_of(const testing::TestParamInfo<const char*>& info) {
  return info.param;
}
constexpr std::array kModels = {"llama_grouped", "t5"};
INSTANTIATE_TEST_SUITE_P(Models, BeamSearch, testing::ValuesIn(kModels), name_of);
INSTANTIATE_TEST_SUITE_P(Models, PjrtBeamSearch, testing::ValuesIn(kModels), name_of);

}  // namespace
}  // namespace easydel::model_test
