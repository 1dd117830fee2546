#include "easydel/plan.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "easydel/error.h"
#include "unit/pretrained/sharding_test_support.h"

namespace easydel {
namespace {

using sharding_test_support::tiny_config;
using testing::HasSubstr;

ShardingPlan plan_of(std::vector<int64_t> dims, PlanOptions options = {}, bool fully_sharded = true) {
  options.sharding.sharding_axis_dims = std::move(dims);
  options.sharding.fully_sharded_data_parallel = fully_sharded;
  return plan_sharding(tiny_config("llama"), options);
}

const CollectivePlan* find(const StepPlan& step, std::string_view op, std::string_view what) {
  const auto found = std::find_if(step.collectives.begin(), step.collectives.end(), [&](const auto& row) {
    return row.op == op && row.what.find(what) != std::string::npos;
  });
  return found == step.collectives.end() ? nullptr : &*found;
}

TEST(Plan, OneDeviceHoldsEverythingAndExchangesNothing) {
  const ShardingPlan plan = plan_of({1, 1, 1, 1}, {.batch = 2, .prompt_length = 16, .cache_length = 32});
  EXPECT_EQ(plan.weight_bytes, plan.total_weight_bytes);
  EXPECT_EQ(plan.weight_bytes, EDPretrainedModel(tiny_config("llama"), {.do_init = false}).weight_bytes());
  // Keys and values of two layers, f32 [2, 32, 2, 8].
  EXPECT_EQ(plan.cache_bytes, 2u * 2 * (2 * 32 * 2 * 8) * 4);
  EXPECT_TRUE(plan.prefill.collectives.empty());
  EXPECT_TRUE(plan.decode.collectives.empty());
  EXPECT_GT(plan.prefill.activation_bytes, plan.decode.activation_bytes);
}

// Codes of one byte, and a scale of f32 for each head of a position.
TEST(Plan, CachesOfInt8AreCountedWithTheirScales) {
  EDPretrainedConfig config = tiny_config("llama");
  config.set("quantize_kv_cache", "true");
  const ShardingPlan plan = plan_sharding(config, {.batch = 2, .prompt_length = 16, .cache_length = 32});
  EXPECT_EQ(plan.cache_bytes, 2u * 2 * (2 * 32 * 2) * (8 + 4));
  EXPECT_EQ(plan.cache_shape.dtype(), DType::kI8);
}

// All of the model but its norms, five vectors, is cut into eight parts.
TEST(Plan, WeightsAreSplitOverTheDevices) {
  for (const std::vector<int64_t>& dims : {std::vector<int64_t>{1, 8, 1, 1}, {1, 1, 1, 8}, {1, 2, 1, 4}}) {
    const ShardingPlan plan = plan_of(dims);
    const uint64_t norms = 5 * 32 * 4;
    EXPECT_EQ(plan.weight_bytes, (plan.total_weight_bytes - norms) / 8 + norms);
  }
  const ShardingPlan tensor_parallel = plan_of({1, 2, 2, 2}, {}, false);
  EXPECT_EQ(tensor_parallel.weight_bytes, (tensor_parallel.total_weight_bytes - 640) / 8 + 640);
}

TEST(Plan, CachesGoOverRowsLengthAndHeads) {
  const PlanOptions options{.batch = 2, .prompt_length = 16, .cache_length = 32};
  const ShardingPlan plan = plan_of({1, 2, 2, 2}, options);
  EXPECT_EQ(plan.cache_sharding.spec(), PartitionSpec({{"fsdp", "dp"}, {"sp"}, {"tp"}, {}}));
  EXPECT_EQ(plan.cache_bytes, plan_of({1, 1, 1, 1}, options).cache_bytes / 8);
  // Two key-value heads do not go over four devices.
  EXPECT_EQ(plan_of({1, 1, 4, 1}, options).cache_bytes, plan_of({1, 1, 1, 1}, options).cache_bytes);
  PlanOptions whole = options;
  whole.sharding.use_sharded_kv_caching = false;
  EXPECT_EQ(plan_of({1, 1, 1, 8}, whole).cache_bytes, plan_of({1, 1, 1, 1}, options).cache_bytes);
}

// With a row per device the weights are gathered; with one row for all, partial sums are reduced.
TEST(Plan, ExchangesFollowFromTheSpecs) {
  const ShardingPlan many = plan_of({1, 8, 1, 1}, {.batch = 8});
  const CollectivePlan* gather = find(many.decode, "all-gather", "model.layers.*.mlp.up_proj.weight");
  ASSERT_NE(gather, nullptr);
  EXPECT_EQ(gather->bytes, 64u * 32 * 4);
  EXPECT_EQ(gather->count, 2);
  EXPECT_EQ(gather->devices, 8);

  const ShardingPlan one = plan_of({1, 8, 1, 1}, {.batch = 1});
  EXPECT_EQ(find(one.decode, "all-gather", "mlp.up_proj"), nullptr);
  const CollectivePlan* reduce = find(one.decode, "all-reduce", "result of model.layers.*.mlp.up_proj");
  ASSERT_NE(reduce, nullptr);
  EXPECT_EQ(reduce->bytes, 64u * 4);

  // Tensor parallelism: attention and MLP end in one reduction each.
  const ShardingPlan tensor = plan_of({1, 1, 2, 1}, {.prompt_length = 16}, false);
  EXPECT_EQ(find(tensor.decode, "all-gather", "self_attn"), nullptr);
  ASSERT_NE(find(tensor.prefill, "all-reduce", "self_attn.o_proj"), nullptr);
  EXPECT_EQ(find(tensor.prefill, "all-reduce", "self_attn.o_proj")->bytes, 16u * 32 * 4);
  ASSERT_NE(find(tensor.decode, "all-reduce", "mlp.down_proj"), nullptr);
}

// The queries' weight makes keys and values too, and is stored [in, out]: outputs over tp are the second axis.
TEST(Plan, OfGpt2FollowsItsFusedProjection) {
  PlanOptions options{.prompt_length = 16, .cache_length = 16};
  options.sharding.sharding_axis_dims = {1, 1, 2, 1};
  options.sharding.partition_rules = {
      {"c_attn/kernel|c_fc/kernel", {{"tp"}}}, {"c_proj/kernel", {{}, {"tp"}}}, {".*", {}}};
  const auto config = tiny_config("gpt2", {{"n_embd", "32"}, {"n_layer", "1"}, {"n_head", "4"}});
  const ShardingPlan plan = plan_sharding(config, options);
  EXPECT_EQ(find(plan.prefill, "all-reduce", "c_attn"), nullptr);
  ASSERT_NE(find(plan.prefill, "all-reduce", "attn.c_proj"), nullptr);
  EXPECT_EQ(find(plan.prefill, "all-reduce", "mlp.c_proj")->bytes, 16u * 32 * 4);
  EXPECT_EQ(find(plan.prefill, "all-gather", "heads"), nullptr);
  options.sharding.partition_rules = {{".*", {}}};
  EXPECT_GT(plan_sharding(config, options).prefill.activation_bytes, plan.prefill.activation_bytes);
}

TEST(Plan, DropsAndRefusesWhatDoesNotDivide) {
  const ShardingPlan plan = plan_of({1, 1, 1, 3});
  EXPECT_THAT(plan.warnings, testing::Contains(HasSubstr("not divisible by 3 (axis \"sp\")")));
  EXPECT_EQ(plan.weight_bytes, plan.total_weight_bytes);
  PlanOptions strict;
  strict.sharding.strict = true;
  EXPECT_THROW(plan_of({1, 1, 1, 3}, strict), Error);
}

TEST(Plan, MeshesAndSizes) {
  EXPECT_EQ(plan_of({1, -1, 2, 1}, {.devices = 8}).mesh.to_string(), "dp=1,fsdp=4,tp=2,sp=1");
  EXPECT_EQ(plan_of({1, -1, 2, 1}).mesh.to_string(), "dp=1,fsdp=1,tp=2,sp=1");
  EXPECT_EQ(plan_sharding(tiny_config("llama", {{"axis_dims", "[2, 2, 1, 1]"}})).mesh.device_count(), 4);
  EXPECT_EQ(plan_sharding(tiny_config("llama", {{"dtype", "\"bfloat16\""}})).dtype, DType::kBF16);
  EXPECT_THROW(plan_of({1, 1, 1, 1}, {.batch = 0}), Error);
  EXPECT_THROW(plan_of({3, -1, 1, 1}, {.devices = 8}), Error);
}

TEST(Plan, TellsHowAPromptIsFedToCompiledPrograms) {
  const ShardingPlan plan =
      plan_sharding(tiny_config("llama", {{"max_position_embeddings", "2048"}}), {.prompt_length = 700});
  EXPECT_EQ(plan.program_lengths, (std::vector<int64_t>{1, 16, 32, 64, 128, 256, 512}));
  ASSERT_EQ(plan.prompt_pieces.size(), 2u);
  EXPECT_EQ(plan.prompt_pieces[0].length, 512);
  EXPECT_EQ(plan.prompt_pieces[1].tokens, 188);
  EXPECT_EQ(plan.prompt_pieces[1].length, 256);
}

}  // namespace
}  // namespace easydel
