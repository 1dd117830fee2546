#include "generation/sampling.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

#include "easydel/error.h"
#include "io/safetensors.h"

namespace easydel::generation {
namespace {

/// One case of tests/golden/generation/make.py.
struct Golden {
  explicit Golden(const std::string& name) {
    const io::TensorFile file = io::open_safetensors(std::string(EASYDEL_SOURCE_DIR) +
                                                     "/tests/golden/generation/processors.safetensors");
    const auto floats = [&](const std::string& part) {
      const HostTensor tensor = file.tensor(name + part);
      return std::vector<float>(tensor.data<float>().begin(), tensor.data<float>().end());
    };
    logits = floats(".logits");
    out = floats(".out");
    const HostTensor ids = file.tensor(name + ".tokens");
    tokens.assign(ids.data<int32_t>().begin(), ids.data<int32_t>().end());
  }
  std::vector<float> logits, out;
  std::vector<int32_t> tokens;
};

void expect_processed(const std::string& name, const GenerationConfig& config, size_t prompt_length) {
  Golden golden(name);
  TokenHistory history(std::span(golden.tokens).first(prompt_length));
  for (size_t i = prompt_length; i < golden.tokens.size(); ++i) history.add(golden.tokens[i]);
  apply_edits(golden.logits, row_edits(history, config, 8));
  for (size_t id = 0; id < golden.logits.size(); ++id) {
    if (std::isinf(golden.out[id])) {
      EXPECT_EQ(golden.logits[id], golden.out[id]) << "token " << id;
    } else {
      EXPECT_NEAR(golden.logits[id], golden.out[id], 1e-6) << "token " << id;
    }
  }
}

void expect_probabilities(const std::string& name, const GenerationConfig& config, size_t least = 1) {
  const Golden golden(name);
  std::vector<double> probabilities(golden.logits.size());
  for (const Candidate& candidate : candidates(golden.logits, config, least))
    probabilities[static_cast<size_t>(candidate.id)] = candidate.probability;
  for (size_t id = 0; id < probabilities.size(); ++id)
    EXPECT_NEAR(probabilities[id], golden.out[id], 1e-6) << name << ", token " << id;
}

const std::vector<SequenceBias> kBiases = {{{4}, 2.5}, {{9, 4}, -1.5}, {{3, 9, 21}, 4.0}, {{8, 22}, 9.0}};

TEST(Sampling, ProcessorsEqualTransformers) {
  expect_processed("repetition_penalty", {.repetition_penalty = 1.7}, 2);
  expect_processed("no_repeat_ngram", {.no_repeat_ngram_size = 2}, 1);
  expect_processed("min_new_tokens", {.min_new_tokens = 3, .eos_token_id = {5, 6}}, 2);
  expect_processed("min_length", {.min_length = 4, .eos_token_id = {5, 6}}, 2);
  expect_processed("encoder_repetition_penalty",
                   {.repetition_penalty = 1.3, .encoder_repetition_penalty = 1.7}, 3);
  expect_processed("encoder_no_repeat_ngram", {.encoder_no_repeat_ngram_size = 2}, 4);
  expect_processed("sequence_bias", {.sequence_bias = kBiases}, 2);
  expect_processed("bad_words",
                   {.bad_words_ids = {{5}, {9, 4}, {3, 9, 21}, {8, 22}, {6}}, .eos_token_id = {6}}, 2);
  expect_processed("suppress", {.suppress_tokens = {7, 12}}, 2);
  expect_processed("begin_suppress", {.begin_suppress_tokens = {7, 12}}, 3);
  expect_processed("begin_suppress_later", {.begin_suppress_tokens = {7, 12}}, 2);
  expect_processed("begin_suppress_forced_bos", {.begin_suppress_tokens = {7}, .forced_bos_token_id = 9}, 1);
  expect_processed("forced_bos", {.forced_bos_token_id = 9}, 1);
  expect_processed("forced_eos", {.forced_eos_token_id = {5, 6}}, 2);
  expect_processed("forced_eos_suppressed", {.suppress_tokens = {5}, .forced_eos_token_id = {5, 6}}, 2);
  expect_processed("length_decay",
                   {.exponential_decay_length_penalty = LengthDecay{1, 1.4}, .eos_token_id = {5, 6}}, 2);
  expect_processed("every_processor",
                   {.min_new_tokens = 1,
                    .repetition_penalty = 1.3,
                    .no_repeat_ngram_size = 2,
                    .bad_words_ids = {{30}, {9, 31}},
                    .sequence_bias = kBiases,
                    .suppress_tokens = {7, 12},
                    .exponential_decay_length_penalty = LengthDecay{1, 1.4},
                    .eos_token_id = {5, 6}},
                   2);
}

TEST(Sampling, WarpersEqualTransformers) {
  expect_probabilities("temperature", {.temperature = 0.6, .top_k = 0});
  expect_probabilities("top_k", {.top_k = 7});
  expect_probabilities("top_k_ties", {.top_k = 3});
  expect_probabilities("top_p", {.top_k = 0, .top_p = 0.8});
  expect_probabilities("min_p", {.top_k = 0, .min_p = 0.1});
  expect_probabilities("all", {.temperature = 0.6, .top_k = 20, .top_p = 0.9, .min_p = 0.02});
  expect_probabilities("typical_p", {.top_k = 0, .typical_p = 0.4});
  expect_probabilities("typical_p_least", {.top_k = 0, .typical_p = 0.01}, 3);
  expect_probabilities("top_h", {.top_k = 0, .top_h = 0.6});
  expect_probabilities("epsilon", {.top_k = 0, .epsilon_cutoff = 0.05});
  expect_probabilities("epsilon_least", {.top_k = 0, .epsilon_cutoff = 0.9}, 3);
  expect_probabilities("eta", {.top_k = 0, .eta_cutoff = 0.3});
  expect_probabilities("every_warper", {.temperature = 0.8,
                                        .top_k = 30,
                                        .top_p = 0.95,
                                        .min_p = 0.01,
                                        .typical_p = 0.9,
                                        .top_h = 0.9,
                                        .epsilon_cutoff = 0.02,
                                        .eta_cutoff = 0.1});
}

TEST(Sampling, PresenceAndFrequencyCountGeneratedTokensOnly) {
  std::vector<float> logits(8, 0.0f);
  TokenHistory history(std::vector<int32_t>{1, 2});
  history.add(2);
  history.add(2);
  history.add(3);
  apply_edits(logits, row_edits(history, {.presence_penalty = 1.0, .frequency_penalty = 0.25}, 8));
  EXPECT_EQ(logits[1], 0.0f);
  EXPECT_EQ(logits[2], -1.5f);
  EXPECT_EQ(logits[3], -1.25f);
}

TEST(Sampling, DrawsFollowTheProbabilities) {
  const std::vector<float> logits = {std::log(0.5f), std::log(0.3f), std::log(0.2f)};
  std::vector<int> counts(3);
  constexpr int kDraws = 20000;
  for (int step = 0; step < kDraws; ++step)
    ++counts[static_cast<size_t>(draw(logits, {.top_k = 0}, uniform(7, 0, static_cast<uint32_t>(step))))];
  EXPECT_NEAR(counts[0], 0.5 * kDraws, 300);
  EXPECT_NEAR(counts[1], 0.3 * kDraws, 300);
}

TEST(Sampling, UniformNumbersDependOnSeedRowAndStep) {
  std::set<double> numbers;
  for (uint64_t seed : {0ull, 1ull, 1ull << 40})
    for (uint32_t row = 0; row < 4; ++row)
      for (uint32_t step = 0; step < 4; ++step) numbers.insert(uniform(seed, row, step));
  EXPECT_EQ(numbers.size(), 48u);
  EXPECT_GE(*numbers.begin(), 0.0);
  EXPECT_LT(*numbers.rbegin(), 1.0);
}

TEST(Sampling, TheFirstOfEqualLogitsWinsAndNanNever) {
  EXPECT_EQ(most_likely(std::vector<float>{1, 3, 3}), 1);
  EXPECT_EQ(most_likely(std::vector<float>{std::nanf(""), -1, 2}), 2);
}

TEST(Sampling, LogitsWithoutAFiniteOneAreAnError) {
  const std::vector<float> logits(4, std::nanf(""));
  EXPECT_THROW(draw(logits, {}, 0.5), Error);
}

}  // namespace
}  // namespace easydel::generation
