// Files and arguments that are wrong: one clear error that names the thing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "easydel/error.h"
#include "easydel/tokenizer.h"
#include "golden.h"

namespace easydel {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

json sound() {
  return json::parse(R"({
    "version": "1.0",
    "added_tokens": [{"id": 4, "content": "<s>", "single_word": false, "lstrip": false, "rstrip": false,
                      "normalized": false, "special": true}],
    "normalizer": {"type": "NFC"},
    "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "\\s"}, "behavior": "Isolated", "invert": false},
    "post_processor": {"type": "TemplateProcessing",
      "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
      "pair": [], "special_tokens": {"<s>": {"id": "<s>", "ids": [4], "tokens": ["<s>"]}}},
    "decoder": {"type": "Fuse"},
    "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2, "c": 3}, "merges": ["a b"]}
  })");
}

// What loading `text` throws.
Error load_error(const std::string& text, const std::string& config = {}) {
  try {
    Tokenizer::from_json(text, config);
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error for " << text.substr(0, 500);
  return {ErrorCode::kInternal, "", ""};
}

struct BadCase {
  const char* pointer;  ///< where in the sound file
  const char* value;    ///< what is put there; "" removes it
  ErrorCode code;
  const char* message;  ///< part of what the error says
};

constexpr auto kCorrupt = ErrorCode::kCorruptFile;
constexpr auto kUnknown = ErrorCode::kUnsupported;

const BadCase kCases[] = {
    {"/model", "", kCorrupt, "has no \"model\""},
    {"/model", "[]", kCorrupt, "model must be an object, but is an array"},
    {"/model/type", "\"Magic\"", kUnknown, "model.type is \"Magic\", which is not known here; known are BPE"},
    {"/model/vocab", "", kCorrupt, "model has no \"vocab\""},
    {"/model/vocab", "3", kCorrupt, "model.vocab must be an object"},
    {"/model/vocab/a", "\"x\"", kCorrupt, "model.vocab has no whole number for \"a\""},
    {"/model/vocab/a", "1", kCorrupt, "gives the id 1 to \"a\" and to \"b\""},
    {"/model/vocab/a", "-1", kCorrupt, "the id -1"},
    {"/model/vocab/a", "4000000000", kCorrupt, "the id 4000000000"},
    {"/model/merges", "", kCorrupt, "model has no \"merges\""},
    {"/model/merges/0", "\"a z\"", kCorrupt, "model.merges[0] needs the token \"z\""},
    {"/model/merges/0", "\"b a\"", kCorrupt, "model.merges[0] needs the token \"ba\""},
    {"/model/merges/0", "\"a\"", kCorrupt, "model.merges[0] is \"a\", but must be two tokens"},
    {"/model/merges/0", "[\"a\"]", kCorrupt, "model.merges[0] must be two tokens"},
    {"/model/merges/0", "[\"a\", 1]", kCorrupt, "model.merges[0] must be two tokens"},
    {"/model/dropout", "0.1", kUnknown, "model.dropout is 0.1"},
    {"/model/unk_token", "7", kCorrupt, "model.unk_token must be a string, but is a number"},
    {"/model/byte_fallback", "\"yes\"", kCorrupt, "model.byte_fallback must be true or false"},
    {"/normalizer/type", "\"Precompiled\"", kUnknown, "normalizer.type is \"Precompiled\""},
    {"/normalizer/type", "", kCorrupt, "normalizer has no \"type\""},
    {"/normalizer", R"({"type": "Replace", "pattern": {"Regex": "("}, "content": ""})", kUnknown,
     "normalizer.pattern.Regex"},
    {"/normalizer",
     R"({"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Strip", "strip_left": true}]})",
     kCorrupt, "normalizer.normalizers[1] has no \"strip_right\""},
    {"/pre_tokenizer/type", "\"UnicodeScripts\"", kUnknown, "pre_tokenizer.type is \"UnicodeScripts\""},
    {"/pre_tokenizer/behavior", "\"Sideways\"", kUnknown, "pre_tokenizer.behavior is \"Sideways\""},
    {"/pre_tokenizer/pattern", "{}", kCorrupt, "pre_tokenizer.pattern has neither"},
    {"/pre_tokenizer/pattern/Regex", "\"[a\"", kUnknown, "has an unclosed character class"},
    {"/pre_tokenizer", R"({"type": "Metaspace", "replacement": "ab"})", kCorrupt,
     "replacement must be one character"},
    {"/pre_tokenizer", R"({"type": "FixedLength", "length": 0})", kCorrupt,
     "pre_tokenizer.length must be at least 1"},
    {"/post_processor/type", "\"Other\"", kUnknown, "post_processor.type is \"Other\""},
    {"/post_processor/special_tokens", "{}", kCorrupt, "post_processor.special_tokens has no \"<s>\""},
    {"/post_processor/special_tokens/<s>/ids/0", "99", kCorrupt, "adds the id 99, which no token has"},
    {"/post_processor/single/1/Sequence/id", "\"B\"", kCorrupt, "must be \"A\""},
    {"/decoder/type", "\"CTC\"", kUnknown, "decoder.type is \"CTC\""},
    {"/decoder", R"({"type": "Strip", "content": " ", "start": -1, "stop": 0})", kCorrupt,
     "decoder.start must not be negative"},
    {"/added_tokens/0/content", "5", kCorrupt, "added_tokens[0].content must be a string"},
    {"/added_tokens/0/id", "99999999999", kCorrupt, "added_tokens[0].id is 99999999999"},
    {"/added_tokens/0/lstrip", "", kCorrupt, "added_tokens[0] has no \"lstrip\""},
};

TEST(BadTokenizerJson, NamesTheKey) {
  ASSERT_NO_THROW(Tokenizer::from_json(sound().dump()));
  for (const BadCase& bad : kCases) {
    SCOPED_TRACE(std::string(bad.pointer) + " = " + bad.value);
    json file = sound();
    const json::json_pointer pointer(bad.pointer);
    if (*bad.value == '\0')
      file.at(pointer.parent_pointer()).erase(pointer.back());
    else
      file[pointer] = json::parse(bad.value);
    const Error error = load_error(file.dump());
    EXPECT_EQ(error.code(), bad.code) << error.what();
    EXPECT_THAT(error.what(), HasSubstr(bad.message));
  }
}

TEST(BadTokenizerJson, DuplicateTokensAndIds) {
  std::string text = sound().dump();
  text.replace(text.find("\"b\":1"), 5, "\"a\":1");
  EXPECT_THAT(load_error(text).what(), HasSubstr("has the token \"a\" twice"));

  json file = sound();
  file["added_tokens"].push_back(file["added_tokens"][0]);
  file["added_tokens"][1]["content"] = "</s>";
  EXPECT_THAT(load_error(file.dump()).what(),
              HasSubstr("added_tokens[1].id is 4, which \"<s>\" has already"));
}

// Every prefix of a file is an error, never a crash.
TEST(BadTokenizerJson, Truncated) {
  const std::string text = sound().dump();
  for (size_t size = 0; size < text.size(); ++size) {
    const Error error = load_error(text.substr(0, size));
    EXPECT_EQ(error.code(), ErrorCode::kCorruptFile);
    EXPECT_THAT(error.what(), HasSubstr("is not valid JSON"));
  }
}

TEST(BadTokenizerJson, DeepNesting) {
  EXPECT_EQ(load_error(std::string(100'000, '[')).code(), ErrorCode::kCorruptFile);
  json nested = {{"type", "NFC"}};
  for (int i = 0; i < 40; ++i) nested = {{"type", "Sequence"}, {"normalizers", {nested}}};
  json file = sound();
  file["normalizer"] = nested;
  EXPECT_THAT(load_error(file.dump()).what(), HasSubstr("is nested too deeply"));
}

// Fifty doublings would ask for 2^50 times the text.
TEST(BadTokenizerJson, BoundsGrowth) {
  json steps = json::array();
  for (int i = 0; i < 50; ++i)
    steps.push_back({{"type", "Replace"}, {"pattern", {{"String", "a"}}}, {"content", "aa"}});
  json file = sound();
  file["normalizer"] = {{"type", "Sequence"}, {"normalizers", steps}};
  EXPECT_EQ(load_error(file.dump()).code(), ErrorCode::kUnsupported);
  file = sound();
  file["decoder"] = {{"type", "Sequence"}, {"decoders", steps}};
  EXPECT_EQ(load_error(file.dump()).code(), ErrorCode::kUnsupported);
}

// A pattern that backtracks without end gives up with an error.
TEST(BadTokenizerJson, BoundsBacktracking) {
  json file = sound();
  file["pre_tokenizer"]["pattern"]["Regex"] = "(a+)+[cd]";
  const auto tokenizer = Tokenizer::from_json(file.dump());
  try {
    tokenizer.encode(std::string(60, 'a') + "b");
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_THAT(error.what(), HasSubstr("pre_tokenizer.pattern.Regex"));
  }
}

TEST(BadTokenizerConfig, NamesTheKey) {
  const std::string file = sound().dump();
  EXPECT_THAT(load_error(file, "{").what(), HasSubstr("tokenizer_config.json: is not valid JSON"));
  EXPECT_THAT(load_error(file, "[]").what(), HasSubstr("must be a JSON object"));
  EXPECT_THAT(load_error(file, R"({"eos_token": 5})").what(),
              HasSubstr("\"eos_token\" must be a string or an object"));
  EXPECT_THAT(load_error(file, R"({"eos_token": {"content": "x", "lstrip": 1}})").what(),
              HasSubstr("\"lstrip\" must be"));
  EXPECT_THAT(load_error(file, R"({"added_tokens_decoder": {"x": {"content": "x"}}})").what(),
              HasSubstr("no token id"));
  EXPECT_THAT(load_error(file, R"({"chat_template": 3})").what(),
              HasSubstr("\"chat_template\" must be a string"));
}

Error path_error(const std::filesystem::path& path) {
  try {
    Tokenizer::from_pretrained(path);
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error for " << path;
  return {ErrorCode::kInternal, "", ""};
}

TEST(BadPath, SaysWhatIsMissing) {
  EXPECT_EQ(path_error("/nonexistent").code(), ErrorCode::kNotFound);
  EXPECT_THAT(path_error("/nonexistent").what(), HasSubstr("/nonexistent is not a directory"));
  const std::string file = test_support::golden_path("gpt2/tokenizer.json");
  EXPECT_THAT(path_error(file).what(), HasSubstr("is not a directory"));
  EXPECT_THAT(path_error(EASYDEL_SOURCE_DIR "/src").what(), HasSubstr("has no tokenizer.json"));
}

TEST(BadIds, NameTheIdAndTheVocabulary) {
  const auto tokenizer = Tokenizer::from_json(sound().dump());
  StreamDecoder stream(tokenizer);
  for (const int32_t id : {-1, 5, 1'000'000'000, INT32_MIN, INT32_MAX}) {
    for (const auto& call : {std::function<void()>([&] {
                               tokenizer.decode(std::vector<int32_t>{0, id});
                             }),
                             std::function<void()>([&] { tokenizer.tokens(std::vector<int32_t>{id}); }),
                             std::function<void()>([&] { stream.push(id); })}) {
      try {
        call();
        ADD_FAILURE() << "no error for " << id;
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
        EXPECT_THAT(error.what(),
                    HasSubstr("the id " + std::to_string(id) + " is not in the vocabulary of 5 tokens"));
      }
    }
    EXPECT_EQ(tokenizer.id_to_token(id), std::nullopt);
  }
  EXPECT_EQ(stream.push(2), "ab") << "a refused id leaves the stream as it was";
}

TEST(BadText, NeedsAnUnknownTokenThatIsNotThere) {
  json file = sound();
  file["model"]["unk_token"] = "<unk>";
  const auto tokenizer = Tokenizer::from_json(file.dump());
  EXPECT_NO_THROW(tokenizer.encode("abc"));
  EXPECT_THROW(tokenizer.encode("xyz"), Error);
}

}  // namespace
}  // namespace easydel
