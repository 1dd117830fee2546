#include "easydel/generation_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "easydel/config.h"
#include "easydel/error.h"

namespace easydel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(GenerationConfig, ReadsTheShippedFile) {
  const auto config = GenerationConfig::from_pretrained(EASYDEL_SOURCE_DIR "/data/tiny-shakespeare");
  EXPECT_THAT(config.eos_token_id, ElementsAre(1));
  EXPECT_EQ(config.bos_token_id, 0);
  EXPECT_EQ(config.pad_token_id, 1);
  EXPECT_FALSE(config.do_sample);
  EXPECT_EQ(config.max_length, 20);
  EXPECT_FALSE(config.max_new_tokens.has_value());
}

TEST(GenerationConfig, FallsBackToTheModelsConfiguration) {
  const auto config = GenerationConfig::from_pretrained(EASYDEL_SOURCE_DIR "/tests/golden/models/qwen2");
  EXPECT_TRUE(config.eos_token_id.empty());
  EXPECT_EQ(config.bos_token_id, 1);
  EXPECT_EQ(config.pad_token_id, 0);
}

TEST(GenerationConfig, KeepsUnknownKeysAndNulls) {
  auto config = GenerationConfig::from_json(
      R"({"eos_token_id": [2, 3], "temperature": null, "top_k": 50, "watermark": {"a": 1}, "min_p": 0.1})");
  config.max_new_tokens = 7;
  const auto written = nlohmann::json::parse(config.to_json());
  EXPECT_EQ(written, nlohmann::json::parse(R"({"eos_token_id": [2, 3], "temperature": null, "top_k": 50,
                                               "watermark": {"a": 1}, "min_p": 0.1, "max_new_tokens": 7})"));
}

TEST(GenerationConfig, WritesOnlyWhatDiffersFromTheDefaults) {
  const GenerationConfig config{.do_sample = true, .eos_token_id = {5}, .stop_strings = {"\n\n"}, .seed = 3};
  EXPECT_EQ(nlohmann::json::parse(config.to_json()),
            nlohmann::json::parse(
                R"({"do_sample": true, "eos_token_id": 5, "stop_strings": ["\n\n"], "seed": 3})"));
  const auto again = GenerationConfig::from_json(config.to_json());
  EXPECT_EQ(again.seed, 3u);
  EXPECT_THAT(again.stop_strings, ElementsAre("\n\n"));
}

TEST(GenerationConfig, NamesTheFieldThatIsOutOfRange) {
  const auto message = [](const GenerationConfig& config) -> std::string {
    try {
      config.validate();
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_THAT(message({.do_sample = true, .temperature = 0}), HasSubstr("temperature is 0"));
  EXPECT_THAT(message({.do_sample = true, .temperature = std::nan("")}), HasSubstr("temperature is nan"));
  EXPECT_THAT(message({.do_sample = true, .top_k = -1}), HasSubstr("top_k is -1"));
  EXPECT_THAT(message({.do_sample = true, .top_p = 1.5}), HasSubstr("top_p is 1.5"));
  EXPECT_THAT(message({.do_sample = true, .min_p = -0.1}), HasSubstr("min_p is -0.1"));
  EXPECT_THAT(message({.repetition_penalty = 0}), HasSubstr("repetition_penalty is 0"));
  EXPECT_THAT(message({.max_new_tokens = -1}), HasSubstr("max_new_tokens is -1"));
  EXPECT_THAT(message({.max_new_tokens = 2, .min_new_tokens = 3}), HasSubstr("min_new_tokens is 3"));
  EXPECT_THAT(message({.num_beams = 0}), HasSubstr("num_beams is 0"));
  EXPECT_THAT(message({.stop_strings = {""}}), HasSubstr("stop_strings"));
  EXPECT_EQ(message({.temperature = 0}), "no error");  // greedy decoding does not read it
}

TEST(GenerationConfig, FileErrorsNameTheFile) {
  try {
    GenerationConfig::from_json(R"({"do_sample": true, "top_p": 2})", "somewhere.json");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("somewhere.json: top_p is 2"));
  }
}

}  // namespace
}  // namespace easydel
