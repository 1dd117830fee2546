// What Gemma 2 has of its own: fresh norms, keys of its configuration.
#include <gmock/gmock.h>

#include "models/model_case.h"
#include "models/registry.h"
#include "unit/io/io_test_support.h"

namespace easydel::model_test {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kSmall = R"({"model_type": "gemma2", "vocab_size": 64, "hidden_size": 32,
  "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "sliding_window": 8})";

EDPretrainedConfig small_with(std::string_view key, std::string_view value) {
  auto config = EDPretrainedConfig::from_json(kSmall);
  config.set(key, value);
  return config;
}

// The scale is 1 + weight.
TEST(Gemma2, FreshNormsAreZero) {
  const EDPretrainedModel model(EDPretrainedConfig::from_json(kSmall), {});
  for (const std::string name : {"model.norm.weight", "model.layers.1.pre_feedforward_layernorm.weight"})
    EXPECT_TRUE(is_identical(model.parameter(name), HostTensor::zeros({DType::kF32, {32}}))) << name;
}

TEST(Gemma2, SizesThatAreLeftOutAreThoseOfTransformers) {
  const auto module = make_module(EDPretrainedConfig::from_json(kSmall));
  EXPECT_EQ(module->max_positions(), 8192);
  EXPECT_EQ(module->cache_layout()[0].kv_heads, 4);
  EXPECT_EQ(module->cache_layout()[0].key_dim, 256);
  EXPECT_EQ(module->output_embedding_name(), module->input_embedding_name());
}

TEST(Gemma2, ImpossibleConfigurationsAreNamed) {
  const auto error = [](std::string_view key, std::string_view value) {
    return coded_error_of([&] { make_module(small_with(key, value)); });
  };
  EXPECT_THAT(error("final_logit_softcapping", "-1"), HasSubstr("final_logit_softcapping is -1"));
  EXPECT_THAT(error("attn_logit_softcapping", "-2"), HasSubstr("attn_logit_softcapping is -2"));
  EXPECT_THAT(error("query_pre_attn_scalar", "0"), HasSubstr("query_pre_attn_scalar is 0"));
  EXPECT_THAT(error("use_bidirectional_attention", "true"), HasSubstr("use_bidirectional_attention"));
  EXPECT_THAT(error("sliding_window", "null"), HasSubstr("without a window"));
  EXPECT_THAT(error("layer_types", R"(["full_attention"])"), HasSubstr("names 1 layers"));
}

}  // namespace
}  // namespace easydel::model_test
