// EasyDeL's generation loop by hand: init_cache, prepare_inputs_for_generation, update_inputs_for_generation.
#include <gmock/gmock.h>

#include <algorithm>

#include "models/model_case.h"
#include "unit/io/io_test_support.h"

namespace easydel::model_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class GenerationInputsTest : public ::testing::Test {
 protected:
  std::unique_ptr<EDPretrainedModel> model_ =
      EDPretrainedModel::from_pretrained(golden_folder("qwen3"), {.dtype = DType::kF32});
  HostTensor ids_ = token_rows({{0, 0, 5, 6}, {7, 8, 9, 10}});
  HostTensor mask_ = token_rows({{0, 0, 1, 1}, {1, 1, 1, 1}});
};

TEST_F(GenerationInputsTest, ACacheIsEmptyAndOfItsSize) {
  const KvCache cache = model_->init_cache(2, 9);
  EXPECT_EQ(cache.batch_size(), 2);
  EXPECT_EQ(cache.max_length(), 9);
  EXPECT_EQ(cache.length(), 0);
  for (const int64_t layer : {0, 1})
    for (const HostTensor& part : {cache.key(layer), cache.value(layer)})
      EXPECT_TRUE(is_identical(part, HostTensor::zeros({DType::kF32, {2, 9, 2, 16}})));
}

TEST_F(GenerationInputsTest, TheMaskIsExtendedByOnes) {
  const GenerationInputs inputs = model_->prepare_inputs_for_generation(ids_, 6, mask_);
  EXPECT_EQ(inputs.attention_mask.shape(), Shape(DType::kI32, {2, 6}));
  EXPECT_THAT(inputs.attention_mask.data<int32_t>(), ElementsAre(0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1));
  EXPECT_EQ(inputs.cache.batch_size(), 2);
  EXPECT_EQ(inputs.cache.max_length(), 6);
}

TEST_F(GenerationInputsTest, PositionsCountSeenTokens) {
  EXPECT_THAT(model_->prepare_inputs_for_generation(ids_, 6, mask_).position_ids.data<int32_t>(),
              ElementsAre(-1, -1, 0, 1, 0, 1, 2, 3));
  const HostTensor hole = token_rows({{1, 0, 0, 1}, {0, 1, 0, 1}});
  EXPECT_THAT(model_->prepare_inputs_for_generation(ids_, 6, hole).position_ids.data<int32_t>(),
              ElementsAre(0, 0, 0, 1, -1, 0, 0, 1));
  const GenerationInputs unmasked = model_->prepare_inputs_for_generation(ids_, 5);
  EXPECT_THAT(unmasked.position_ids.data<int32_t>(), ElementsAre(0, 1, 2, 3, 0, 1, 2, 3));
  EXPECT_THAT(unmasked.attention_mask.data<int32_t>(), ::testing::Each(1));
}

TEST_F(GenerationInputsTest, AnUpdateIsTheNextColumn) {
  GenerationInputs inputs = model_->prepare_inputs_for_generation(ids_, 6, mask_);
  model_->update_inputs_for_generation(inputs);
  EXPECT_EQ(inputs.position_ids.shape(), Shape(DType::kI32, {2, 1}));
  EXPECT_THAT(inputs.position_ids.data<int32_t>(), ElementsAre(2, 4));
  model_->update_inputs_for_generation(inputs);
  EXPECT_THAT(inputs.position_ids.data<int32_t>(), ElementsAre(3, 5));
}

TEST_F(GenerationInputsTest, WhatDoesNotFitIsRefused) {
  EXPECT_THAT(coded_error_of([&] { model_->prepare_inputs_for_generation(ids_, 3, mask_); }),
              HasSubstr("max_length is 3"));
  EXPECT_THAT(coded_error_of([&] {
                model_->prepare_inputs_for_generation(ids_, 6, token_rows({{1, 1}}));
              }),
              HasSubstr("i32[1,2]"));
  EXPECT_THAT(coded_error_of([&] { model_->prepare_inputs_for_generation({}, 6); }), HasSubstr("input_ids"));
}

TEST_F(GenerationInputsTest, TheLoopByHandGivesWhatGenerateGives) {
  constexpr int64_t kNew = 12;
  const auto expected = model_->generate(unpadded_rows(ids_, mask_), {.max_new_tokens = kNew});
  const auto vocab = static_cast<size_t>(model_->vocab_size());
  GenerationInputs inputs = model_->prepare_inputs_for_generation(ids_, 4 + kNew, mask_);
  HostTensor ids = ids_;
  std::vector<std::vector<int32_t>> rows(2);
  for (int64_t step = 0; step < kNew; ++step) {
    const HostTensor logits = (*model_)({.input_ids = ids,
                                         .attention_mask = inputs.attention_mask,
                                         .position_ids = inputs.position_ids,
                                         .cache = &inputs.cache,
                                         .logits_to_keep = 1})
                                  .logits;
    for (size_t row = 0; row < rows.size(); ++row) {
      const auto scores = logits.data<float>().subspan(row * vocab, vocab);
      rows[row].push_back(
          static_cast<int32_t>(std::max_element(scores.begin(), scores.end()) - scores.begin()));
    }
    ids = token_rows({{rows[0].back()}, {rows[1].back()}});
    model_->update_inputs_for_generation(inputs);
  }
  EXPECT_EQ(inputs.cache.length(), 4 + kNew - 1);
  for (size_t row = 0; row < rows.size(); ++row) EXPECT_EQ(rows[row], expected[row].ids) << "row " << row;
}

}  // namespace
}  // namespace easydel::model_test
