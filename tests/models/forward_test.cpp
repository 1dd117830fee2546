// Arguments of a forward pass: what is refused, and that a refusal leaves the cache as it was.
#include <gmock/gmock.h>

#include "models/model_case.h"
#include "unit/io/io_test_support.h"

namespace easydel::model_test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class ForwardArguments : public ::testing::Test {
 protected:
  std::string error_of(const ForwardInputs& inputs) const {
    return coded_error_of([&] { model_->forward(inputs); });
  }

  std::unique_ptr<EDPretrainedModel> model_ =
      EDPretrainedModel::from_pretrained(golden_folder("llama_grouped"));  // 96 tokens, context 128
  HostTensor two_rows_ = token_rows({{5, 6, 7}, {8, 9, 10}});
};

TEST_F(ForwardArguments, IdsOutsideTheVocabularyAreNamed) {
  EXPECT_THAT(error_of({.input_ids = token_rows({{1, 2, 3}, {4, 96, 5}})}),
              AllOf(StartsWith("invalid argument"), HasSubstr("token 96 at row 1, position 1")));
  EXPECT_THAT(error_of({.input_ids = token_rows({{-1}})}), HasSubstr("token -1 at row 0"));
}

TEST_F(ForwardArguments, IdsMustBeIntegerRows) {
  EXPECT_THAT(error_of({}), HasSubstr("input_ids must be integers [batch, length], got nothing"));
  EXPECT_THAT(error_of({.input_ids = HostTensor::zeros({DType::kF32, {1, 2}})}), HasSubstr("f32[1,2]"));
  EXPECT_THAT(error_of({.input_ids = HostTensor::zeros({DType::kI32, {4}})}), HasSubstr("i32[4]"));
  EXPECT_THAT(error_of({.input_ids = HostTensor::zeros({DType::kI32, {1, 0}})}), HasSubstr("input_ids"));
  const HostTensor wide = two_rows_.to(DType::kI64);
  EXPECT_TRUE(
      is_identical((*model_)({.input_ids = wide}).logits, (*model_)({.input_ids = two_rows_}).logits));
}

TEST_F(ForwardArguments, TextsLongerThanTheContextAreRefused) {
  EXPECT_EQ(model_->max_positions(), 128);
  EXPECT_EQ(error_of({.input_ids = HostTensor::zeros({DType::kI32, {1, 128}})}), "");
  EXPECT_THAT(error_of({.input_ids = HostTensor::zeros({DType::kI32, {1, 129}})}),
              AllOf(HasSubstr("129"), HasSubstr("context of 128")));
  KvCache cache = model_->init_cache(1, 200);
  model_->forward({.input_ids = HostTensor::zeros({DType::kI32, {1, 128}}), .cache = &cache});
  EXPECT_THAT(error_of({.input_ids = token_rows({{1}}), .cache = &cache}), HasSubstr("context of 128"));
  EXPECT_THAT(
      coded_error_of([&] { model_->generate({std::vector<int32_t>(129, 1)}, {.max_new_tokens = 1}); }),
      AllOf(HasSubstr("129"), HasSubstr("128")));
  EXPECT_THAT(
      coded_error_of([&] { model_->generate({std::vector<int32_t>(100, 1)}, {.max_new_tokens = 29}); }),
      HasSubstr("at most 28 new tokens"));
}

TEST_F(ForwardArguments, MasksAndPositionsMustFitTheIds) {
  EXPECT_THAT(error_of({.input_ids = two_rows_, .attention_mask = token_rows({{1, 1, 1}})}),
              AllOf(StartsWith("shape mismatch"), HasSubstr("attention_mask")));
  EXPECT_THAT(error_of({.input_ids = two_rows_, .attention_mask = token_rows({{1, 1}, {1, 1}})}),
              HasSubstr("attention_mask"));
  EXPECT_THAT(error_of({.input_ids = two_rows_, .position_ids = token_rows({{0, 1, 2}})}),
              HasSubstr("position_ids"));
  EXPECT_THAT(error_of({.input_ids = two_rows_, .logits_to_keep = -1}), HasSubstr("logits_to_keep"));
}

TEST_F(ForwardArguments, CachesMustFitTheModelAndTheBatch) {
  KvCache cache = model_->init_cache(2, 5);
  EXPECT_THAT(error_of({.input_ids = token_rows({{1}}), .cache = &cache}), HasSubstr("2 rows"));
  const auto other = EDPretrainedModel::from_pretrained(golden_folder("llama_grouped"));
  EXPECT_THAT(coded_error_of([&] { other->forward({.input_ids = two_rows_, .cache = &cache}); }),
              HasSubstr("another model"));
  for (const auto& [batch, length] : {std::pair{0, 4}, {1, 0}, {-1, 4}, {1 << 20, 4}})
    EXPECT_THAT(coded_error_of([&] { model_->init_cache(batch, length); }), StartsWith("invalid argument"));
}

TEST_F(ForwardArguments, ARefusalLeavesTheCacheAsItWas) {
  KvCache cache = model_->init_cache(2, 5);
  model_->forward({.input_ids = two_rows_, .cache = &cache});
  const HostTensor keys = HostTensor::copy_of(cache.key(1).shape(), cache.key(1).bytes());
  EXPECT_THAT(error_of({.input_ids = two_rows_, .cache = &cache}),
              AllOf(HasSubstr("holds 5 positions, 3 of them"), HasSubstr("3 more")));
  EXPECT_NE(error_of({.input_ids = token_rows({{1}, {96}}), .cache = &cache}), "");
  EXPECT_EQ(cache.length(), 3);
  EXPECT_TRUE(is_identical(cache.key(1), keys));
  EXPECT_EQ(error_of({.input_ids = token_rows({{1, 2}, {3, 4}}), .cache = &cache}), "");
  EXPECT_EQ(cache.length(), 5);
}

TEST_F(ForwardArguments, MoreLogitsThanPositionsAreAllOfThem) {
  const HostTensor all = (*model_)({.input_ids = two_rows_}).logits;
  EXPECT_TRUE(is_identical((*model_)({.input_ids = two_rows_, .logits_to_keep = 9}).logits, all));
}

TEST_F(ForwardArguments, GivenPositionsAreUsed) {
  const HostTensor counted = (*model_)({.input_ids = two_rows_}).logits;
  const HostTensor same =
      (*model_)({.input_ids = two_rows_, .position_ids = token_rows({{0, 1, 2}, {0, 1, 2}})}).logits;
  const HostTensor spread =
      (*model_)({.input_ids = two_rows_, .position_ids = token_rows({{0, 9, 30}, {0, 1, 2}})}).logits;
  EXPECT_TRUE(is_identical(same, counted));
  EXPECT_GT(relative_difference(spread, counted), 1e-3);
}

TEST_F(ForwardArguments, HiddenTokensDoNotCount) {
  const HostTensor masked =
      (*model_)({.input_ids = token_rows({{5, 40, 6}}), .attention_mask = token_rows({{1, 0, 1}})}).logits;
  const HostTensor without = (*model_)({.input_ids = token_rows({{5, 6}})}).logits;
  EXPECT_LE(relative_difference(columns(masked, 2, 3), columns(without, 1, 2)), 0.01);
}

}  // namespace
}  // namespace easydel::model_test
