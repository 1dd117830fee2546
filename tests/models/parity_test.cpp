// Every model case computes what Transformers computes: logits, hidden states, batches, greedy tokens.
#include "models/model_case.h"

namespace easydel::model_test {
namespace {

class Parity : public PerModelCase {
 protected:
  GenerationConfig greedy_config() const {
    return {.max_new_tokens = golden("greedy").shape().elements(), .pad_token_id = 0};
  }
};

TEST_P(Parity, LogitsAndHiddenStates) {
  const ForwardOutput output = model()({.input_ids = golden("prompt"), .output_hidden_states = true});
  EXPECT_EQ(output.logits.shape(), golden("logits").shape());
  EXPECT_LE(relative_difference(output.logits, golden("logits")), kTolerance);

  const HostTensor& expected = golden("hidden_states");  // [layers + 1, seq, hidden]
  ASSERT_EQ(static_cast<int64_t>(output.hidden_states.size()), expected.shape().dim(0));
  const size_t size = static_cast<size_t>(expected.shape().elements()) / output.hidden_states.size();
  for (size_t layer = 0; layer < output.hidden_states.size(); ++layer)
    EXPECT_LE(relative_difference(output.hidden_states[layer].data<float>(),
                                  expected.data<float>().subspan(layer * size, size)),
              kTolerance)
        << "hidden state " << layer;
}

TEST_P(Parity, LogitsOfTheLastPositions) {
  const int64_t seq = golden("prompt").shape().dim(1);
  const ForwardOutput output = model()({.input_ids = golden("prompt"), .logits_to_keep = 3});
  EXPECT_LE(relative_difference(output.logits, columns(golden("logits"), seq - 3, seq)), kTolerance);
}

// Weights are stored as bf16: loading them so changes how activations are rounded, and no weight.
TEST_P(Parity, LogitsInBf16AreNear) {
  const auto rounded = EDPretrainedModel::from_pretrained(folder());
  ASSERT_EQ(rounded->dtype(), DType::kBF16);
  const ForwardOutput output = (*rounded)({.input_ids = golden("prompt")});
  EXPECT_LE(relative_difference(output.logits, golden("logits")), kBf16Tolerance);
}

TEST_P(Parity, RowsOfALeftPaddedBatchEqualSingleRuns) {
  const HostTensor &ids = golden("batch_ids"), &mask = golden("batch_mask");
  const HostTensor logits = model()({.input_ids = ids, .attention_mask = mask}).logits;
  const auto vocab = static_cast<size_t>(model().vocab_size());
  for (size_t token = 0; token < mask.data<int32_t>().size(); ++token) {
    if (mask.data<int32_t>()[token] == 0) continue;
    EXPECT_LE(relative_difference(logits.data<float>().subspan(token * vocab, vocab),
                                  golden("batch_logits").data<float>().subspan(token * vocab, vocab)),
              kTolerance)
        << "token " << token;
  }
}

TEST_P(Parity, GreedyTokens) {
  const auto rows = model().generate({tokens_of(golden("prompt"))}, greedy_config());
  EXPECT_EQ(rows[0].ids, tokens_of(golden("greedy")));
  EXPECT_EQ(rows[0].finish_reason, FinishReason::kLength);
}

TEST_P(Parity, GeneratedRowsOfUnequalPromptsEqualSingleRuns) {
  const auto prompts = unpadded_rows(golden("batch_ids"), golden("batch_mask"));
  const auto together = model().generate(prompts, greedy_config());
  ASSERT_EQ(together.size(), prompts.size());
  for (size_t row = 0; row < prompts.size(); ++row)
    EXPECT_EQ(together[row].ids, model().generate({prompts[row]}, greedy_config())[0].ids) << "row " << row;
}

TEST_P(Parity, NothingIsMissingOrLeftOver) {
  EXPECT_TRUE(model().load_report().missing.empty());
  EXPECT_TRUE(model().load_report().unexpected.empty());
  EXPECT_TRUE(model().load_report().mismatched.empty());
  EXPECT_TRUE(model().can_generate());
  const std::string text = model().to_string();
  EXPECT_NE(text.find(model().config().architectures().at(0)), std::string::npos) << text;
  EXPECT_NE(text.find(GetParam().name), std::string::npos) << text;
}

EASYDEL_INSTANTIATE_FOR_MODEL_CASES(Parity);

}  // namespace
}  // namespace easydel::model_test
