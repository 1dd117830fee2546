#include "easydel/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "easydel/error.h"

namespace easydel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kShipped = EASYDEL_SOURCE_DIR "/data/tiny-shakespeare";

std::string read_text(const std::filesystem::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

template <typename F>
std::string error_of(F&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Config, WritesBackWhatItReadByteForByte) {
  for (const char* directory : {kShipped, EASYDEL_SOURCE_DIR "/tests/golden/models/llama_longrope_v4",
                                EASYDEL_SOURCE_DIR "/tests/golden/models/qwen3_windows"}) {
    const auto config = EDPretrainedConfig::from_pretrained(directory);
    EXPECT_EQ(config.to_json(), read_text(std::filesystem::path(directory) / "config.json"));
  }
}

TEST(Config, KeepsUnknownKeysWhenSaved) {
  const auto directory = std::filesystem::path(testing::TempDir()) / "config_test";
  std::filesystem::create_directories(directory);
  auto config = EDPretrainedConfig::from_json(
      R"({"model_type": "llama", "my_key": {"deep": [1, 2.5, "x", null]}, "note": "\u00e9", "epsilon": 1e-05})");
  config.set("hidden_size", "64");
  config.save_pretrained(directory);
  const auto again = EDPretrainedConfig::from_pretrained(directory);
  EXPECT_EQ(again.integer("hidden_size"), 64);
  EXPECT_EQ(again.json().at("my_key").dump(), R"({"deep":[1,2.5,"x",null]})");
  EXPECT_THAT(read_text(directory / "config.json"), HasSubstr("\"epsilon\": 1e-05"));
}

TEST(Config, TypedAccessNamesTheKeyAndItsValue) {
  const auto config =
      EDPretrainedConfig::from_json(R"({"size": 3.5, "name": 7, "list": [1, "a"], "big": 5000000000,
                                      "nothing": null})");
  EXPECT_THAT(error_of([&] { config.integer("size"); }),
              HasSubstr("key \"size\" is 3.5; it must be an integer"));
  EXPECT_THAT(error_of([&] { config.integer("big"); }), HasSubstr("key \"big\" is 5000000000"));
  EXPECT_THAT(error_of([&] { config.integer("absent"); }), HasSubstr("key \"absent\" is missing"));
  EXPECT_THAT(error_of([&] { config.integer("nothing"); }), HasSubstr("key \"nothing\" is missing"));
  EXPECT_THAT(error_of([&] { config.text("name"); }), HasSubstr("key \"name\" is 7; it must be a string"));
  EXPECT_THAT(error_of([&] { config.boolean("name"); }), HasSubstr("true or false"));
  EXPECT_THAT(error_of([&] { config.numbers("list"); }), HasSubstr("a list of numbers"));
  EXPECT_THAT(error_of([&] { config.texts("list"); }), HasSubstr("a list of strings"));
  EXPECT_THAT(error_of([&] { config.integers("list"); }), HasSubstr("a list of integers"));
  EXPECT_THAT(error_of([&] { config.section("list"); }), HasSubstr("an object"));
  EXPECT_EQ(config.integer("nothing", 4), 4);
  EXPECT_TRUE(config.contains("nothing"));
  EXPECT_FALSE(config.has("nothing"));
}

TEST(Config, ReadsTokenIdsInEveryForm) {
  const auto config =
      EDPretrainedConfig::from_json(R"({"one": 2, "many": [2, 3], "none": null, "old": -1, "bad": 1.5})");
  EXPECT_THAT(config.token_ids("one"), ElementsAre(2));
  EXPECT_THAT(config.token_ids("many"), ElementsAre(2, 3));
  EXPECT_TRUE(config.token_ids("none").empty());
  EXPECT_TRUE(config.token_ids("old").empty());
  EXPECT_THAT(error_of([&] { config.token_ids("bad"); }), HasSubstr("\"bad\" is 1.5"));
}

TEST(Config, ReadsBothSpellingsOfDType) {
  EXPECT_EQ(EDPretrainedConfig::from_json(R"({"torch_dtype": "float16"})").dtype(), DType::kF16);
  EXPECT_EQ(EDPretrainedConfig::from_json(R"({"dtype": "bfloat16"})").dtype(), DType::kBF16);
  EXPECT_EQ(EDPretrainedConfig::from_json("{}").dtype(), DType::kAuto);
  EXPECT_THAT(error_of([] { EDPretrainedConfig::from_json(R"({"dtype": "float12"})").dtype(); }),
              HasSubstr("float12"));
}

TEST(Config, RefusesWhatIsNoConfiguration) {
  EXPECT_THAT(error_of([] { EDPretrainedConfig::from_json("[1]"); }), HasSubstr("one JSON object"));
  EXPECT_THAT(error_of([] { EDPretrainedConfig::from_json("{\"a\": "); }), HasSubstr("config.json"));
  EXPECT_THAT(error_of([] { EDPretrainedConfig::from_pretrained("no/such/directory"); }),
              HasSubstr("no/such/directory"));
  EXPECT_THAT(error_of([] { EDPretrainedConfig::from_json("{}").model_type(); }),
              HasSubstr("\"model_type\" is missing"));
}

TEST(Config, HasEasyDeLsFieldsWithItsDefaults) {
  const EasyDeLOptions defaults = EDPretrainedConfig::from_json("{}").easydel_options();
  EXPECT_THAT(defaults.axis_dims, ElementsAre(1, -1, 1, 1));
  EXPECT_THAT(defaults.axis_names, ElementsAre("dp", "fsdp", "tp", "sp"));
  EXPECT_EQ(defaults.attn_mechanism, "sharded_vanilla");
  EXPECT_EQ(defaults.block_q, 128);
  EXPECT_FALSE(defaults.bits.has_value());
  EXPECT_EQ(defaults.partition_axis, PartitionAxis());

  const auto written = EDPretrainedConfig::from_json(R"({"axis_dims": [2, 2, 1, 1], "bits": 8,
    "partition_axis": [["fsdp", "dp"], "sp", "sp", "tp", "sp", null, null, null, null, null, "tp", "sp", null]})");
  EXPECT_THAT(written.easydel_options().axis_dims, ElementsAre(2, 2, 1, 1));
  EXPECT_EQ(written.easydel_options().bits, 8);
  EXPECT_TRUE(written.easydel_options().partition_axis.hidden_state_axis.empty());
  EXPECT_THAT(error_of([] { EDPretrainedConfig::from_json(R"({"axis_dims": [1]})").easydel_options(); }),
              HasSubstr("axis_dims has 1 sizes and axis_names 4 names"));
  EXPECT_THAT(error_of([] { EDPretrainedConfig::from_json(R"({"partition_axis": [1]})").easydel_options(); }),
              HasSubstr("partition_axis"));
}

}  // namespace
}  // namespace easydel
