// Models made from a configuration alone: random weights, no weights, configurations that cannot be.
#include <gmock/gmock.h>

#include <sstream>

#include "models/model_case.h"
#include "unit/io/io_test_support.h"

namespace easydel::model_test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

EDPretrainedConfig small_config() {
  return EDPretrainedConfig::from_pretrained(golden_folder("qwen3"));
}

std::string construction_error(const EDPretrainedConfig& config, const ModelOptions& options = {}) {
  return coded_error_of([&] { AutoEasyDeLModelForCausalLM::from_config(config, options); });
}

TEST(Construction, TheSeedChoosesTheWeights) {
  const EDPretrainedModel a(small_config(), {.seed = 5}), same(small_config(), {.seed = 5}),
      other(small_config(), {.seed = 6});
  expect_same_weights(same, a);
  const std::string name = "model.layers.0.self_attn.q_proj.weight";
  EXPECT_FALSE(is_identical(other.parameter(name), a.parameter(name)));
}

TEST(Construction, TheDtypeIsThatOfTheWeights) {
  for (const DType dtype : {DType::kF32, DType::kBF16, DType::kF16}) {
    const EDPretrainedModel model(small_config(), {.dtype = dtype});
    EXPECT_EQ(model.dtype(), dtype);
    const HostTensor logits = model({.input_ids = token_rows({{1, 2, 3}})}).logits;
    EXPECT_EQ(logits.shape(), Shape(DType::kF32, {1, 3, 96}));
  }
  EXPECT_THAT(construction_error(small_config(), {.dtype = DType::kI32}), HasSubstr("i32"));
}

TEST(Construction, AModelWithoutWeightsKnowsItsShapes) {
  const EDPretrainedModel full(small_config()), shapes(small_config(), {.do_init = false});
  EXPECT_EQ(shapes.parameter_names(), full.parameter_names());
  for (const std::string& name : full.parameter_names())
    EXPECT_EQ(shapes.parameter_shape(name), full.parameter_shape(name));
  EXPECT_EQ(shapes.num_parameters(), full.num_parameters());
  EXPECT_EQ(shapes.weight_bytes(), full.weight_bytes());
  EXPECT_EQ(shapes.init_cache(2, 7).key(0).shape(), Shape(DType::kF32, {2, 7, 2, 16}));
  std::ostringstream text;
  text << shapes;
  EXPECT_THAT(text.str(), HasSubstr("Qwen3ForCausalLM"));
}

TEST(Construction, AModelWithoutWeightsSaysSo) {
  const EDPretrainedModel model(small_config(), {.do_init = false});
  EDPretrainedModel changed(small_config(), {.do_init = false});
  const io::ScratchDirectory scratch;
  const std::string name = model.parameter_names().front();
  const auto says_so = StartsWith("invalid argument: ");
  const auto why = HasSubstr("do_init = false");
  EXPECT_THAT(coded_error_of([&] { model({.input_ids = token_rows({{1}})}); }), AllOf(says_so, why));
  EXPECT_THAT(coded_error_of([&] { model.generate({{1}}, {}); }), AllOf(says_so, why));
  EXPECT_THAT(coded_error_of([&] { model.parameter(name); }), AllOf(says_so, why));
  EXPECT_THAT(coded_error_of([&] { model.get_output_embeddings(); }), AllOf(says_so, why));
  EXPECT_THAT(coded_error_of([&] { model.save_pretrained(scratch / "out"); }), AllOf(says_so, why));
  EXPECT_THAT(
      coded_error_of([&] { changed.set_parameter(name, HostTensor::zeros(changed.parameter_shape(name))); }),
      AllOf(says_so, why));
  EXPECT_EQ(scratch.file_count(), 0u);
}

TEST(Construction, ImpossibleConfigurationsAreNamed) {
  EDPretrainedConfig config = small_config();
  config.set("model_type", "\"mamba9\"");
  const std::string error = construction_error(config);
  EXPECT_THAT(error, AllOf(StartsWith("unsupported"), HasSubstr("mamba9")));
  for (const std::string& type : known_model_types()) EXPECT_THAT(error, HasSubstr(type));

  config = small_config();
  config.set("num_key_value_heads", "3");
  EXPECT_THAT(construction_error(config), HasSubstr("num_key_value_heads 3; the second must divide"));
  EXPECT_THAT(construction_error(small_config(), {.input_shape = {0, 4}}), HasSubstr("input_shape is [0,4]"));
}

TEST(Construction, SetWeightsAreUsedAndSaved) {
  const auto tied = EDPretrainedModel::from_pretrained(golden_folder("llama_grouped"));
  const HostTensor ids = token_rows({{5, 6, 7}});
  const HostTensor before = (*tied)({.input_ids = ids}).logits;
  tied->set_input_embeddings(HostTensor::zeros({DType::kF32, {96, 32}}));
  EXPECT_EQ(tied->get_output_embeddings().dtype(), DType::kBF16) << "converted to the model's dtype";
  const HostTensor after = (*tied)({.input_ids = ids}).logits;
  EXPECT_FALSE(is_identical(before, after));
  EXPECT_TRUE(is_identical(after, HostTensor::zeros(after.shape()))) << "the tied head is zero too";

  const auto untied = EDPretrainedModel::from_pretrained(golden_folder("llama_untied"));
  const HostTensor embedding = untied->get_input_embeddings();
  untied->set_output_embeddings(HostTensor::zeros({DType::kF32, {96, 32}}));
  EXPECT_TRUE(is_identical(untied->get_input_embeddings(), embedding));
  const io::ScratchDirectory scratch;
  untied->save_pretrained(scratch.path());
  expect_same_weights(*EDPretrainedModel::from_pretrained(scratch.path()), *untied);
}

TEST(Construction, WrongParametersAreNamed) {
  EDPretrainedModel model(small_config());
  EXPECT_THAT(coded_error_of([&] { model.parameter("model.nom.weight"); }),
              AllOf(StartsWith("not found"), HasSubstr("model.nom.weight")));
  EXPECT_THAT(coded_error_of([&] {
                model.set_parameter("model.norm.weight", HostTensor::zeros({DType::kF32, {3}}));
              }),
              AllOf(StartsWith("shape mismatch"), HasSubstr("f32[32]"), HasSubstr("f32[3]")));
}

}  // namespace
}  // namespace easydel::model_test
