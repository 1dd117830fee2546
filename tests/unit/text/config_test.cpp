// tokenizer_config.json and its neighbours, as Transformers reads them.
#include <gtest/gtest.h>

#include <filesystem>

#include "easydel/tokenizer.h"
#include "golden.h"

namespace easydel {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::optional<int32_t> id_or_null(const json& value) {
  return value.is_null() ? std::nullopt : std::optional(value.get<int32_t>());
}

void write(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

class Folder {
 public:
  explicit Folder(const std::string& name) : path_(fs::path(::testing::TempDir()) / ("easydel_" + name)) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

TEST(TokenizerConfig, EqualsTransformers) {
  const json golden = json::parse(test_support::read_file(test_support::golden_path("configs.json")));
  for (const json& row : golden["cases"]) {
    SCOPED_TRACE(row["name"].get<std::string>());
    const Folder folder("config");
    write(folder.path() / "tokenizer.json", test_support::read_file(test_support::golden_path(
                                                row["base"].get<std::string>() + "/tokenizer.json")));
    write(folder.path() / "tokenizer_config.json", row["config"].dump());
    if (!row["special_tokens_map"].empty())
      write(folder.path() / "special_tokens_map.json", row["special_tokens_map"].dump());
    const auto tokenizer = Tokenizer::from_pretrained(folder.path());

    EXPECT_EQ(tokenizer.vocab_size(), row["size"].get<int64_t>());
    EXPECT_EQ(tokenizer.bos_id(), id_or_null(row["bos"]));
    EXPECT_EQ(tokenizer.eos_id(), id_or_null(row["eos"]));
    EXPECT_EQ(tokenizer.pad_id(), id_or_null(row["pad"]));
    EXPECT_EQ(tokenizer.unk_id(), id_or_null(row["unk"]));
    EXPECT_EQ(tokenizer.chat_template(),
              row["chat_template"].is_null() ? "" : row["chat_template"].get<std::string>());
    EXPECT_EQ(tokenizer.model_max_length().value_or(0),
              row["max_length"].is_null() ? 0 : row["max_length"].get<int64_t>());
    for (const json& text : row["rows"]) {
      const std::string input = text["text"];
      EXPECT_EQ(tokenizer.encode(input), text["ids"].get<std::vector<int32_t>>()) << input;
      EXPECT_EQ(tokenizer.encode(input, {.add_special_tokens = false}),
                text["plain"].get<std::vector<int32_t>>())
          << input;
      const auto ids = tokenizer.encode(input);
      EXPECT_EQ(tokenizer.decode(ids), text["skip"].get<std::string>()) << input;
      EXPECT_EQ(tokenizer.decode(ids, {.skip_special_tokens = false}), text["keep"].get<std::string>())
          << input;
      StreamDecoder stream(tokenizer);
      std::string streamed;
      for (const int32_t id : ids) streamed += stream.push(id);
      EXPECT_EQ(streamed + stream.finish(), text["skip"].get<std::string>()) << input;
    }
  }
}

TEST(TokenizerConfig, ChatTemplateFileComesFirst) {
  const Folder folder("jinja");
  write(folder.path() / "tokenizer.json",
        test_support::read_file(test_support::golden_path("gpt2/tokenizer.json")));
  write(folder.path() / "tokenizer_config.json", R"({"chat_template": "from the config"})");
  write(folder.path() / "chat_template.jinja", "from the file\n");
  EXPECT_EQ(Tokenizer::from_pretrained(folder.path()).chat_template(), "from the file\n");
}

}  // namespace
}  // namespace easydel
