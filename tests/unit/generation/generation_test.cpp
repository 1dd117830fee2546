// Generation over a fake model whose next token is a function of the last one.
#include "easydel/generation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "easydel/error.h"
#include "easydel/log.h"
#include "generation/decoder.h"

namespace easydel {
namespace {

using generation::Decoder;
using generation::NextTokens;
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
  NextTokens feed_prompts(std::span<const std::vector<int32_t>> prompts, const StepChoice& choice) override {
    std::vector<int32_t> last;
    for (const auto& prompt : prompts) last.push_back(prompt.back());
    return feed(last, choice);
  }
  NextTokens feed(std::span<const int32_t> ids, const StepChoice& choice) override {
    HostTensor logits = successor_logits(ids);
    return next_tokens(logits, config_, choice);
  }
  void reorder(std::span<const int32_t> /*rows*/) override {}  // it remembers nothing

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
  EXPECT_THAT(error_of({{1}}, {.max_new_tokens = 1, .sequence_bias = {{{1, 16}, 2.0}}}),
              HasSubstr("sequence_bias has token 16"));
  EXPECT_THAT(error_of({{1}}, {.max_new_tokens = 1, .forced_eos_token_id = {99}}),
              HasSubstr("forced_eos_token_id has token 99"));
}

TEST(Generation, ForcedTokensComeWhateverTheLogitsSay) {
  const auto rows = generate({{3}, {3, 4}}, {.max_new_tokens = 5,
                                             .forced_bos_token_id = 12,
                                             .forced_eos_token_id = {9},
                                             .forced_decoder_ids = {{3, 1}}});
  EXPECT_THAT(rows[0].ids, ElementsAre(12, 13, 1, 2, 9)) << "behind one token, at position 3, at the limit";
  EXPECT_THAT(rows[1].ids, ElementsAre(5, 1, 2, 3, 9));
}

TEST(Generation, SuppressedAndBadTokensAreNeverChosen) {
  const auto rows = generate({{3}}, {.max_new_tokens = 5,
                                     .bad_words_ids = {{8, 9}, {7, 6}},
                                     .suppress_tokens = {7},
                                     .begin_suppress_tokens = {4}});
  EXPECT_THAT(rows[0].ids, ElementsAre(5, 6, 8, 10, 11));
}

TEST(Generation, SeveralSamplesOfAPromptAreRowsOfTheirOwn) {
  const auto rows = generate(
      {{3}, {4}},
      {.max_new_tokens = 12, .do_sample = true, .temperature = 5.0, .num_return_sequences = 3, .seed = 1});
  ASSERT_EQ(rows.size(), 6u);
  EXPECT_NE(rows[0].ids, rows[1].ids);
}

TEST(Generation, MaxTimeEndsTheTextAfterAStep) {
  EXPECT_EQ(generate({{3}}, {.max_new_tokens = 9, .max_time = 1e-9})[0].ids.size(), 1u);
  EXPECT_EQ(generate({{3}}, {.max_new_tokens = 9, .max_time = 1e-9, .num_beams = 2})[0].ids.size(), 1u);
}

TEST(BeamGeneration, StepsComeAtTheEnd) {
  FakeDecoder decoder;
  const Tokenizer tokenizer = letters();
  Generation generation(decoder, {{0}, {5}}, {.max_new_tokens = 3, .num_beams = 3, .num_return_sequences = 2},
                        &tokenizer);
  std::vector<size_t> counts;
  while (generation.advance()) counts.push_back(generation.steps().size());
  EXPECT_THAT(counts, ElementsAre(0u, 0u, 12u));
  ASSERT_EQ(generation.rows().size(), 4u);
  EXPECT_EQ(generation.rows()[0].text, "bcd");
  EXPECT_EQ(generation.rows()[2].text, "ghi");
  EXPECT_GT(generation.rows()[0].score, generation.rows()[1].score);
}

TEST(BeamGeneration, StoppedEarlyItHasTheBestSoFar) {
  FakeDecoder decoder;
  Generation generation(decoder, {{3}}, {.max_new_tokens = 9, .num_beams = 2});
  generation.advance();
  generation.advance();
  generation.stop();
  EXPECT_THAT(generation.rows()[0].ids, ElementsAre(4, 5));
  EXPECT_FALSE(generation.advance());
}

TEST(BeamGeneration, StopStringsEndATextAndNotItsSearch) {
  const Tokenizer tokenizer = letters();
  const auto rows = generate(
      {{0}},
      {.max_new_tokens = 9, .num_beams = 2, .early_stopping = EarlyStopping::kYes, .stop_strings = {"cd"}},
      &tokenizer);
  EXPECT_EQ(rows[0].text, "bcd");
  EXPECT_EQ(rows[0].finish_reason, FinishReason::kStop);
}

TEST(BeamGeneration, SamplingDependsOnTheSeedAlone) {
  GenerationConfig config{
      .max_new_tokens = 12, .do_sample = true, .temperature = 4.0, .num_beams = 3, .seed = 1};
  const auto first = generate({{3}, {4}}, config);
  EXPECT_EQ(first[0].ids, generate({{3}}, config)[0].ids) << "a prompt depends on its neighbours";
  config.seed = 2;
  EXPECT_NE(first[0].ids, generate({{3}, {4}}, config)[0].ids);
}

TEST(BeamGeneration, OptionsThatExcludeEveryTokenAreAnError) {
  std::vector<int32_t> all(kVocab);
  for (int32_t id = 0; id < kVocab; ++id) all[static_cast<size_t>(id)] = id;
  EXPECT_THAT(error_of({{1}}, {.max_new_tokens = 2, .suppress_tokens = all, .num_beams = 2}),
              HasSubstr("no token has a finite logit"));
}

TEST(Generation, OptionsWithoutEffectAreWarnedAbout) {
  std::vector<std::string> messages;
  set_log_handler([&](LogLevel, std::string_view message) { messages.emplace_back(message); },
                  LogLevel::kWarning);
  generate({{1}}, {.max_new_tokens = 1, .temperature = 0.5, .length_penalty = 2.0});
  set_log_handler({});
  EXPECT_THAT(messages, ElementsAre(HasSubstr("length_penalty"), HasSubstr("temperature")));
}

}  // namespace
}  // namespace easydel
