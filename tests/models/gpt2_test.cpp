// What GPT-2 has of its own: names of old checkpoints, fresh residual projections, keys of its configuration.
#include <gmock/gmock.h>

#include <cmath>

#include "io/checkpoint.h"
#include "io/safetensors.h"
#include "models/model_case.h"
#include "models/registry.h"
#include "unit/io/io_test_support.h"

namespace easydel::model_test {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kSmallGpt2 =
    R"({"model_type": "gpt2", "vocab_size": 64, "n_embd": 32, "n_layer": 8, "n_head": 4, "n_positions": 16})";

EDPretrainedConfig small_gpt2_with(std::string_view key, std::string_view value) {
  auto config = EDPretrainedConfig::from_json(kSmallGpt2);
  config.set(key, value);
  return config;
}

// The files of 2019: names without "transformer.", masks among the weights, the tied head written out.
TEST(Gpt2, ReadsOldCheckpoints) {
  const io::Checkpoint checkpoint = io::Checkpoint::open(golden_folder("gpt2"));
  std::map<std::string, HostTensor> tensors;
  for (const std::string& name : checkpoint.names())
    tensors[name.substr(std::string("transformer.").size())] = checkpoint.tensor(name);
  for (const std::string layer : {"h.0", "h.1"}) {
    tensors[layer + ".attn.bias"] = HostTensor::zeros({DType::kF32, {1, 1, 128, 128}});
    tensors[layer + ".attn.masked_bias"] = HostTensor::zeros({DType::kF32, {}});
  }
  tensors["lm_head.weight"] = tensors.at("wte.weight");

  const io::ScratchDirectory scratch;
  std::filesystem::copy(golden_folder("gpt2") / "config.json", scratch / "config.json");
  io::write_safetensors(scratch / "model.safetensors", {tensors.begin(), tensors.end()});
  const auto old = EDPretrainedModel::from_pretrained(scratch.path());
  EXPECT_TRUE(old->load_report().unexpected.empty());
  expect_same_weights(*old, *EDPretrainedModel::from_pretrained(golden_folder("gpt2")));
}

TEST(Gpt2, FreshResidualProjectionsShrinkWithDepth) {
  const auto module = make_module(EDPretrainedConfig::from_json(kSmallGpt2));
  const auto stddev = [&](const std::string& name) {
    const nn::ParameterSpec* spec = module->parameters().find(name);
    return spec == nullptr ? 0.0 : spec->initializer.stddev;
  };
  for (const std::string name : {"transformer.h.0.attn.c_proj.weight", "transformer.h.7.mlp.c_proj.weight"})
    EXPECT_DOUBLE_EQ(stddev(name), 0.02 / 4) << name;
  for (const std::string name : {"transformer.h.0.attn.c_attn.weight", "transformer.h.0.mlp.c_fc.weight",
                                 "transformer.wte.weight", "transformer.wpe.weight"})
    EXPECT_DOUBLE_EQ(stddev(name), 0.02) << name;
}

TEST(Gpt2, WeightsAreStoredInOut) {
  const auto module = make_module(small_gpt2_with("n_inner", "40"));
  const auto dims = [&](const std::string& name) { return module->parameters().find(name)->dims; };
  EXPECT_EQ(dims("transformer.h.0.attn.c_attn.weight"), (std::vector<int64_t>{32, 96}));
  EXPECT_EQ(dims("transformer.h.0.mlp.c_fc.weight"), (std::vector<int64_t>{32, 40}));
  EXPECT_EQ(dims("transformer.h.0.mlp.c_proj.weight"), (std::vector<int64_t>{40, 32}));
  EXPECT_EQ(module->max_positions(), 16);
}

TEST(Gpt2, ImpossibleConfigurationsAreNamed) {
  const auto error = [](std::string_view key, std::string_view value) {
    return coded_error_of([&] { make_module(small_gpt2_with(key, value)); });
  };
  EXPECT_THAT(error("n_head", "5"), HasSubstr("n_embd is 32 and n_head 5"));
  EXPECT_THAT(error("n_embd", "0"), HasSubstr("\"n_embd\" is 0"));
  EXPECT_THAT(error("n_layer", "null"), HasSubstr("\"n_layer\" is missing"));
  EXPECT_THAT(error("layer_norm_epsilon", "-1"), HasSubstr("layer_norm_epsilon is -1"));
  EXPECT_THAT(error("activation_function", "\"bang\""), HasSubstr("bang"));
  EXPECT_THAT(error("add_cross_attention", "true"), HasSubstr("add_cross_attention"));
}

}  // namespace
}  // namespace easydel::model_test
