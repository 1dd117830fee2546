#include "easydel/generation_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "easydel/config.h"
#include "easydel/error.h"
#include "unit/error_of.h"

namespace easydel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

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

TEST(GenerationConfig, ReadsEveryKeyOfAFileAndWritesItBack) {
  const auto file = nlohmann::json::parse(R"({
      "max_new_tokens": 9, "max_length": 30, "min_new_tokens": 2, "min_length": 3, "max_time": 1.5, "do_sample": true,
      "temperature": 0.5, "top_k": 7, "top_p": 0.75, "min_p": 0.25, "typical_p": 0.5, "top_h": 0.5,
      "epsilon_cutoff": 0.125, "eta_cutoff": 0.25, "repetition_penalty": 1.5, "encoder_repetition_penalty": 1.25,
      "presence_penalty": 0.5, "frequency_penalty": 0.25, "no_repeat_ngram_size": 3, "encoder_no_repeat_ngram_size": 2,
      "bad_words_ids": [[4], [5, 6]], "sequence_bias": [[[7, 8], -1.5]], "suppress_tokens": [9, 10],
      "begin_suppress_tokens": [11, 12], "forced_bos_token_id": 13, "forced_eos_token_id": [2, 3],
      "forced_decoder_ids": [[1, 14], [2, 15]], "exponential_decay_length_penalty": [5, 1.5],
      "remove_invalid_values": true, "renormalize_logits": true, "num_beams": 4, "length_penalty": 2.0,
      "early_stopping": "never", "num_return_sequences": 2, "eos_token_id": [2, 3], "pad_token_id": 1, "bos_token_id": 0,
      "stop_strings": ["a", "b"], "seed": 5})");
  GenerationConfig config = GenerationConfig::from_json(file.dump());
  config.file = nullptr;  // the fields alone
  EXPECT_EQ(nlohmann::json::parse(config.to_json()), file);
  EXPECT_EQ(config.changed_fields().size(), file.size());

  EXPECT_EQ(config.early_stopping, EarlyStopping::kNever);
  EXPECT_THAT(config.sequence_bias, ElementsAre(SequenceBias{{7, 8}, -1.5}));
  EXPECT_THAT(config.forced_decoder_ids, ElementsAre(ForcedToken{1, 14}, ForcedToken{2, 15}));
  EXPECT_EQ(config.exponential_decay_length_penalty, (LengthDecay{5, 1.5}));
}

std::string message(const GenerationConfig& config) {
  return error_of([&] { config.validate(); });
}

TEST(GenerationConfig, NamesTheFieldThatIsOutOfRange) {
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
  EXPECT_EQ(message({.temperature = 0}), "");  // greedy decoding does not read it
}

TEST(GenerationConfig, NamesFieldsThatExcludeEachOther) {
  EXPECT_THAT(message({.max_length = 5, .min_length = 6}),
              HasSubstr("min_length is 6; it must be at most max_length"));
  EXPECT_EQ(message({.max_new_tokens = 9, .max_length = 5, .min_length = 6}), "");
  EXPECT_THAT(message({.num_return_sequences = 2}),
              HasSubstr("num_return_sequences is 2; it must be 1 where do_sample"));
  EXPECT_THAT(message({.num_beams = 2, .num_return_sequences = 3}),
              HasSubstr("must be at most num_beams, 2"));
  EXPECT_EQ(message({.do_sample = true, .num_return_sequences = 3}), "");
  EXPECT_THAT(message({.exponential_decay_length_penalty = LengthDecay{2, 1.5}}),
              HasSubstr("eos_token_id is empty"));
  EXPECT_THAT(message({.sequence_bias = {{{4}, 1}, {{4}, 2}}}),
              HasSubstr("sequence_bias is given twice for [4]"));
  EXPECT_THAT(message({.suppress_tokens = {4}, .forced_bos_token_id = 4}),
              HasSubstr("forced_bos_token_id is [4]"));
  EXPECT_THAT(message({.suppress_tokens = {4, 5}, .forced_eos_token_id = {4, 5}}),
              HasSubstr("forced_eos_token_id is [4, 5], all of which suppress_tokens has"));
  EXPECT_EQ(message({.suppress_tokens = {4}, .forced_eos_token_id = {4, 5}}), "");
  EXPECT_THAT(message({.suppress_tokens = {4}, .forced_decoder_ids = {{1, 4}}}),
              HasSubstr("forced_decoder_ids is [4]"));
  EXPECT_THAT(message({.forced_decoder_ids = {{0, 4}}}), HasSubstr("forced_decoder_ids is 0"));
}

TEST(GenerationConfig, WhatWouldChangeTheTextAndIsMissingIsAnError) {
  for (const char* file :
       {R"({"penalty_alpha": 0.6})", R"({"dola_layers": "high"})", R"({"num_beam_groups": 2})",
        R"({"constraints": [1]})", R"({"force_words_ids": [[1]]})", R"({"guidance_scale": 2})",
        R"({"watermarking_config": {"bias": 1}})", R"({"token_healing": true})"}) {
    const GenerationConfig config = GenerationConfig::from_json(file);
    const std::string key = nlohmann::json::parse(file).begin().key();
    EXPECT_THAT(error_of([&] { config.require_supported(); }), HasSubstr(key + " is ")) << file;
  }
  const auto harmless = GenerationConfig::from_json(
      R"({"penalty_alpha": null, "num_beam_groups": 1, "guidance_scale": 1, "token_healing": false,
          "prompt_lookup_num_tokens": 3})");
  EXPECT_EQ(error_of([&] { harmless.require_supported(); }), "");
  EXPECT_THAT(harmless.warnings(), ElementsAre(HasSubstr("prompt_lookup_num_tokens is 3")));
}

TEST(GenerationConfig, WarnsOfFieldsWithoutEffect) {
  EXPECT_THAT(GenerationConfig({.temperature = 0.5, .length_penalty = 2}).warnings(),
              UnorderedElementsAre(HasSubstr("temperature is set, and has no effect without do_sample"),
                                   HasSubstr("length_penalty is set, and has no effect without num_beams")));
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
