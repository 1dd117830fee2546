#include "nn/decoder_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "easydel/error.h"
#include "models/registry.h"

namespace easydel::nn {
namespace {

using testing::HasSubstr;

constexpr std::string_view kSound = R"({"model_type": "llama", "vocab_size": 96, "hidden_size": 32,
  "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2})";

EDPretrainedConfig sound_with(std::string_view key, std::string_view value) {
  auto config = EDPretrainedConfig::from_json(kSound);
  config.set(key, value);
  return config;
}

struct BadValue {
  const char *key, *value, *says;
};

TEST(DecoderConfig, NamesTheImpossibleKey) {
  const BadValue cases[] = {
      {"hidden_size", "null", "\"hidden_size\" is missing"},
      {"vocab_size", "null", "\"vocab_size\" is missing"},
      {"vocab_size", "-5", "\"vocab_size\" is -5; it must be an integer from 1"},
      {"vocab_size", "0", "\"vocab_size\" is 0"},
      {"vocab_size", "99999999999999999999", "\"vocab_size\" is"},
      {"hidden_size", "1000000000000", "\"hidden_size\" is 1000000000000"},
      {"hidden_size", "\"wide\"", "\"hidden_size\" is \"wide\""},
      {"num_hidden_layers", "2.5", "\"num_hidden_layers\" is 2.5"},
      {"num_hidden_layers", "100000000", "\"num_hidden_layers\" is 100000000"},
      {"num_attention_heads", "5", "num_attention_heads is 5 and num_key_value_heads 2"},
      {"num_attention_heads", "6", "hidden_size is 32 and num_attention_heads 6"},
      {"num_key_value_heads", "3", "num_attention_heads is 4 and num_key_value_heads 3"},
      {"head_dim", "7", "7 of 7 elements of a head"},
      {"head_dim", "-8", "\"head_dim\" is -8"},
      {"rms_norm_eps", "-1", "rms_norm_eps is -1"},
      {"rms_norm_eps", "\"small\"", "\"rms_norm_eps\" is \"small\""},
      {"max_position_embeddings", "0", "\"max_position_embeddings\" is 0"},
      {"tie_word_embeddings", "1", "\"tie_word_embeddings\" is 1; it must be true or false"},
      {"hidden_act", "\"bang\"", "bang"},
  };
  for (const BadValue& bad : cases) {
    SCOPED_TRACE(std::string(bad.key) + " = " + bad.value);
    try {
      DecoderConfig::from(sound_with(bad.key, bad.value));
      ADD_FAILURE() << "no error";
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr(bad.says));
    }
  }
}

TEST(DecoderConfig, DerivesWhatIsLeftOut) {
  const auto config = DecoderConfig::from(EDPretrainedConfig::from_json(kSound));
  EXPECT_EQ(config.head_dim, 8);
  EXPECT_EQ(config.kv_heads, 2);
  EXPECT_EQ(config.max_position_embeddings, 2048);
  EXPECT_FALSE(config.tie_word_embeddings);
  EXPECT_EQ(DecoderConfig::from(sound_with("num_key_value_heads", "null"), {.kv_heads = 1}).kv_heads, 4);
  EXPECT_EQ(DecoderConfig::from(sound_with("head_dim", "16")).head_dim, 16);
}

TEST(DecoderConfig, WindowsFollowLayerTypes) {
  const auto windows = [](std::string_view json) {
    return windows_by_layer(EDPretrainedConfig::from_json(json), 3);
  };
  EXPECT_EQ(windows(R"({"sliding_window": 8, "max_window_layers": 1})"), (std::vector<int64_t>{0, 0, 0}));
  EXPECT_EQ(windows(R"({"use_sliding_window": true, "sliding_window": 8, "max_window_layers": 1})"),
            (std::vector<int64_t>{0, 8, 8}));
  EXPECT_EQ(windows(R"({"use_sliding_window": true, "sliding_window": 8,
                        "layer_types": ["sliding_attention", "full_attention", "sliding_attention"]})"),
            (std::vector<int64_t>{8, 0, 8}));
  EXPECT_THROW(windows(R"({"layer_types": ["full_attention"]})"), Error);
  EXPECT_THROW(windows(R"({"layer_types": ["full_attention", "full_attention", "chunked"]})"), Error);
  EXPECT_THROW(windows(R"({"layer_types": ["full_attention", "full_attention", "sliding_attention"]})"),
               Error);
}

TEST(DecoderConfig, MistralsWindowIsNoneWhenNull) {
  const auto windows = [](std::string_view json) {
    return uniform_windows(EDPretrainedConfig::from_json(json), 1, 64);
  };
  EXPECT_EQ(windows("{}")[0], 64);
  EXPECT_EQ(windows(R"({"sliding_window": null})")[0], 0);
  EXPECT_EQ(windows(R"({"sliding_window": 16})")[0], 16);
}

TEST(ModelRegistry, SaysWhichTypesItKnows) {
  try {
    make_module(EDPretrainedConfig::from_json(R"({"model_type": "perceptron"})"));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_THAT(error.what(), HasSubstr("\"perceptron\""));
    EXPECT_THAT(error.what(), HasSubstr("gemma2, gpt2, llama, mistral, mixtral, qwen2, qwen3"));
  }
}

TEST(Decoder, DeclaresHuggingFaceNames) {
  const auto model = make_module(sound_with("tie_word_embeddings", "true"));
  EXPECT_EQ(model->parameters().specs().size(), 2u + 2u * 9u);
  const auto* query = model->parameters().find("model.layers.1.self_attn.q_proj.weight");
  ASSERT_NE(query, nullptr);
  EXPECT_EQ(query->dims, (std::vector<int64_t>{32, 32}));
  EXPECT_EQ(query->role, ParameterRole::kKernel);
  EXPECT_EQ(model->parameters().find("lm_head.weight"), nullptr);
  EXPECT_EQ(model->output_embedding_name(), "model.embed_tokens.weight");
  EXPECT_EQ(make_module(EDPretrainedConfig::from_json(kSound))->output_embedding_name(), "lm_head.weight");
  ASSERT_EQ(model->cache_layout().size(), 2u);
  EXPECT_EQ(model->cache_layout()[0].kv_heads, 2);
}

TEST(ParameterSet, SharesAWeightDeclaredTwice) {
  ParameterSet set;
  const Scope scope = Scope(set) / "layers" / 3;
  const Weight first = scope.weight("weight", {2, 3}, {}, ParameterRole::kKernel);
  EXPECT_EQ(first.spec().name, "layers.3.weight");
  EXPECT_EQ(&scope.weight("weight", {2, 3}, {}, ParameterRole::kKernel).spec(), &first.spec());
  EXPECT_THROW(scope.weight("weight", {3, 2}, {}, ParameterRole::kKernel), Error);
}

}  // namespace
}  // namespace easydel::nn
