// Texts longer than the pieces in which a prompt is fed, and than the length that a model was trained on.
#include <limits>

#include "models/model_case.h"

namespace easydel::model_test {
namespace {

struct LongText {
  const char* name;
  const char* rope;  ///< rope_parameters
  int64_t max_position_embeddings;
  int64_t max_positions;  ///< the context that follows
};

std::ostream& operator<<(std::ostream& stream, const LongText& row) {
  return stream << row.name;
}

constexpr int64_t kUnlimited = std::numeric_limits<int32_t>::max();

constexpr LongText kRows[] = {
    {"default", R"({"rope_type": "default", "rope_theta": 10000.0})", 2048, 2048},
    {"linear", R"({"rope_type": "linear", "rope_theta": 10000.0, "factor": 4.0})", 512, 2048},
    {"dynamic", R"({"rope_type": "dynamic", "rope_theta": 10000.0, "factor": 2.0})", 256, kUnlimited},
    {"yarn",
     R"({"rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "original_max_position_embeddings": 512})",
     512, 2048},
    {"longrope",
     R"({"rope_type": "longrope", "rope_theta": 10000.0, "original_max_position_embeddings": 700,
         "short_factor": [1.0, 1.05, 1.1, 1.2], "long_factor": [1.0, 1.5, 3.0, 6.0]})",
     2048, 2048},
};

class LongTexts : public ::testing::TestWithParam<LongText> {
 protected:
  EDPretrainedModel make_model() const {
    EDPretrainedConfig config = EDPretrainedConfig::from_pretrained(golden_folder("llama_grouped"));
    config.set("rope_parameters", GetParam().rope);
    config.set("max_position_embeddings", std::to_string(GetParam().max_position_embeddings));
    return EDPretrainedModel(config, {.seed = 3});
  }
};

TEST_P(LongTexts, TheContextIsWhatTheRotaryEmbeddingReaches) {
  EXPECT_EQ(make_model().max_positions(), GetParam().max_positions);
}

// Transformers feeds a prompt in one piece: all its tokens get the angles of the whole text.
TEST_P(LongTexts, APromptFedInPiecesEqualsOnePass) {
  const EDPretrainedModel model = make_model();
  constexpr int64_t kLength = 1100, kKept = 40;
  std::vector<int32_t> prompt;
  for (int64_t i = 0; i < kLength; ++i) prompt.push_back(static_cast<int32_t>(i * i * 31 % 96));
  const HostTensor ids = token_rows({prompt});
  const HostTensor whole = model({.input_ids = ids, .logits_to_keep = kKept}).logits;
  KvCache cache = model.init_cache(1, kLength);
  const HostTensor pieces = model({.input_ids = ids, .cache = &cache, .logits_to_keep = kKept}).logits;
  EXPECT_LE(relative_difference(pieces, whole), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Rotary, LongTexts, ::testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace easydel::model_test
