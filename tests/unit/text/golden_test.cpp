// Every golden tokenizer on 2,000 awkward texts: ids, decoded text and streamed text as the package gives
// them.
#include <gtest/gtest.h>

#include "easydel/tokenizer.h"
#include "golden.h"

namespace easydel {
namespace {

using test_support::golden_path;
using test_support::ids_of;

std::string stream(const Tokenizer& tokenizer, const std::vector<int32_t>& ids,
                   const DecodeOptions& options) {
  StreamDecoder decoder(tokenizer, options);
  std::string text;
  for (const int32_t id : ids) {
    const std::string part = decoder.push(id);
    EXPECT_TRUE(text::is_valid_utf8(part)) << "half a character";
    text += part;
  }
  return text + decoder.finish();
}

class Golden : public ::testing::TestWithParam<std::string> {};

TEST_P(Golden, EqualsThePackage) {
  const std::string name = GetParam();
  const bool shipped = name == "tiny-shakespeare";
  const Tokenizer tokenizer =
      Tokenizer::from_pretrained(shipped ? EASYDEL_SOURCE_DIR "/data/tiny-shakespeare" : golden_path(name));
  const auto golden = nlohmann::json::parse(test_support::read_file(golden_path(name + ".golden.json")));
  const std::vector<std::string> texts = test_support::golden_texts();
  ASSERT_EQ(texts.size(), 2000U);
  const std::vector<int32_t> before = ids_of(golden["before"], 0x100), after = ids_of(golden["after"], 0x100);

  int wrong = 0;
  for (size_t i = 0; i < texts.size() && wrong < 10; ++i) {
    const std::vector<int32_t> plain = ids_of(golden["plain"][i], 0x100);
    std::vector<int32_t> special = before;
    special.insert(special.end(), plain.begin(), plain.end());
    special.insert(special.end(), after.begin(), after.end());
    const std::string readable = nlohmann::json(text::repair_utf8(texts[i])).dump();

    const auto ids = tokenizer.encode(texts[i], {.add_special_tokens = false});
    EXPECT_EQ(ids, plain) << i << ": " << readable;
    wrong += ids != plain;
    EXPECT_EQ(tokenizer.encode(texts[i]), special) << i << ": " << readable;
    for (const bool skip : {true, false}) {
      const std::string kept = golden["keep"][i];
      const std::string expected = skip || kept.empty() ? golden["skip"][i].get<std::string>() : kept;
      const DecodeOptions options{.skip_special_tokens = skip};
      const std::string decoded = tokenizer.decode(special, options);
      EXPECT_EQ(test_support::fnv1a(decoded), expected)
          << i << ": " << readable << " gives " << nlohmann::json(decoded);
      wrong += test_support::fnv1a(decoded) != expected;
      EXPECT_EQ(stream(tokenizer, special, options), decoded) << i << ": " << readable;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Tokenizers, Golden,
                         ::testing::Values("gpt2", "llama3", "qwen2", "o200k", "llama2", "metaspace", "bert",
                                           "unigram", "tiny-shakespeare"),
                         [](const auto& row) {
                           std::string name = row.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

// Each option of each part on a hand-built tokenizer whose ids spell the words that it makes.
TEST(Variants, EqualThePackage) {
  const auto golden = nlohmann::json::parse(test_support::read_file(golden_path("variants.json")));
  EXPECT_GT(golden["variants"].size(), 150U);
  for (const auto& variant : golden["variants"]) {
    SCOPED_TRACE(variant["name"].get<std::string>());
    nlohmann::json tokenizer_json = golden["base"];
    for (const auto& [key, value] : variant["tokenizer"].items()) tokenizer_json[key] = value;
    if (tokenizer_json["model"].contains("vocab") && tokenizer_json["model"]["vocab"].is_null())
      tokenizer_json["model"]["vocab"] = golden["base"]["model"]["vocab"];
    const Tokenizer tokenizer = Tokenizer::from_json(tokenizer_json.dump());
    for (size_t i = 0; i < golden["texts"].size(); ++i) {
      const std::string text = golden["texts"][i];
      const auto& expected = variant["cases"][i];
      const std::vector<int32_t> plain = ids_of(expected[0], 0);
      const std::vector<int32_t> special = expected[1].is_null() ? plain : ids_of(expected[1], 0);
      EXPECT_EQ(tokenizer.encode(text, {.add_special_tokens = false}), plain) << golden["texts"][i];
      EXPECT_EQ(tokenizer.encode(text), special) << golden["texts"][i];
      if (expected[2].is_null()) continue;  // the package panics
      for (const bool skip : {true, false}) {
        const std::string decoded = expected[2][skip || expected[2].size() == 1 ? 0 : 1];
        EXPECT_EQ(tokenizer.decode(special, {.skip_special_tokens = skip}), decoded) << golden["texts"][i];
        EXPECT_EQ(stream(tokenizer, special, {.skip_special_tokens = skip}), decoded) << golden["texts"][i];
      }
    }
  }
}

}  // namespace
}  // namespace easydel
