// Models over meshes of virtual devices beside the same models on one: awkward sizes, saved bytes, moved weights.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "easydel/error.h"
#include "easydel/model.h"
#include "models/model_case.h"

namespace easydel::model_test {
namespace {

using testing::Contains;
using testing::HasSubstr;

constexpr const char* kMeshCase = "llama_untied";

class OverAMesh : public testing::Test {
 protected:
  void SetUp() override {
    try {
      (void)EDPretrainedModel(EDPretrainedConfig::from_pretrained(golden_folder(kMeshCase)),
                              {.do_init = false, .engine = {.engine = "pjrt:cpu"}});
    } catch (const Error& error) {
      GTEST_SKIP() << error.what();
    }
  }

  static std::unique_ptr<EDPretrainedModel> load(std::vector<int64_t> dims, LoadOptions options = {}) {
    options.engine.engine = "pjrt:cpu";
    options.sharding.sharding_axis_dims = std::move(dims);
    return EDPretrainedModel::from_pretrained(golden_folder(kMeshCase), options);
  }
};

std::string file_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// As many heads as SmolLM2-135M: 9 and 3, which go over no even number of devices.
TEST_F(OverAMesh, HeadsThatDoNotDivideGiveTheSameTokens) {
  const auto config = EDPretrainedConfig::from_json(R"({"model_type": "llama", "vocab_size": 64,
    "hidden_size": 72, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 9,
    "num_key_value_heads": 3, "max_position_embeddings": 64, "initializer_range": 0.2})");
  const EDPretrainedModel one(config, {.engine = {.engine = "native"}});
  const EDPretrainedModel many(
      config, {.engine = {.engine = "pjrt:cpu"},
               .sharding = {.sharding_axis_dims = {2, 2, 2, 1}, .fully_sharded_data_parallel = false}});
  EXPECT_THAT(many.load_report().unsharded, Contains(HasSubstr("3 key-value heads are not divisible")));
  const HostTensor ids = token_rows({{5, 9, 2, 33, 60}, {1, 2, 3, 4, 5}});
  EXPECT_LE(relative_difference(many({.input_ids = ids}).logits, one({.input_ids = ids}).logits), 1e-4);
  const GenerationConfig greedy{.max_new_tokens = 8, .pad_token_id = 0};
  EXPECT_EQ(many.generate({{5, 9, 2}}, greedy)[0].ids, one.generate({{5, 9, 2}}, greedy)[0].ids);
}

TEST_F(OverAMesh, TheConfigurationsOwnMeshIsMade) {
  EDPretrainedConfig config = EDPretrainedConfig::from_pretrained(golden_folder(kMeshCase));
  config.set("axis_dims", "[1, 2, 2, 1]");
  config.set("axis_names", R"(["dp", "fsdp", "tp", "sp"])");
  const EDPretrainedModel many(config, {.engine = {.engine = "pjrt:cpu"}});
  EXPECT_EQ(many.mesh().to_string(), "dp=1,fsdp=2,tp=2,sp=1");
  const EDPretrainedModel one(config, {.engine = {.engine = "native"}});
  EXPECT_EQ(one.mesh().device_count(), 1);
  const HostTensor ids = token_rows({{5, 9, 2, 33}});
  EXPECT_LE(relative_difference(many({.input_ids = ids}).logits, one({.input_ids = ids}).logits), 1e-4);
}

TEST_F(OverAMesh, SavingWritesTheBytesOfOneDevice) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "mesh_save";
  load({1, 2, 2, 2})->save_pretrained(folder / "many");
  EDPretrainedModel::from_pretrained(golden_folder(kMeshCase))->save_pretrained(folder / "one");
  for (const char* name : {"model.safetensors", "config.json", "generation_config.json"})
    EXPECT_EQ(file_bytes(folder / "many" / name), file_bytes(folder / "one" / name)) << name;
  EXPECT_GT(file_bytes(folder / "many" / "model.safetensors").size(), 1000u);
  std::filesystem::remove_all(folder);
}

TEST_F(OverAMesh, WeightsMoveAndStayTheSame) {
  const auto one = EDPretrainedModel::from_pretrained(golden_folder(kMeshCase), {.dtype = DType::kF32});
  const auto many = load({1, 4, 2, 1}, {.dtype = DType::kF32});
  const HostTensor prompt = read_golden(kMeshCase).at("prompt");
  const HostTensor before = many->forward({.input_ids = prompt}).logits;
  expect_same_weights(*many, *one);

  many->gather_model();
  for (const auto& [name, sharding] : many->shardings()) EXPECT_TRUE(sharding.is_replicated()) << name;
  expect_same_weights(*many, *one);
  many->shard_model({{"embed_tokens", {}}, {".*", {{"tp"}}}});
  EXPECT_EQ(many->shardings().at("model.layers.0.self_attn.q_proj.weight").spec(),
            PartitionSpec({{}, {"tp"}}));
  expect_same_weights(*many, *one);
  EXPECT_LE(relative_difference(many->forward({.input_ids = prompt}).logits, before), 1e-5);
}

TEST_F(OverAMesh, ShardFunctionsDecideWhereAWeightLies) {
  const std::string name = "lm_head.weight";
  const NamedSharding wanted(Mesh::create({1, 2, 2, 1}, {"dp", "fsdp", "tp", "sp"}, 4), {{}, {"tp"}});
  LoadOptions options;
  options.shard_fns = make_shard_and_gather_fns({{name, wanted}}).shard_fns;
  const auto many = load({1, 2, 2, 1}, options);
  EXPECT_EQ(many->shardings().at(name), wanted);
  expect_same_weights(*many, *EDPretrainedModel::from_pretrained(golden_folder(kMeshCase)));

  EXPECT_TRUE(
      load({1, 2, 2, 1}, {.sharding = {.auto_shard_params = false}})->shardings().at(name).is_replicated());
}

TEST_F(OverAMesh, CachesHoldWhatOneDeviceHolds) {
  const auto one = EDPretrainedModel::from_pretrained(golden_folder(kMeshCase), {.dtype = DType::kF32});
  const HostTensor prompt = read_golden(kMeshCase).at("prompt");
  KvCache expected = one->init_cache(1, 32);
  one->forward({.input_ids = prompt, .cache = &expected});
  for (const bool sharded : {true, false}) {
    const auto many =
        load({1, 1, 2, 2}, {.dtype = DType::kF32, .sharding = {.use_sharded_kv_caching = sharded}});
    KvCache cache = many->init_cache(1, 32);
    many->forward({.input_ids = prompt, .cache = &cache});
    const int64_t length = prompt.shape().dim(1);
    for (int64_t layer = 0; layer < 2; ++layer) {
      const HostTensor key = cache.key(layer), wanted = expected.key(layer);
      const auto filled = static_cast<size_t>(length * key.shape().dim(2) * key.shape().dim(3));
      EXPECT_LE(relative_difference(key.data<float>().first(filled), wanted.data<float>().first(filled)),
                1e-4);
    }
  }
}

}  // namespace
}  // namespace easydel::model_test
