// Generation over a fake model whose next token is a function of the last one.
#include "easydel/generation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "easydel/error.h"
#include "generation/decoder.h"

namespace easydel {
namespace {

using generation::choose_tokens;
using generation::Decoder;
using generation::Session;
using generation::StepChoice;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr int64_t kVocab = 16;

/// After token t the most likely token is t + 1, the next t + 2, and so on.
HostTensor successor_logits(std::span<const int32_t> last) {
  HostTensor logits = HostTensor::zeros(Shape(DType::kF32, {static_cast<int64_t>(last.size()), kVocab}));
  for (size_t row = 0; row < last.size(); ++row)
    for (int64_t rank = 1; rank <= kVocab; ++rank)
      logits.mutable_data<float>()[row * kVocab + static_cast<size_t>((last[row] + rank) % kVocab)] =
          static_cast<float>(kVocab - rank);
  return logits;
}

class FakeSession : public Session {
 public:
  explicit FakeSession(GenerationConfig config) : config_(std::move(config)) {}
  std::vector<int32_t> feed_prompts(std::span<const std::vector<int32_t>> prompts,
                                    const StepChoice& choice) override {
    std::vector<int32_t> last;
    for (const auto& prompt : prompts) last.push_back(prompt.back());
    return feed(last, choice);
  }
  std::vector<int32_t> feed(std::span<const int32_t> ids, const StepChoice& choice) override {
    HostTensor logits = successor_logits(ids);
    return choose_tokens(logits, config_, choice);
  }

 private:
  GenerationConfig config_;
};

class FakeDecoder : public Decoder {
 public:
  int64_t vocab_size() const override { return kVocab; }
  int64_t max_positions() const override { return 64; }
  std::unique_ptr<Session> start(int64_t /*batch*/, int64_t capacity,
                                 const GenerationConfig& config) override {
    started_capacity = capacity;
    return std::make_unique<FakeSession>(config);
  }
  int64_t started_capacity = 0;
};

std::vector<GeneratedText> generate(const std::vector<std::vector<int32_t>>& prompts,
                                    const GenerationConfig& config, const Tokenizer* tokenizer = nullptr) {
  FakeDecoder decoder;
  Generation generation(decoder, prompts, config, tokenizer);
  while (generation.advance()) {
  }
  return generation.rows();
}

/// Letters a..p as tokens 0..15.
Tokenizer letters() {
  std::string vocab;
  for (int id = 0; id < kVocab; ++id)
    vocab += std::string(id > 0 ? "," : "") + "\"" + static_cast<char>('a' + id) + "\":" + std::to_string(id);
  return Tokenizer::from_json(
      R"({"version":"1.0","decoder":{"type":"Fuse"},"model":{"type":"BPE","vocab":{)" + vocab +
      R"(},"merges":[]}})");
}

std::string error_of(const std::vector<std::vector<int32_t>>& prompts, const GenerationConfig& config) {
  try {
    generate(prompts, config);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Generation, GreedyTakesTheMostLikelyToken) {
  const auto rows = generate({{3}}, {.max_new_tokens = 4});
  EXPECT_THAT(rows[0].ids, ElementsAre(4, 5, 6, 7));
  EXPECT_EQ(rows[0].finish_reason, FinishReason::kLength);
}

TEST(Generation, AnyEndOfTextTokenEndsItsRowOnly) {
  const auto rows = generate({{3}, {8}}, {.max_new_tokens = 4, .eos_token_id = {6, 15}});
  EXPECT_THAT(rows[0].ids, ElementsAre(4, 5, 6));
  EXPECT_EQ(rows[0].finish_reason, FinishReason::kStop);
  EXPECT_THAT(rows[1].ids, ElementsAre(9, 10, 11, 12));
  EXPECT_EQ(rows[1].finish_reason, FinishReason::kLength);
}

TEST(Generation, EndOfTextIsHeldBackUntilMinNewTokens) {
  const auto rows = generate({{3}}, {.max_new_tokens = 6, .min_new_tokens = 4, .eos_token_id = {6}});
  EXPECT_THAT(rows[0].ids, ElementsAre(4, 5, 7, 8, 9, 10));
}

TEST(Generation, MaxLengthCountsThePromptAndMaxNewTokensWins) {
  EXPECT_EQ(generate({{1, 2, 3}}, {.max_length = 5})[0].ids.size(), 2u);
  EXPECT_EQ(generate({{1, 2, 3}}, {.max_new_tokens = 4, .max_length = 5})[0].ids.size(), 4u);
  EXPECT_TRUE(generate({{1, 2, 3}}, {.max_new_tokens = 0})[0].ids.empty());
}

TEST(Generation, StopStringsMayCrossTokens) {
  const Tokenizer tokenizer = letters();
  const auto rows = generate({{0}}, {.max_new_tokens = 9, .stop_strings = {"xx", "def"}}, &tokenizer);
  EXPECT_EQ(rows[0].text, "bcdef");
  EXPECT_EQ(rows[0].finish_reason, FinishReason::kStop);
  EXPECT_THAT(error_of({{0}}, {.max_new_tokens = 9, .stop_strings = {"def"}}), HasSubstr("need a tokenizer"));
}

TEST(Generation, TheSameSeedGivesTheSameTokens) {
  GenerationConfig config{.max_new_tokens = 20, .do_sample = true, .temperature = 5.0, .seed = 1};
  const auto first = generate({{3}, {4}}, config);
  EXPECT_EQ(first[0].ids, generate({{3}, {4}}, config)[0].ids);
  EXPECT_EQ(first[0].ids, generate({{3}}, config)[0].ids) << "a row depends on its neighbours";
  config.seed = 2;
  EXPECT_NE(first[0].ids, generate({{3}, {4}}, config)[0].ids);
}

TEST(Generation, AStreamYieldsEachTokenOnce) {
  FakeDecoder decoder;
  const Tokenizer tokenizer = letters();
  TokenStream stream(Generation(decoder, {{0}}, {.max_new_tokens = 3}, &tokenizer));
  std::string text;
  std::vector<int32_t> ids;
  for (const TokenStep& step : stream) {
    text += step.text;
    ids.push_back(step.id);
  }
  EXPECT_EQ(text, "bcd");
  EXPECT_THAT(ids, ElementsAre(1, 2, 3));
}

TEST(Generation, TheCacheHoldsPromptAndNewTokens) {
  FakeDecoder decoder;
  Generation generation(decoder, {{1, 2, 3}, {1}}, {.max_new_tokens = 7});
  generation.advance();
  EXPECT_EQ(decoder.started_capacity, 10);
}

TEST(Generation, BadRequestsAreNamed) {
  EXPECT_THAT(error_of({}, {.max_new_tokens = 1}), HasSubstr("no prompt"));
  EXPECT_THAT(error_of({{1}, {}}, {.max_new_tokens = 1}), HasSubstr("prompt 1 is empty"));
  EXPECT_THAT(error_of({{1, 16}}, {.max_new_tokens = 1}), HasSubstr("token 16 at position 1"));
  EXPECT_THAT(error_of({{-1}}, {.max_new_tokens = 1}), HasSubstr("token -1"));
  EXPECT_THAT(error_of({std::vector<int32_t>(65, 1)}, {.max_new_tokens = 1}), HasSubstr("65 tokens"));
  EXPECT_THAT(error_of({{1}}, {.max_new_tokens = 64}), HasSubstr("at most 63 new tokens"));
  EXPECT_THAT(error_of({{1}}, {.max_new_tokens = 1, .do_sample = true, .temperature = 0.0}),
              HasSubstr("temperature"));
  EXPECT_THAT(error_of({{1}}, {.max_new_tokens = 1, .do_sample = true, .top_p = 1.5}), HasSubstr("top_p"));
  EXPECT_THAT(error_of({{1}}, {.max_new_tokens = 1, .num_beams = 4}), HasSubstr("num_beams"));
}

}  // namespace
}  // namespace easydel
