// Vocabularies of another size: what stays, what comes, and that the model goes on.
#include <gmock/gmock.h>

#include <algorithm>
#include <limits>
#include <set>

#include "easydel/log.h"
#include "easydel/state.h"
#include "io/safetensors.h"
#include "models/model_case.h"
#include "unit/io/io_test_support.h"

namespace easydel::model_test {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Rows [begin, end) of a table.
HostTensor rows(const HostTensor& table, int64_t begin, int64_t end) {
  std::vector<int64_t> dims(table.shape().dims().begin(), table.shape().dims().end());
  const size_t row_bytes = table.bytes().size() / static_cast<size_t>(dims[0]);
  dims[0] = end - begin;
  return HostTensor::copy_of(table.shape().with_dims(dims),
                             table.bytes().subspan(static_cast<size_t>(begin) * row_bytes,
                                                   static_cast<size_t>(end - begin) * row_bytes));
}

/// Expects that each table over the vocabulary begins with the rows that it had, and that nothing else changed.
void expect_same_rows(const EDPretrainedModel& resized, const EDPretrainedModel& before) {
  const int64_t kept = std::min(resized.vocab_size(), before.vocab_size());
  ASSERT_EQ(resized.parameter_names(), before.parameter_names());
  for (const std::string& name : before.parameter_names()) {
    const HostTensor now = resized.parameter(name), old = before.parameter(name);
    if (now.shape() == old.shape())
      EXPECT_TRUE(is_identical(now, old)) << name;
    else
      EXPECT_TRUE(is_identical(rows(now, 0, kept), rows(old, 0, kept))) << name;
  }
}

/// Inputs for a pass of any class.
ForwardInputs inputs_of(const EDPretrainedModel& model, const HostTensor& ids) {
  ForwardInputs inputs{.input_ids = ids};
  if (model.config().model_type() == "t5") inputs.decoder_input_ids = ids;
  return inputs;
}

class ResizedVocabulary : public testing::TestWithParam<ModelCase> {};

TEST_P(ResizedVocabulary, KeepsItsRowsAndIsSavedAndLoaded) {
  const auto before = load_case(GetParam().name), model = load_case(GetParam().name);
  const int64_t old_size = before->vocab_size();
  const HostTensor ids = token_rows({{5, 6, 7, 8}});
  (void)model->forward(inputs_of(*model, ids));  // a program that is traced with the old tables
  const std::string generation = model->generation_config().to_json();
  for (const int64_t size : {old_size + 5, old_size - 3}) {
    EXPECT_EQ(model->resize_token_embeddings(size), size);
    EXPECT_EQ(model->vocab_size(), size);
    EXPECT_EQ(model->config().integer("vocab_size"), size);
    EXPECT_EQ(model->get_input_embeddings().shape().dim(0), size);
    EXPECT_EQ(model->generation_config().to_json(), generation);
    expect_same_rows(*model, *before);
    const HostTensor logits = model->forward(inputs_of(*model, ids)).logits;
    const bool is_language_model = !logits.empty() && logits.shape().dim(-1) == size;
    const bool wants_one = GetParam().task == ModelTask::kCausalLM ||
                           GetParam().task == ModelTask::kSeq2SeqLM ||
                           GetParam().task == ModelTask::kMaskedLM;
    EXPECT_EQ(is_language_model, wants_one);
    const io::ScratchDirectory scratch;
    model->save_pretrained(scratch.path());
    const auto again = EDPretrainedModel::from_pretrained(scratch.path());
    EXPECT_TRUE(again->load_report().unexpected.empty());
    expect_same_weights(*again, *model);
  }
}

INSTANTIATE_TEST_SUITE_P(Models, ResizedVocabulary, testing::ValuesIn(all_cases()),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(NewRows, AreThoseOfTransformers) {
  const io::TensorFile file =
      io::open_safetensors(EASYDEL_SOURCE_DIR "/tests/golden/accessors/resized.safetensors");
  std::map<std::string, std::vector<io::StoredTensor>> cases;
  for (const io::StoredTensor& stored : file.tensors())
    cases[stored.name.substr(0, stored.name.find('.'))].push_back(stored);
  EXPECT_EQ(cases.size(), 7u);
  for (const auto& [name, changed] : cases) {
    const auto before = load_case(name, {.dtype = DType::kF32}),
               model = load_case(name, {.dtype = DType::kF32});
    model->resize_token_embeddings(101);
    for (const io::StoredTensor& stored : changed) {
      SCOPED_TRACE(stored.name);
      const std::string parameter = stored.name.substr(name.size() + 1);
      const HostTensor table = model->parameter(parameter), golden = file.tensor(stored);
      // Both are draws whose deviation is 3e-5 of the old rows', around the one mean.
      for (int64_t row = before->vocab_size(); row < 101; ++row) {
        const HostTensor drawn = rows(table, row, row + 1);
        ASSERT_EQ(drawn.shape(), golden.shape());
        for (size_t i = 0; i < golden.data<float>().size(); ++i)
          EXPECT_NEAR(drawn.data<float>()[i], golden.data<float>()[i], 1e-4);
      }
      if (table.shape().rank() == 2) {
        EXPECT_FALSE(is_identical(rows(table, 99, 100), rows(table, 100, 101))) << "each row is its own draw";
      }
    }
    // Nothing else changes, but for the bias that stands beside an untied head's own: Transformers leaves it, and then
    // cannot read what it has saved.
    std::set<std::string> expected, found;
    for (const io::StoredTensor& stored : changed) expected.insert(stored.name.substr(name.size() + 1));
    if (name == "roberta_masked_untied") expected.insert("lm_head.bias");
    for (const std::string& parameter : model->parameter_names())
      if (model->parameter_shape(parameter) != before->parameter_shape(parameter)) found.insert(parameter);
    EXPECT_EQ(found, expected);
  }
}

TEST(NewRows, AreAsFreshWhereTheMeanIsNotWanted) {
  for (const char* name : {"llama_untied", "roberta_masked", "t5"}) {
    EDPretrainedConfig config = EDPretrainedConfig::from_pretrained(golden_folder(name));
    EDPretrainedModel model(config, {.seed = 5});
    model.resize_token_embeddings(110, {.mean_resizing = false, .seed = 5});
    config.set("vocab_size", "110");
    expect_same_weights(model, EDPretrainedModel(config, {.seed = 5}));
  }
}

TEST(NewRows, DependOnTheSeed) {
  const auto drawn = [](uint64_t seed, const EngineOptions& engine) {
    const auto model = load_case("llama_untied", {.dtype = DType::kF32, .engine = engine});
    model->resize_token_embeddings(120, {.seed = seed});
    return model->get_output_embeddings();
  };
  const HostTensor expected = drawn(1, {.engine = "native", .threads = 1});
  EXPECT_TRUE(is_identical(drawn(1, {.engine = "native", .threads = 2}), expected));
  EXPECT_FALSE(is_identical(drawn(2, {.engine = "native", .threads = 1}), expected));
  if (const std::string& reason = missing_cpu_plugin(); !reason.empty()) GTEST_SKIP() << reason;
  EXPECT_TRUE(is_identical(drawn(1, {.engine = "pjrt:cpu"}), expected));
}

TEST(ResizeTokenEmbeddings, PadsToAMultiple) {
  const auto model = load_case("llama_untied");
  EXPECT_EQ(model->resize_token_embeddings(97, {.pad_to_multiple_of = 64}), 128);
  EXPECT_EQ(model->get_output_embeddings().shape().dim(0), 128);
  EXPECT_EQ(model->resize_token_embeddings(128, {.pad_to_multiple_of = 64}), 128);
}

TEST(ResizeTokenEmbeddings, TiedHeadsStayTied) {
  const auto model = load_case("llama_grouped");
  model->resize_token_embeddings(100);
  EXPECT_TRUE(is_identical(model->get_input_embeddings(), model->get_output_embeddings()));
  const HostTensor ids = token_rows({{5, 99, 7}});
  EXPECT_EQ(model->forward({.input_ids = ids}).logits.shape(), Shape(DType::kF32, {1, 3, 100}));
  EXPECT_THAT(coded_error_of([&] { model->forward({.input_ids = token_rows({{100}})}); }),
              HasSubstr("outside the vocabulary of 100"));
  EXPECT_EQ(model->generate({{5, 99}}, {.max_new_tokens = 3})[0].ids.size(), 3u);
}

TEST(ResizeTokenEmbeddings, OldTokensKeepTheirLogits) {
  const auto before = load_case("llama_untied", {.dtype = DType::kF32}),
             model = load_case("llama_untied", {.dtype = DType::kF32});
  const HostTensor ids = token_rows({{5, 6, 7}});
  const HostTensor old = before->forward({.input_ids = ids}).logits;
  model->resize_token_embeddings(104);
  const HostTensor now = model->forward({.input_ids = ids}).logits;
  for (size_t position = 0; position < 3; ++position)
    EXPECT_LE(relative_difference(now.data<float>().subspan(position * 104, 96),
                                  old.data<float>().subspan(position * 96, 96)),
              1e-6);
}

TEST(ResizeTokenEmbeddings, ErrorsLeaveTheModelAsItWas) {
  const auto model = load_case("llama_untied"), before = load_case("llama_untied");
  for (const int64_t size :
       {int64_t{0}, int64_t{-4}, int64_t{20'000'000}, std::numeric_limits<int64_t>::max()})
    EXPECT_THAT(coded_error_of([&] { model->resize_token_embeddings(size); }),
                AllOf(StartsWith("invalid argument: resize_token_embeddings"), HasSubstr("new size")));
  EXPECT_THAT(coded_error_of([&] { model->resize_token_embeddings(100, {.pad_to_multiple_of = -8}); }),
              AllOf(StartsWith("invalid argument"), HasSubstr("pad_to_multiple_of is -8")));
  EXPECT_EQ(model->vocab_size(), 96);
  EXPECT_EQ(model->config().integer("vocab_size"), 96);
  expect_same_weights(*model, *before);
}

// Transformers would not load what is saved then.
TEST(ResizeTokenEmbeddings, APaddingTokenThatGoesIsNamed) {
  EDPretrainedConfig config = EDPretrainedConfig::from_pretrained(golden_folder("llama_untied"));
  config.set("pad_token_id", "90");
  EDPretrainedModel model(config, {.do_init = false});
  std::vector<std::string> warnings;
  set_log_handler([&](LogLevel, std::string_view message) { warnings.emplace_back(message); });
  model.resize_token_embeddings(91);
  EXPECT_THAT(warnings, testing::IsEmpty());
  model.resize_token_embeddings(90);
  set_log_handler({});
  EXPECT_THAT(warnings, testing::ElementsAre(HasSubstr("pad_token_id is 90")));
}

TEST(ResizeTokenEmbeddings, ModelsWithoutWeightsHaveTheNewShapes) {
  EDPretrainedModel model(EDPretrainedConfig::from_pretrained(golden_folder("roberta_masked_untied")),
                          {.do_init = false});
  model.resize_token_embeddings(200);
  for (const char* name : {"roberta.embeddings.word_embeddings.weight", "lm_head.bias",
                           "lm_head.decoder.bias", "lm_head.decoder.weight"})
    EXPECT_EQ(model.parameter_shape(name).dim(0), 200) << name;
}

// Rows that stay keep their codes and scales; those that come are quantized alike.
TEST(ResizeTokenEmbeddings, QuantizedTablesAreResized) {
  const auto before = load_case("llama_untied", {.quantize = "int8"}),
             model = load_case("llama_untied", {.quantize = "int8"});
  model->resize_token_embeddings(108);
  EXPECT_EQ(model->quantization(), "int8");
  expect_same_rows(*model, *before);
  const HostTensor table = model->get_input_embeddings().to(DType::kF32);
  const auto exact = load_case("llama_untied");
  exact->resize_token_embeddings(108);
  EXPECT_LT(relative_difference(table, exact->get_input_embeddings().to(DType::kF32)), 0.02);
  const HostTensor ids = token_rows({{5, 107, 7}});
  EXPECT_EQ(model->forward({.input_ids = ids}).logits.shape().dim(2), 108);
  const io::ScratchDirectory scratch;
  model->save_pretrained(scratch.path());
  expect_same_weights(*EDPretrainedModel::from_pretrained(scratch.path()), *model);
  model->resize_token_embeddings(90);
  expect_same_rows(*model, *before);
}

TEST(ResizeTokenEmbeddings, StatesThatShareTheWeightsKeepTheirs) {
  const auto model = load_case("llama_untied"), before = load_case("llama_untied");
  const EasyDeLState state = model->to_easydel_state();
  model->resize_token_embeddings(100);
  expect_same_weights(state.model(), *before);
  const EasyDeLState resized = model->to_easydel_state();
  expect_same_weights(resized.model(), *model);
}

TEST(ResizeTokenEmbeddings, WorksOverAMesh) {
  if (const std::string& reason = missing_cpu_plugin(); !reason.empty()) GTEST_SKIP() << reason;
  const LoadOptions options{.dtype = DType::kF32,
                            .engine = {.engine = "pjrt:cpu"},
                            .sharding = {.sharding_axis_dims = {1, 4, 2, 1}}};
  const auto one = load_case("llama_untied", {.dtype = DType::kF32}),
             many = load_case("llama_untied", options);
  EXPECT_TRUE(many->load_report().unsharded.empty());
  const HostTensor ids = token_rows({{5, 95, 7}, {1, 2, 3}});
  for (const int64_t size : {104, 101, 80}) {
    SCOPED_TRACE(size);
    one->resize_token_embeddings(size, {.seed = 2});
    many->resize_token_embeddings(size, {.seed = 2});
    expect_same_weights(*many, *one);
    EXPECT_LE(relative_difference(many->forward({.input_ids = token_rows({{5, 79, 7}, {1, 2, 3}})}).logits,
                                  one->forward({.input_ids = token_rows({{5, 79, 7}, {1, 2, 3}})}).logits),
              1e-4);
    EDPretrainedConfig config = one->config();
    const EDPretrainedModel made(config, {.do_init = false, .sharding = options.sharding});
    EXPECT_EQ(many->shardings(), made.shardings()) << "where a model that is made so lies";
    const bool has_warned = !many->load_report().unsharded.empty();
    EXPECT_EQ(has_warned, size != 104) << "101 is odd";
  }
  EXPECT_THAT(many->load_report().unsharded, Contains(HasSubstr("embed_tokens")));

  many->gather_model();
  many->resize_token_embeddings(96);
  EXPECT_TRUE(many->shardings().at("lm_head.weight").is_replicated()) << "it stays where it was put";
  const auto strict = load_case(
      "llama_untied",
      {.engine = {.engine = "pjrt:cpu"}, .sharding = {.sharding_axis_dims = {1, 4, 2, 1}, .strict = true}});
  EXPECT_THAT(coded_error_of([&] { strict->resize_token_embeddings(101); }), StartsWith("shape mismatch"));
  EXPECT_EQ(strict->vocab_size(), 96);
}

TEST(SetEmbeddings, OfAnotherShapeAreRefused) {
  const auto model = load_case("llama_untied");
  const auto of_shape = [](std::vector<int64_t> dims) {
    return HostTensor::zeros({DType::kF32, std::move(dims)});
  };
  EXPECT_THAT(coded_error_of([&] {
                model->set_input_embeddings(of_shape({96, 31}));
              }),
              AllOf(StartsWith("shape mismatch: set_input_embeddings"), HasSubstr("[96,32]"),
                    HasSubstr("f32[96,31]")));
  EXPECT_THAT(coded_error_of([&] {
                model->set_output_embeddings(of_shape({100, 32}));
              }),
              AllOf(StartsWith("shape mismatch: set_output_embeddings"), HasSubstr("[96,32]"),
                    HasSubstr("f32[100,32]"), HasSubstr("resize_token_embeddings")));
  EXPECT_THAT(coded_error_of([&] { model->set_input_embeddings({}); }), HasSubstr("empty"));
}

}  // namespace
}  // namespace easydel::model_test
