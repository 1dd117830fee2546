// get_named_sharding() against what EasyDeL gives, for each family and both of its rule sets.
#include <gmock/gmock.h>

#include <algorithm>

#include "easydel/error.h"
#include "easydel/log.h"
#include "unit/error_of.h"
#include "unit/pretrained/sharding_test_support.h"

namespace easydel {
namespace {

using sharding_test_support::flax_specs;
using sharding_test_support::golden_specs;
using sharding_test_support::shapes_only;
using sharding_test_support::tiny_config;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kWhole = "PartitionSpec(None,)";
constexpr const char* kFirst = "PartitionSpec(('fsdp', 'sp'),)";
constexpr const char* kColumns = "PartitionSpec(('fsdp', 'sp'), 'tp')";
constexpr const char* kRows = "PartitionSpec('tp', ('fsdp', 'sp'))";
constexpr const char* kOutput = "PartitionSpec('tp', ('sp', 'fsdp'))";

TEST(NamedSharding, OfLlamaEqualsEasyDeLs) {
  const EDPretrainedModel model = shapes_only(tiny_config("llama"), {.sharding_axis_dims = {1, 8, 1, 1}});
  const auto golden = golden_specs("llama_named_sharding.txt");
  ASSERT_EQ(golden.size(), 21u);
  EXPECT_EQ(flax_specs(model, model.get_named_sharding()), golden);
}

struct Row {
  std::string model_type;
  bool fully_sharded;
  std::string embedding, output, gate_and_up, down, head, others;
};

void PrintTo(const Row& row, std::ostream* stream) {
  *stream << row.model_type << (row.fully_sharded ? " fully sharded" : " tensor parallel");
}

class RuleSets : public testing::TestWithParam<Row> {};

// Every parameter by the tables of the reference.
TEST_P(RuleSets, GiveTheSpecsOfTheReference) {
  const Row& row = GetParam();
  const bool biased = row.model_type == "qwen2", head_norms = row.model_type == "qwen3",
             gemma = row.model_type == "gemma2";
  std::map<std::string, std::string> expected = {{"model/embed_tokens/embedding", row.embedding},
                                                 {"model/norm/kernel", kWhole},
                                                 {"lm_head/kernel", row.head}};
  for (const std::string layer : {"model/layers/0/", "model/layers/1/"}) {
    for (const char* name : {"q_proj", "k_proj", "v_proj"}) {
      expected[layer + "self_attn/" + name + "/kernel"] = gemma ? row.gate_and_up : kColumns;
      if (biased) expected[layer + "self_attn/" + name + "/bias"] = row.others;
    }
    if (head_norms) expected[layer + "self_attn/q_norm/kernel"] = kWhole;
    if (head_norms) expected[layer + "self_attn/k_norm/kernel"] = kWhole;
    if (gemma) expected[layer + "pre_feedforward_layernorm/kernel"] = row.others;
    if (gemma) expected[layer + "post_feedforward_layernorm/kernel"] = row.others;
    expected[layer + "self_attn/o_proj/kernel"] = row.output;
    expected[layer + "mlp/gate_proj/kernel"] = row.gate_and_up;
    expected[layer + "mlp/up_proj/kernel"] = row.gate_and_up;
    expected[layer + "mlp/down_proj/kernel"] = row.down;
    expected[layer + "input_layernorm/kernel"] = kWhole;
    expected[layer + "post_attention_layernorm/kernel"] = kWhole;
  }
  const EDPretrainedModel model =
      shapes_only(tiny_config(row.model_type), {.sharding_axis_dims = {1, 2, 2, 2}});
  EXPECT_EQ(flax_specs(model, model.get_named_sharding(model.get_partition_rules(row.fully_sharded))),
            expected);
  EXPECT_THAT(model.load_report().unsharded, testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Models, RuleSets,
    testing::Values(Row{"gemma2", true, kFirst, kFirst, kFirst, kFirst, kFirst, kFirst},
                    Row{"gemma2", false, kRows, kRows, kColumns, kRows, kColumns, kWhole},
                    Row{"llama", true, kFirst, kOutput, kFirst, kFirst, kFirst, kFirst},
                    Row{"llama", false, kRows, kOutput, kColumns, kRows, kColumns, kWhole},
                    Row{"mistral", true, kFirst, kOutput, kFirst, kFirst, kFirst, kFirst},
                    Row{"mistral", false, kFirst, kOutput, kFirst, kFirst, kFirst, kFirst},
                    Row{"qwen2", true, kRows, kOutput, kFirst, kFirst, kColumns, kFirst},
                    Row{"qwen2", false, kRows, kRows, kColumns, kRows, kColumns, kWhole},
                    Row{"qwen3", true, kFirst, kOutput, kFirst, kFirst, kFirst, kFirst},
                    Row{"qwen3", false, kRows, kOutput, kColumns, kRows, kColumns, kWhole}),
    [](const auto& row) {
      return row.param.model_type + (row.param.fully_sharded ? "_fully_sharded" : "_tensor_parallel");
    });

TEST(NamedSharding, OfMixtral) {
  const EDPretrainedModel model =
      shapes_only(tiny_config("mixtral", {{"num_local_experts", "2"}}), {.sharding_axis_dims = {1, 2, 2, 2}});
  const std::string layer = "model/layers/0/", experts = layer + "block_sparse_moe/";
  for (const bool fully_sharded : {true, false}) {
    const auto specs = flax_specs(model, model.get_named_sharding(model.get_partition_rules(fully_sharded)));
    for (const std::string name : {"experts/0/w1", "experts/1/w2", "experts/1/w3", "gate"})
      EXPECT_EQ(specs.at(experts + name + "/kernel"), kFirst) << name;
    EXPECT_EQ(specs.at(layer + "self_attn/k_proj/kernel"), kColumns);
    EXPECT_EQ(specs.at(layer + "self_attn/o_proj/kernel"), kOutput);
    EXPECT_EQ(specs.at(layer + "input_layernorm/kernel"), kWhole);
    EXPECT_EQ(specs.at("model/embed_tokens/embedding"),
              fully_sharded ? kFirst : "PartitionSpec('sp', 'fsdp')");
    EXPECT_EQ(specs.at("lm_head/kernel"), fully_sharded ? kFirst : "PartitionSpec('fsdp', 'sp')");
  }
}

// GPT-2's linear weights are [in, out] in Hugging Face's files and [out, in] in EasyDeL's: outputs are split.
TEST(NamedSharding, OfGpt2) {
  const EDPretrainedModel model =
      shapes_only(tiny_config("gpt2", {{"n_embd", "32"}, {"n_layer", "1"}, {"n_head", "4"}}),
                  {.sharding_axis_dims = {1, 2, 2, 2}});
  const PartitionSpec first({{"fsdp", "sp"}}), rows({{"tp"}, {"fsdp", "sp"}});
  const std::map<std::string, std::pair<std::string, PartitionSpec>> expected = {
      {"transformer.wte.weight", {"transformer/wte/embedding", rows}},
      {"transformer.wpe.weight", {"transformer/wpe/embedding", first}},
      {"transformer.h.0.ln_1.weight", {"transformer/h/0/ln_1/scale", first}},
      {"transformer.h.0.ln_1.bias", {"transformer/h/0/ln_1/bias", first}},
      {"transformer.h.0.attn.c_attn.weight", {"transformer/h/0/attn/c_attn/kernel", {{}, {"fsdp", "sp"}}}},
      {"transformer.h.0.attn.c_attn.bias", {"transformer/h/0/attn/c_attn/bias", first}},
      {"transformer.h.0.mlp.c_proj.weight", {"transformer/h/0/mlp/c_proj/kernel", {{}, {"fsdp", "sp"}}}},
      {"lm_head.weight", {"lm_head/kernel", {{}, {"fsdp", "sp"}}}}};
  for (const bool fully_sharded : {true, false}) {
    const NamedShardings specs = model.get_named_sharding(model.get_partition_rules(fully_sharded));
    for (const auto& [name, wanted] : expected) {
      EXPECT_EQ(model.parameter_path(name), wanted.first);
      EXPECT_EQ(specs.at(name).spec(), wanted.second) << name;
    }
  }
}

TEST(NamedSharding, OfRoberta) {
  const EDPretrainedModel model = shapes_only(tiny_config("roberta"), {.sharding_axis_dims = {1, 2, 2, 2}});
  const std::string layer = "roberta.encoder.layer.1.", lm = "lm_head.";
  const PartitionSpec whole({PartitionSpec::AxisGroup{}});
  // Of a linear weight as it is stored, [out, in]: the axes of its inputs are the second.
  const PartitionSpec first_kernel({{}, {"fsdp", "sp"}}), columns({{"tp"}, {"fsdp"}}),
      rows({{"fsdp"}, {"tp"}});
  struct Expected {
    std::string name, path;
    PartitionSpec fully_sharded, tensor_parallel;
  };
  const std::vector<Expected> expected = {
      {"roberta.embeddings.word_embeddings.weight", "roberta/embeddings/word_embeddings/embedding", whole,
       whole},
      {layer + "attention.self.key.weight", "roberta/encoder/layer/1/attention/self/key/kernel", first_kernel,
       columns},
      {layer + "attention.self.key.bias", "roberta/encoder/layer/1/attention/self/key/bias", whole, whole},
      {layer + "attention.output.dense.weight", "roberta/encoder/layer/1/attention/output/dense/kernel",
       first_kernel, rows},
      {layer + "attention.output.LayerNorm.weight",
       "roberta/encoder/layer/1/attention/output/LayerNorm/scale", whole, whole},
      {layer + "intermediate.dense.weight", "roberta/encoder/layer/1/intermediate/dense/kernel", first_kernel,
       columns},
      {layer + "intermediate.dense.bias", "roberta/encoder/layer/1/intermediate/dense/bias",
       PartitionSpec({{"sp"}}), PartitionSpec({{"tp"}})},
      {layer + "output.dense.weight", "roberta/encoder/layer/1/output/dense/kernel", first_kernel, rows},
      {lm + "dense.weight", "lm_head/dense/kernel", whole, whole},
      {lm + "decoder.weight", "lm_head/decoder/kernel", first_kernel, columns},
      {lm + "decoder.bias", "lm_head/decoder/bias", PartitionSpec({{"sp"}}), PartitionSpec({{"tp"}})}};
  for (const Expected& row : expected) {
    EXPECT_EQ(model.parameter_path(row.name), row.path);
    for (const bool fully_sharded : {true, false}) {
      const NamedShardings specs = model.get_named_sharding(model.get_partition_rules(fully_sharded));
      const PartitionSpec& wanted = fully_sharded ? row.fully_sharded : row.tensor_parallel;
      const PartitionSpec& spec = specs.at(row.name).spec();
      if (wanted == whole)
        EXPECT_TRUE(specs.at(row.name).is_replicated()) << row.name;
      else
        EXPECT_EQ(spec, wanted) << row.name;
    }
  }
}

TEST(NamedSharding, OfT5) {
  const auto config = tiny_config(
      "t5", {{"d_model", "32"}, {"d_kv", "8"}, {"d_ff", "64"}, {"num_layers", "1"}, {"num_heads", "4"}});
  const EDPretrainedModel model = shapes_only(config, {.sharding_axis_dims = {2, 2, 1, 2}});
  const NamedShardings full = model.get_named_sharding(model.get_partition_rules(true));
  for (const auto& [name, sharding] : full) {
    const bool is_kernel =
        model.parameter_path(name).ends_with("/kernel") && sharding.spec().groups().size() > 1;
    EXPECT_EQ(sharding.spec(),
              is_kernel ? PartitionSpec({{}, {"fsdp", "sp"}}) : PartitionSpec({{"fsdp", "sp"}}))
        << name;
  }
  const NamedShardings tensor = model.get_named_sharding(model.get_partition_rules(false));
  const std::string layer = "decoder.block.0.layer.";
  EXPECT_EQ(model.parameter_path(layer + "2.DenseReluDense.wi.weight"),
            "decoder/block/0/layer/2/DenseReluDense/wi/kernel");
  EXPECT_EQ(tensor.at(layer + "2.DenseReluDense.wi.weight").spec(), PartitionSpec({{"dp"}, {"fsdp"}}));
  EXPECT_EQ(tensor.at(layer + "1.EncDecAttention.v.weight").spec(), PartitionSpec({{}, {"fsdp"}}));
  EXPECT_TRUE(tensor.at("shared.weight").is_replicated());
}

// The rules speak of the model with its head; without one they hold as well.
TEST(NamedSharding, OfAModelWithoutItsHead) {
  const EDPretrainedModel base(
      tiny_config("llama"),
      {.task = ModelTask::kBase, .do_init = false, .sharding = {.sharding_axis_dims = {1, 2, 2, 2}}});
  const EDPretrainedModel whole = shapes_only(tiny_config("llama"), {.sharding_axis_dims = {1, 2, 2, 2}});
  for (const bool fully_sharded : {true, false}) {
    const auto specs = base.get_named_sharding(base.get_partition_rules(fully_sharded));
    const auto wanted = whole.get_named_sharding(whole.get_partition_rules(fully_sharded));
    for (const auto& [name, sharding] : specs) {
      EXPECT_EQ(base.parameter_path(name), whole.parameter_path("model." + name));
      EXPECT_EQ(sharding, wanted.at("model." + name)) << name;
    }
  }
}

// Hugging Face stores [out, in], Flax [in, out]: q_proj's outputs go over tp, its inputs over ("fsdp", "sp").
TEST(NamedSharding, LinearWeightsAreTransposed) {
  const EDPretrainedModel model = shapes_only(tiny_config("llama"), {.sharding_axis_dims = {1, 2, 4, 1}});
  const NamedSharding& k = model.shardings().at("model.layers.0.self_attn.k_proj.weight");
  EXPECT_EQ(k.spec(), PartitionSpec({{"tp"}, {"fsdp", "sp"}}));
  EXPECT_THAT(k.shard_shape(model.parameter_shape("model.layers.0.self_attn.k_proj.weight")).dims(),
              ElementsAre(16 / 4, 32 / 2));
}

TEST(NamedSharding, SpecsByNameGoBeforeRules) {
  const EDPretrainedModel model = shapes_only(tiny_config("llama"), {.sharding_axis_dims = {1, 2, 4, 1}});
  const NamedShardings all = model.get_named_sharding({{".*", {}}}, {{"lm_head.weight", {{"tp"}, {"fsdp"}}}});
  EXPECT_EQ(all.size(), model.parameter_names().size());
  EXPECT_EQ(all.at("lm_head.weight").spec(), PartitionSpec({{"tp"}, {"fsdp"}}));
  EXPECT_TRUE(all.at("model.norm.weight").is_replicated());
  EXPECT_THROW(model.get_named_sharding({}, {{"lm_head.kernel", {}}}), Error);
}

TEST(NamedSharding, RulesThatMissAParameterNameIt) {
  const EDPretrainedModel model = shapes_only(tiny_config("llama"), {.sharding_axis_dims = {1, 8, 1, 1}});
  EXPECT_THAT(error_of([&] {
                model.get_named_sharding({{"embedding", {}}, {"self_attn", {}}});
              }),
              HasSubstr("\"model/layers/0/input_layernorm/kernel\""));
  EXPECT_THAT(error_of([&] {
                model.get_named_sharding({{"(", {}}});
              }),
              HasSubstr("\"(\" is not a regular expression"));
  EXPECT_THAT(error_of([&] { model.get_named_sharding({{".*", {{"fsdb"}}}}); }), HasSubstr("axis \"fsdb\""));
}

TEST(NamedSharding, AnAxisThatDoesNotDivideIsDroppedWithAWarning) {
  const EDPretrainedConfig config = tiny_config("llama", {{"vocab_size", "63"}, {"hidden_size", "36"}});
  const EDPretrainedModel model = shapes_only(config, {.sharding_axis_dims = {1, 8, 1, 1}});
  const std::vector<std::string>& warnings = model.load_report().unsharded;
  EXPECT_THAT(warnings,
              testing::Contains(testing::AllOf(HasSubstr("\"model.embed_tokens.weight\" f32[63,36]"),
                                               HasSubstr("not divisible by 8 (axis \"fsdp\")"))));
  EXPECT_THAT(warnings,
              testing::Contains(testing::AllOf(HasSubstr("\"model.layers.0.self_attn.k_proj.weight\""),
                                               HasSubstr("likewise in 1 more layers"))));
  EXPECT_TRUE(model.shardings().at("model.embed_tokens.weight").is_replicated());
  EXPECT_THAT(error_of([&] {
                shapes_only(config, {.sharding_axis_dims = {1, 8, 1, 1}, .strict = true});
              }),
              HasSubstr("not divisible by 8"));
}

// The projections' sizes divide, 9 and 3 heads do not.
TEST(NamedSharding, HeadsThatDoNotDivideAreTold) {
  const EDPretrainedConfig config = tiny_config(
      "llama", {{"num_attention_heads", "9"}, {"num_key_value_heads", "3"}, {"hidden_size", "72"}});
  const EDPretrainedModel model = shapes_only(config, {.sharding_axis_dims = {1, 1, 2, 1}});
  EXPECT_THAT(model.load_report().unsharded, ElementsAre(HasSubstr("3 key-value heads are not divisible")));
  EXPECT_THAT(error_of([&] {
                shapes_only(config, {.sharding_axis_dims = {1, 1, 2, 1}, .strict = true});
              }),
              HasSubstr("3 key-value heads"));
}

TEST(NamedSharding, WarningsGoToTheLogToo) {
  std::string logged;
  set_log_handler([&](LogLevel, std::string_view message) { logged += message; });
  shapes_only(tiny_config("llama", {{"vocab_size", "63"}}), {.sharding_axis_dims = {1, 8, 1, 1}});
  set_log_handler({});
  EXPECT_THAT(logged, HasSubstr("model.embed_tokens.weight"));
}

TEST(ModelMesh, ComesFromOptionsOrTheConfiguration) {
  EXPECT_EQ(shapes_only(tiny_config("llama"), {}).mesh().to_string(), "dp=1,fsdp=1,tp=1,sp=1");
  EXPECT_EQ(shapes_only(tiny_config("llama"), {.sharding_axis_dims = {1, 2, 1, 2, 2}}).mesh().to_string(),
            "dp=1,fsdp=2,ep=1,tp=2,sp=2");
  EXPECT_EQ(
      shapes_only(tiny_config("llama"), {.sharding_axis_dims = {2, 2}, .sharding_axis_names = {"fsdp", "tp"}})
          .mesh()
          .to_string(),
      "fsdp=2,tp=2");
  // Written for a pod, read on one device.
  EXPECT_EQ(shapes_only(tiny_config("llama", {{"axis_dims", "[1, 4, 2, 1]"}}), {}).mesh().device_count(), 1);
}

TEST(ModelMesh, AModelWithWeightsNeedsTheDevices) {
  EXPECT_THAT(
      error_of([] {
        EDPretrainedModel(tiny_config("llama"),
                          {.engine = {.engine = "native"}, .sharding = {.sharding_axis_dims = {1, 8, 1, 1}}});
      }),
      testing::AllOf(HasSubstr("needs 8 devices"), HasSubstr("native engine has 1"), HasSubstr("pjrt:cpu")));
}

TEST(ModelMesh, OneDeviceShardsAndGathersInPlace) {
  EDPretrainedModel model(tiny_config("llama"), {});
  const HostTensor before = model.parameter("lm_head.weight");
  model.shard_model();
  model.gather_model();
  const HostTensor after = model.parameter("lm_head.weight");
  EXPECT_TRUE(std::ranges::equal(before.bytes(), after.bytes()));
  const auto fns = model.make_shard_and_gather_fns();
  EXPECT_TRUE(std::ranges::equal(
      fns.gather_fns.at("lm_head.weight")(fns.shard_fns.at("lm_head.weight")(after)).bytes(), after.bytes()));
}

}  // namespace
}  // namespace easydel
