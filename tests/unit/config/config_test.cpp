#include "easydel/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "easydel/error.h"
#include "unit/error_of.h"

namespace easydel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kShipped = EASYDEL_SOURCE_DIR "/data/tiny-shakespeare";

std::string read_text(const std::filesystem::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
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

/// A field of EasyDeL's: what it may be, and what not, as JSON.
struct Field {
  const char *key, *good, *bad;
};
constexpr Field kFields[] = {
    {"axis_dims", "[2, 1, 1, 1]", "[\"two\"]"},
    {"axis_names", R"(["a", "b", "c", "d"])", "[1, 2, 3, 4]"},
    {"attn_mechanism", "\"flash\"", "7"},
    {"block_q", "64", "0"},
    {"block_k", "256", "-1"},
    {"block_b", "2", "\"one\""},
    {"block_k_major", "128", "0"},
    {"block_q_major_dkv", "null", "1.5"},
    {"block_k_major_dkv", "128", "0"},
    {"block_k_dkv", "128", "0"},
    {"block_q_dkv", "128", "0"},
    {"block_k_major_dq", "128", "0"},
    {"block_k_dq", "128", "0"},
    {"block_q_dq", "128", "0"},
    {"partition_axis", R"([["dp"], "sp", "sp", "tp", "sp", null, null, null, null, null, "tp", "sp", null])",
     "[1]"},
    {"shard_attention_computation", "false", "\"no\""},
    {"use_sharded_kv_caching", "false", "0"},
    {"use_sharding_constraint", "true", "1"},
    {"backend", "\"tpu\"", "3"},
    {"easy_method", "\"serve\"", "\"play\""},
    {"bits", "8", "33"},
    {"scan_ring_attention", "false", "\"x\""},
    {"scan_attention_layers", "true", "2"},
    {"scan_layers", "true", "\"all\""},
    {"use_scan_mlp", "false", "\"yes\""},
    {"scan_mlp_chunk_size", "512", "0"},
    {"attention_axis_name", "\"tp\"", "5"},
    {"quantize_kv_cache", "true", "\"int8\""},
    {"flash_attention_backward_pass_impl", "\"xla\"", "\"cuda\""},
    {"attn_dtype", "\"bfloat16\"", "\"int8\""},
    {"gradient_checkpointing", "\"\"", "4"},
};

TEST(Config, KeepsEveryFieldOfEasyDeLs) {
  for (const Field& field : kFields) {
    auto config = EDPretrainedConfig::from_json("{}");
    config.set(field.key, field.good);
    EXPECT_NO_THROW(static_cast<void>(config.easydel_options())) << field.key;
    const auto again = EDPretrainedConfig::from_json(config.to_json());
    EXPECT_EQ(again.json().at(field.key), nlohmann::json::parse(field.good));
  }
}

TEST(Config, NamesTheFieldOfEasyDeLsThatIsWrong) {
  for (const Field& field : kFields) {
    auto config = EDPretrainedConfig::from_json("{}");
    config.set(field.key, field.bad);
    EXPECT_THAT(error_of([&] { config.easydel_options(); }), HasSubstr(field.key)) << field.bad;
  }
}

TEST(Config, TakesTransformersSwitchOfGradientCheckpointing) {
  const auto policy = [](const char* json) {
    return EDPretrainedConfig::from_json(json).easydel_options().gradient_checkpointing;
  };
  EXPECT_EQ(policy(R"({"gradient_checkpointing": false})"), "");
  EXPECT_EQ(policy(R"({"gradient_checkpointing": true})"), "nothing_saveable");
}

TEST(Config, RefusesCachesInFormatsThatItLacks) {
  const auto config =
      EDPretrainedConfig::from_json(R"({"quantize_kv_cache": true, "kv_cache_quantization_method": "nf4"})");
  EXPECT_THAT(error_of([&] { config.easydel_options(); }), HasSubstr("kv_cache_quantization_method"));
}

TEST(Config, UpdatesSeveralFieldsAndNamesTheOneThatIsNoJson) {
  auto config = EDPretrainedConfig::from_json(
      R"({"hidden_size": 64, "rope_scaling": {"factor": 2.0, "type": "linear"}})");
  config.update({{"hidden_size", "32"}, {"rope_scaling", R"({"factor": 4.0})"}, {"my_key", "\"x\""}});
  EXPECT_EQ(config.integer("hidden_size"), 32);
  EXPECT_EQ(config.json().at("rope_scaling").dump(), R"({"factor":4.0})");
  EXPECT_EQ(config.text("my_key"), "x");
  EXPECT_THAT(error_of([&] { config.update({{"hidden_size", "{"}}); }), HasSubstr("hidden_size"));
}

}  // namespace
}  // namespace easydel
