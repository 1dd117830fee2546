// Classes of models: what the automatic classes make of a checkpoint, and what is particular to encoders and to
// encoder-decoders.
#include <gmock/gmock.h>

#include "io/checkpoint.h"
#include "io/safetensors.h"
#include "models/model_case.h"
#include "models/registry.h"
#include "unit/io/io_test_support.h"

namespace easydel::model_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// A copy of a case's checkpoint whose tensors are called otherwise.
void copy_renamed(const std::string& name, const std::filesystem::path& target,
                  const std::function<std::vector<std::string>(const std::string&)>& new_names) {
  const io::Checkpoint checkpoint = io::Checkpoint::open(golden_folder(name));
  std::map<std::string, HostTensor> tensors;
  for (const std::string& tensor : checkpoint.names())
    for (const std::string& renamed : new_names(tensor)) tensors[renamed] = checkpoint.tensor(tensor);
  std::filesystem::copy(golden_folder(name) / "config.json", target / "config.json");
  io::write_safetensors(target / "model.safetensors", {tensors.begin(), tensors.end()});
}

TEST(AutoClasses, TheClassDecidesTheTask) {
  const auto base = AutoEasyDeLModel::from_pretrained(golden_folder("llama_untied"));
  EXPECT_EQ(base->class_name(), "LlamaModel");
  EXPECT_FALSE(base->can_generate());
  EXPECT_THAT(base->load_report().unexpected, ElementsAre("lm_head.weight"));
  const auto full = AutoEasyDeLModelForCausalLM::from_pretrained(golden_folder("llama_untied"));
  const HostTensor ids = token_rows({{5, 6, 7}});
  const ForwardOutput output = (*base)({.input_ids = ids, .output_hidden_states = true});
  EXPECT_TRUE(output.logits.empty());
  EXPECT_TRUE(is_identical(output.last_hidden_state, output.hidden_states.back()));
  EXPECT_TRUE(is_identical(output.last_hidden_state,
                           (*full)({.input_ids = ids, .output_hidden_states = true}).hidden_states.back()));
}

TEST(AutoClasses, AHeadThatIsMissingCanBeFresh) {
  EXPECT_THAT(coded_error_of([] {
                AutoEasyDeLModelForTokenClassification::from_pretrained(golden_folder("roberta_masked"));
              }),
              AllOf(StartsWith("not found"), HasSubstr("classifier.weight")));
  const auto fresh = AutoEasyDeLModelForTokenClassification::from_pretrained(golden_folder("roberta_masked"),
                                                                             {.allow_missing = true});
  EXPECT_THAT(fresh->load_report().missing, ElementsAre("classifier.weight", "classifier.bias"));
  EXPECT_EQ((*fresh)({.input_ids = token_rows({{5, 6, 7}})}).logits.shape(), Shape(DType::kF32, {1, 3, 2}));
}

TEST(AutoClasses, TiedHeadsComeFromModelsWithoutOne) {
  const auto model = AutoEasyDeLModelForCausalLM::from_pretrained(golden_folder("llama_base"));
  EXPECT_TRUE(model->load_report().missing.empty());
  EXPECT_EQ(model->generate({{5, 6}}, {.max_new_tokens = 3})[0].ids.size(), 3u);
}

TEST(AutoClasses, MismatchesAreNamed) {
  EXPECT_THAT(
      coded_error_of([] { AutoEasyDeLModelForCausalLM::from_pretrained(golden_folder("roberta_masked")); }),
      AllOf(StartsWith("unsupported"), HasSubstr("no CausalLM"), HasSubstr("RobertaForMaskedLM")));
  EXPECT_THAT(
      coded_error_of([] { AutoEasyDeLModelForMaskedLM::from_pretrained(golden_folder("llama_grouped")); }),
      AllOf(HasSubstr("no MaskedLM"), HasSubstr("LlamaForCausalLM")));
  auto config = EDPretrainedConfig::from_pretrained(golden_folder("llama_grouped"));
  config.set("architectures", R"(["LlamaForImageTalk"])");
  EXPECT_THAT(coded_error_of([&] { make_module(config); }),
              AllOf(HasSubstr("LlamaForImageTalk"), HasSubstr("LlamaForCausalLM")));
}

TEST(AutoClasses, ArchitecturesOfOtherSpellingsCountByTheirEnding) {
  auto config = EDPretrainedConfig::from_pretrained(golden_folder("llama_grouped"));
  for (const char* spelling : {R"(["LLaMAForCausalLM"])", "[]"}) {
    config.set("architectures", spelling);
    EXPECT_EQ(make_module(config)->task(), ModelTask::kCausalLM);
  }
}

TEST(Encoders, KeepNoKeysAndHaveNoHeadUnlessTheyDo) {
  const auto model = EDPretrainedModel::from_pretrained(golden_folder("roberta_questions"));
  EXPECT_THAT(coded_error_of([&] { model->init_cache(1, 8); }), HasSubstr("keeps no keys"));
  EXPECT_THAT(coded_error_of([&] { model->get_output_embeddings(); }),
              HasSubstr("no head over the vocabulary"));
  const HostTensor ids = token_rows({{5, 6, 7}});
  EXPECT_THAT(coded_error_of([&] { model->forward({.input_ids = ids, .logits_to_keep = 1}); }),
              StartsWith("unsupported"));
  EXPECT_THAT(coded_error_of([&] { model->forward({.input_ids = ids, .decoder_input_ids = ids}); }),
              HasSubstr("encoder-decoders"));
  EXPECT_THAT(coded_error_of([&] { model->encode({.input_ids = ids}); }), HasSubstr("no encoder-decoder"));
}

TEST(Encoders, TokenTypesAreChecked) {
  const auto model = EDPretrainedModel::from_pretrained(golden_folder("roberta_base"));
  const HostTensor ids = token_rows({{5, 6, 7}});
  EXPECT_THAT(coded_error_of([&] {
                model->forward({.input_ids = ids, .token_type_ids = token_rows({{0, 3, 1}})});
              }),
              HasSubstr("token type 3"));
  EXPECT_THAT(coded_error_of([&] {
                model->forward({.input_ids = ids, .token_type_ids = token_rows({{0, 1}})});
              }),
              HasSubstr("token_type_ids"));
  const auto other = EDPretrainedModel::from_pretrained(golden_folder("llama_base"));
  EXPECT_THAT(coded_error_of([&] { other->forward({.input_ids = ids, .token_type_ids = ids}); }),
              HasSubstr("no embeddings of token types"));
}

TEST(Encoders, PositionsBeginBehindThePadding) {
  const auto model = EDPretrainedModel::from_pretrained(golden_folder("roberta_base"));  // 40 rows, padding 1
  EXPECT_EQ(model->max_positions(), 38);
  const HostTensor ids = token_rows({{5, 1, 7}});
  const HostTensor counted = (*model)({.input_ids = ids}).last_hidden_state;
  const HostTensor given =
      (*model)({.input_ids = ids, .position_ids = token_rows({{2, 1, 3}})}).last_hidden_state;
  EXPECT_TRUE(is_identical(counted, given));
}

// Files of Transformers before 4.31 and of fairseq's time: a buffer of positions, and the tied head written out.
TEST(Encoders, OldCheckpointsAreRead) {
  const io::ScratchDirectory scratch;
  copy_renamed("roberta_masked", scratch.path(), [](const std::string& name) {
    std::vector<std::string> names = {name};
    if (name.ends_with("word_embeddings.weight")) names.push_back("lm_head.decoder.weight");
    if (name.ends_with("token_type_embeddings.weight")) names.push_back("roberta.embeddings.position_ids");
    if (name == "lm_head.bias") names = {"lm_head.decoder.bias"};
    return names;
  });
  const auto old = EDPretrainedModel::from_pretrained(scratch.path());
  EXPECT_TRUE(old->load_report().unexpected.empty());
  expect_same_weights(*old, *EDPretrainedModel::from_pretrained(golden_folder("roberta_masked")));
}

class EncoderDecoders : public ::testing::Test {
 protected:
  std::unique_ptr<EDPretrainedModel> model_ =
      EDPretrainedModel::from_pretrained(golden_folder("t5_gated_untied"), {.dtype = DType::kF32});
  HostTensor ids_ = token_rows({{9, 8, 7, 6, 5}, {0, 0, 11, 12, 13}});
  HostTensor mask_ = token_rows({{1, 1, 1, 1, 1}, {0, 0, 1, 1, 1}});
  HostTensor text_ = token_rows({{0, 21, 22, 23}, {0, 31, 32, 33}});
};

TEST_F(EncoderDecoders, AnEncodersOutputStandsForItsInput) {
  const ForwardOutput whole =
      (*model_)({.input_ids = ids_, .attention_mask = mask_, .decoder_input_ids = text_});
  const HostTensor states =
      model_->encode({.input_ids = ids_, .attention_mask = mask_}).encoder_last_hidden_state;
  EXPECT_TRUE(is_identical(states, whole.encoder_last_hidden_state));
  const ForwardOutput half =
      (*model_)({.attention_mask = mask_, .decoder_input_ids = text_, .encoder_outputs = states});
  EXPECT_TRUE(is_identical(half.logits, whole.logits));
}

TEST_F(EncoderDecoders, CachedDecodingEqualsWholePasses) {
  const HostTensor whole =
      (*model_)({.input_ids = ids_, .attention_mask = mask_, .decoder_input_ids = text_}).logits;
  const HostTensor states =
      model_->encode({.input_ids = ids_, .attention_mask = mask_}).encoder_last_hidden_state;
  KvCache cache = model_->init_cache(2, 9, states, mask_);
  for (int again = 0; again < 2; ++again) {
    for (const auto& [begin, end] : {std::pair{0, 1}, {1, 3}, {3, 4}}) {
      const HostTensor logits =
          (*model_)({.cache = &cache, .decoder_input_ids = columns(text_, begin, end)}).logits;
      EXPECT_LE(relative_difference(logits, columns(whole, begin, end)), kSameEngineTolerance) << begin;
    }
    cache.reset();  // the encoder's keys stay
  }
}

TEST_F(EncoderDecoders, LabelsAreShiftedBehindTheStartToken) {
  const HostTensor shifted = model_->shift_right(token_rows({{5, 6, 7}, {8, -100, -100}}));
  EXPECT_THAT(shifted.data<int32_t>(), ElementsAre(0, 5, 6, 0, 8, 0));
}

TEST_F(EncoderDecoders, WrongArgumentsAreNamed) {
  const HostTensor states = model_->encode({.input_ids = ids_}).encoder_last_hidden_state;
  KvCache cache = model_->init_cache(2, 9, states);
  const auto error = [&](const ForwardInputs& inputs) {
    return coded_error_of([&] { model_->forward(inputs); });
  };
  EXPECT_THAT(error({.input_ids = ids_}), HasSubstr("decoder_input_ids are missing"));
  EXPECT_THAT(error({.input_ids = ids_, .decoder_input_ids = text_, .encoder_outputs = states}),
              HasSubstr("give one of them"));
  EXPECT_THAT(error({.input_ids = ids_, .cache = &cache, .decoder_input_ids = text_}),
              HasSubstr("holds the encoder's output already"));
  EXPECT_THAT(error({.input_ids = ids_, .decoder_input_ids = token_rows({{0, 4}})}), HasSubstr("2 rows"));
  EXPECT_THAT(error({.input_ids = ids_, .attention_mask = token_rows({{1, 1}}), .decoder_input_ids = text_}),
              HasSubstr("attention_mask"));
  EXPECT_THAT(coded_error_of([&] { model_->init_cache(2, 9); }), HasSubstr("[batch, source, 36]"));
  EXPECT_THAT(coded_error_of([&] { model_->init_cache(3, 9, states); }), HasSubstr("2 rows"));
}

// Penalties concern the answer, not what it answers: Transformers' generate() sees the decoder's tokens alone.
TEST_F(EncoderDecoders, PenaltiesDoNotSeeTheEncodersInput) {
  const std::vector<int32_t> prompt = {9, 8, 7, 6, 5};
  const int32_t first = model_->generate({prompt}, {.max_new_tokens = 1})[0].ids[0];
  std::vector<int32_t> with_answer = prompt;
  with_answer.push_back(first);
  const int32_t free = model_->generate({with_answer}, {.max_new_tokens = 1})[0].ids[0];
  EXPECT_EQ(model_->generate({with_answer}, {.max_new_tokens = 1, .repetition_penalty = 1e6})[0].ids[0],
            free);
}

// The files of 2019: three copies of the embedding, and a bias that nothing reads.
TEST_F(EncoderDecoders, OldCheckpointsAreRead) {
  const io::ScratchDirectory scratch;
  copy_renamed("t5", scratch.path(), [](const std::string& name) {
    if (name == "shared.weight")
      return std::vector<std::string>{"encoder.embed_tokens.weight", "decoder.embed_tokens.weight",
                                      "lm_head.weight"};
    std::vector<std::string> names = {name};
    if (name == "decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight")
      names.emplace_back("decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight");
    return names;
  });
  EDPretrainedConfig config = EDPretrainedConfig::from_pretrained(scratch.path());
  config.set("architectures", R"(["T5WithLMHeadModel"])");
  config.save_pretrained(scratch.path());
  const auto old = EDPretrainedModel::from_pretrained(scratch.path());
  EXPECT_TRUE(old->load_report().unexpected.empty());
  expect_same_weights(*old, *EDPretrainedModel::from_pretrained(golden_folder("t5")));
}

TEST_F(EncoderDecoders, ImpossibleConfigurationsAreNamed) {
  const auto error = [](std::string_view key, std::string_view value) {
    auto config = EDPretrainedConfig::from_pretrained(golden_folder("t5"));
    config.set(key, value);
    return coded_error_of([&] { make_module(config); });
  };
  EXPECT_THAT(error("relative_attention_max_distance", "3"),
              HasSubstr("relative_attention_max_distance is 3"));
  EXPECT_THAT(error("feed_forward_proj", "\"gated-bang\""), HasSubstr("bang"));
  EXPECT_THAT(error("d_kv", "null"), HasSubstr("\"d_kv\" is missing"));
}

}  // namespace
}  // namespace easydel::model_test
