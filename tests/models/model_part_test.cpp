// Decoders and encoders as parts of a model, beside what Transformers' get_decoder() and get_encoder() give.
#include "easydel/model_part.h"

#include <gmock/gmock.h>

#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "models/model_case.h"
#include "unit/io/io_test_support.h"

namespace easydel::model_test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

using Json = nlohmann::json;

const Json& golden_parts() {
  static const Json kParts =
      Json::parse(std::ifstream(EASYDEL_SOURCE_DIR "/tests/golden/accessors/parts.json"));
  return kParts;
}

/// Of what the table says of a part; null there: the whole model.
void expect_part(const ModelPart& part, const EDPretrainedModel& model, const Json& golden) {
  if (golden.is_null()) {
    EXPECT_EQ(part.prefix(), "");
    EXPECT_EQ(part.parameter_names(), model.parameter_names());
    return;
  }
  EXPECT_EQ(part.prefix(), golden["prefix"].get<std::string>());
  int64_t elements = 0;
  for (const auto& [name, dims] : golden["shapes"].items()) {
    const Shape shape(DType::kF32, dims.get<std::vector<int64_t>>());
    elements += shape.elements();
    // Transformers 5 holds the experts in other tensors than its files do.
    if (name.find(".mlp.experts.") != name.npos || name.ends_with(".mlp.gate.weight")) continue;
    EXPECT_EQ(part.parameter_shape(name).with_dtype(DType::kF32), shape) << name;
  }
  EXPECT_EQ(part.num_parameters(), elements);
  if (model.config().model_type() != "mixtral") {
    EXPECT_EQ(part.parameter_names().size(), golden["shapes"].size());
  }
}

TEST(ModelParts, AreThoseOfTransformers) {
  std::set<std::string> types;
  for (const auto& [name, golden] : golden_parts().items()) {
    SCOPED_TRACE(name);
    const auto model = load_case(name);
    const std::string type = model->config().model_type();
    types.insert(type);
    if (type == "roberta")  // Transformers gives the encoder with its embeddings for want of a decoder
      EXPECT_THAT(coded_error_of([&] { (void)model->get_decoder(); }),
                  AllOf(StartsWith("unsupported"), HasSubstr("no decoder")));
    else
      expect_part(model->get_decoder(), *model, golden["decoder"]);
    if (golden["encoder"].is_null())
      EXPECT_THAT(coded_error_of([&] { (void)model->get_encoder(); }),
                  AllOf(StartsWith("unsupported"), HasSubstr("no encoder"), HasSubstr(model->class_name())));
    else
      expect_part(model->get_encoder(), *model, golden["encoder"]);
  }
  const std::vector<std::string> known = known_model_types();
  EXPECT_EQ(types, std::set<std::string>(known.begin(), known.end())) << "each model type has a row";
}

TEST(ModelParts, ReadAndWriteTheModelsWeights) {
  const auto model = load_case("t5_gated_untied");
  MutableModelPart decoder = model->get_decoder();
  EXPECT_TRUE(is_identical(decoder.parameter("final_layer_norm.weight"),
                           model->parameter("decoder.final_layer_norm.weight")));
  EXPECT_TRUE(is_identical(decoder.parameter("embed_tokens.weight"), model->parameter("shared.weight")));
  const HostTensor table = HostTensor::zeros(decoder.parameter_shape("embed_tokens.weight"));
  decoder.set_parameter("embed_tokens.weight", table);
  EXPECT_TRUE(is_identical(model->get_encoder().parameter("embed_tokens.weight"), table))
      << "both stacks have the one embedding";

  EXPECT_THAT(coded_error_of([&] { decoder.parameter("lm_head.weight"); }),
              AllOf(StartsWith("not found"), HasSubstr("lm_head.weight"), HasSubstr("decoder")));
  EXPECT_THAT(coded_error_of([&] { decoder.set_parameter("final_layer_norm.weight", table); }),
              StartsWith("shape mismatch"));
  EXPECT_THAT(decoder.to_string(),
              AllOf(HasSubstr("decoder of T5ForConditionalGeneration"), HasSubstr("parameters")));
}

TEST(ModelParts, AWrittenWeightIsComputedWith) {
  const auto model = load_case("qwen3", {.dtype = DType::kF32});
  const HostTensor ids = token_rows({{5, 6, 7}});
  const HostTensor before = model->forward({.input_ids = ids}).logits;
  model->get_decoder().set_parameter("norm.weight", HostTensor::zeros({DType::kF32, {32}}));
  const HostTensor after = model->forward({.input_ids = ids}).logits;
  EXPECT_FALSE(is_identical(before, after));
  EXPECT_TRUE(is_identical(after, HostTensor::zeros(after.shape())));
}

TEST(ModelParts, NeedNoWeightsForNamesAndShapes) {
  const EDPretrainedModel model(EDPretrainedConfig::from_pretrained(golden_folder("gpt2")),
                                {.do_init = false});
  const ModelPart decoder = model.get_decoder();
  EXPECT_EQ(decoder.parameter_shape("wte.weight").dims()[0], 96);
  EXPECT_THAT(coded_error_of([&] { decoder.parameter("wte.weight"); }), HasSubstr("do_init = false"));
}

TEST(SetDecoder, GivesTheOthersHiddenStates) {
  const HostTensor ids = token_rows({{5, 6, 7, 8}});
  const EDPretrainedConfig config = EDPretrainedConfig::from_pretrained(golden_folder("llama_untied"));
  const EDPretrainedModel other(config, {.seed = 3, .engine = {.engine = "native"}});
  EDPretrainedModel model(config, {.seed = 4, .engine = {.engine = "native"}});
  const HostTensor head = model.get_output_embeddings();
  const ForwardInputs inputs{.input_ids = ids, .output_hidden_states = true};
  const HostTensor before = model(inputs).hidden_states.back();
  model.set_decoder(other.get_decoder());
  for (const std::string& name : other.get_decoder().parameter_names())
    EXPECT_TRUE(is_identical(model.parameter("model." + name), other.parameter("model." + name))) << name;
  EXPECT_TRUE(is_identical(model.get_output_embeddings(), head)) << "the head is not the decoder's";
  const HostTensor after = model(inputs).hidden_states.back();
  EXPECT_FALSE(is_identical(after, before));
  EXPECT_TRUE(is_identical(after, other(inputs).hidden_states.back()));
}

// A headless model is its decoder, whose names are relative all the same.
TEST(SetDecoder, TakesThatOfAModelWithoutAHead) {
  const auto base = load_case("llama_base");
  const auto model = AutoEasyDeLModelForCausalLM::from_config(base->config(), {.dtype = DType::kBF16});
  model->set_decoder(base->get_decoder());
  const auto loaded = AutoEasyDeLModelForCausalLM::from_pretrained(golden_folder("llama_base"));
  expect_same_weights(*model, *loaded);
}

TEST(SetDecoder, ConvertsAndQuantizesAsTheOldOneWas) {
  const auto source = load_case("llama_untied", {.dtype = DType::kF32});
  const auto bf16 = load_case("llama_untied", {.dtype = DType::kBF16});
  const auto int8 = load_case("llama_untied", {.quantize = "int8"});
  const auto expected = load_case("llama_untied", {.quantize = "int8"});
  const uint64_t bytes = int8->weight_bytes();
  bf16->set_decoder(source->get_decoder());
  EXPECT_EQ(bf16->dtype(), DType::kBF16);
  int8->get_decoder().set_parameter("norm.weight", HostTensor::zeros({DType::kF32, {32}}));
  int8->set_decoder(source->get_decoder());
  EXPECT_EQ(int8->weight_bytes(), bytes);
  expect_same_weights(*int8, *expected);
}

/// Expects that set_decoder() fails so and leaves the model as it was.
void expect_refused(const std::string& name, const EDPretrainedModel& other,
                    const testing::Matcher<std::string>& error, const LoadOptions& options = {}) {
  const auto model = load_case(name, options), before = load_case(name, options);
  EXPECT_THAT(coded_error_of([&] { model->set_decoder(other.get_decoder()); }), error);
  expect_same_weights(*model, *before);
}

TEST(SetDecoder, IsAllOrNothing) {
  EDPretrainedConfig config = EDPretrainedConfig::from_pretrained(golden_folder("llama_untied"));
  config.set("num_hidden_layers", "1");
  expect_refused("llama_untied", EDPretrainedModel(config),
                 AllOf(StartsWith("shape mismatch"), HasSubstr("layers.1.")));
  config.set("num_hidden_layers", "3");
  expect_refused("llama_untied", EDPretrainedModel(config),
                 AllOf(StartsWith("shape mismatch"), HasSubstr("more")));
  config.set("num_hidden_layers", "2");
  config.set("intermediate_size", "50");
  expect_refused("llama_untied", EDPretrainedModel(config),
                 AllOf(StartsWith("shape mismatch"), HasSubstr("mlp.gate_proj.weight"), HasSubstr("[48,32]"),
                       HasSubstr("[50,32]")));
  expect_refused("llama_untied", *load_case("gpt2"), StartsWith("shape mismatch"));

  // The last weight is one that int8 cannot hold.
  const auto broken = load_case("llama_untied", {.dtype = DType::kF32});
  HostTensor weight = HostTensor::zeros(broken->parameter_shape("model.layers.1.mlp.down_proj.weight"));
  weight.mutable_data<float>()[3] = std::numeric_limits<float>::quiet_NaN();
  broken->set_parameter("model.layers.1.mlp.down_proj.weight", weight);
  expect_refused("llama_untied", *broken, HasSubstr("down_proj"), {.quantize = "int8"});
}

TEST(SetDecoder, NeedsOne) {
  const auto roberta = load_case("roberta_masked");
  const auto llama = load_case("llama_untied");
  EXPECT_THAT(coded_error_of([&] { roberta->set_decoder(llama->get_decoder()); }),
              AllOf(StartsWith("unsupported"), HasSubstr("RobertaForMaskedLM has no decoder")));
}

TEST(SetDecoder, WorksOverAMesh) {
  if (const std::string& reason = missing_cpu_plugin(); !reason.empty()) GTEST_SKIP() << reason;
  const auto source = load_case("llama_untied", {.dtype = DType::kF32});
  const EDPretrainedModel model(
      source->config(),
      {.seed = 9, .engine = {.engine = "pjrt:cpu"}, .sharding = {.sharding_axis_dims = {1, 2, 2, 1}}});
  EDPretrainedModel changed(
      source->config(),
      {.seed = 9, .engine = {.engine = "pjrt:cpu"}, .sharding = {.sharding_axis_dims = {1, 2, 2, 1}}});
  changed.set_decoder(source->get_decoder());
  EXPECT_EQ(changed.shardings(), model.shardings());
  changed.set_output_embeddings(source->get_output_embeddings());
  expect_same_weights(changed, *source);
  const HostTensor ids = token_rows({{5, 6, 7}, {9, 1, 2}});
  EXPECT_LE(
      relative_difference(changed({.input_ids = ids}).logits, source->forward({.input_ids = ids}).logits),
      1e-4);
}

}  // namespace
}  // namespace easydel::model_test
