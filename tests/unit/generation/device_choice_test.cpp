// The graph that chooses tokens, run on the native engine, beside the same choice on the host.
#include "generation/device_choice.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <set>

#include "easydel/error.h"
#include "engine/engine.h"

namespace easydel::generation {
namespace {

constexpr int64_t kBatch = 3, kVocab = 101;

HostTensor random_logits(uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> draw(0.0f, 3.0f);
  std::vector<float> values(kBatch * kVocab);
  for (float& value : values) value = draw(random);
  return HostTensor::from<float>({kBatch, kVocab}, values);
}

class Chooser {
 public:
  explicit Chooser(const GenerationConfig& config, int64_t text_length = 32)
      : config_(config),
        chooser_(*DeviceChooser::of(config, text_length, kVocab)),
        engine_(make_engine("native", {.threads = 1})) {
    Graph graph;
    const Value logits = graph.parameter("logits", Shape(DType::kF32, {kBatch, kVocab}));
    const auto [next_ids, scores] = trace_choice(logits, chooser_);
    graph.set_output("next_ids", next_ids);
    if (scores) graph.set_output("next_scores", scores);
    program_ = engine_->compile(std::move(graph), {});
  }

  const DeviceChooser& key() const { return chooser_; }

  std::vector<int32_t> operator()(const HostTensor& logits, const StepChoice& choice) const {
    const HostTensor ids = run(logits, choice)[0];
    return {ids.data<int32_t>().begin(), ids.data<int32_t>().end()};
  }

  /// Ids and, for a beam search, scores.
  std::vector<HostTensor> run(const HostTensor& logits, const StepChoice& choice) const {
    std::vector<Buffer> arguments = {engine_->upload(logits)};
    for (const HostTensor& input : choice_inputs(chooser_, config_, choice, kVocab))
      arguments.push_back(engine_->upload(input));
    std::vector<HostTensor> results;
    for (const Buffer& result : program_->run(arguments)) results.push_back(engine_->download(result));
    return results;
  }

 private:
  GenerationConfig config_;
  DeviceChooser chooser_;
  std::shared_ptr<Engine> engine_;
  std::unique_ptr<Executable> program_;
};

/// Rows that have seen some tokens, one of them more often and one row nothing.
StepChoice choice_at(uint32_t step, const GenerationConfig& config) {
  StepChoice choice;
  for (uint32_t row = 0; row < kBatch; ++row) {
    TokenHistory history(row == 2 ? std::vector<int32_t>{} : std::vector<int32_t>{4, 8, 4});
    for (uint32_t i = 0; row < 2 && i < step % 7; ++i) history.add(static_cast<int32_t>((i * 5 + row) % 9));
    choice.rows.push_back(row_edits(history, config, 32));
    choice.points.push_back(uniform(11, row, step));
  }
  return choice;
}

void expect_as_on_the_host(const GenerationConfig& config) {
  const Chooser chooser(config);
  std::set<int32_t> seen;
  for (uint32_t step = 0; step < 60; ++step) {
    HostTensor logits = random_logits(step);
    const StepChoice choice = choice_at(step, config);
    const std::vector<int32_t> ids = chooser(logits, choice);
    seen.insert(ids.begin(), ids.end());
    std::vector<int32_t> expected;
    for (const auto& next : next_tokens(logits, config, choice)) expected.push_back(next.front().id);
    EXPECT_EQ(ids, expected) << "step " << step;
  }
  EXPECT_GT(seen.size(), 5u);
}

const GenerationConfig kEveryProcessor{.min_new_tokens = 2,
                                       .repetition_penalty = 1.4,
                                       .encoder_repetition_penalty = 1.2,
                                       .presence_penalty = 0.5,
                                       .frequency_penalty = 0.25,
                                       .no_repeat_ngram_size = 2,
                                       .encoder_no_repeat_ngram_size = 3,
                                       .bad_words_ids = {{17}, {5, 30}},
                                       .sequence_bias = {{{40}, 3.0}, {{5, 41}, -2.5}, {{3}, 1.5}},
                                       .suppress_tokens = {60, 61},
                                       .begin_suppress_tokens = {62, 63},
                                       .exponential_decay_length_penalty = LengthDecay{2, 1.3},
                                       .eos_token_id = {3, 5, 1000}};

TEST(DeviceChoice, Greedy) {
  expect_as_on_the_host({});
}

TEST(DeviceChoice, GreedyWithEveryProcessor) {
  expect_as_on_the_host(kEveryProcessor);
}

TEST(DeviceChoice, SamplingFromAllTokens) {
  expect_as_on_the_host({.do_sample = true, .temperature = 1.3, .top_k = 0});
}

TEST(DeviceChoice, SamplingWithEveryWarper) {
  expect_as_on_the_host({.do_sample = true, .temperature = 0.8, .top_k = 20, .top_p = 0.9, .min_p = 0.02});
  expect_as_on_the_host({.do_sample = true, .top_k = 0, .top_p = 0.7});
  expect_as_on_the_host({.do_sample = true, .top_k = 1000, .min_p = 0.2});
}

TEST(DeviceChoice, SamplingWithProcessors) {
  expect_as_on_the_host({.min_length = 8,
                         .do_sample = true,
                         .repetition_penalty = 0.7,
                         .no_repeat_ngram_size = 1,
                         .eos_token_id = {7}});
}

TEST(DeviceChoice, BeamCandidates) {
  for (const bool renormalizes : {false, true}) {
    GenerationConfig config = kEveryProcessor;
    config.num_beams = 4;
    config.renormalize_logits = renormalizes;
    const Chooser chooser(config);
    for (uint32_t step = 0; step < 20; ++step) {
      HostTensor logits = random_logits(step);
      const StepChoice choice = choice_at(step, config);
      const std::vector<HostTensor> found = chooser.run(logits, choice);
      const NextTokens expected = next_tokens(logits, config, choice);
      for (size_t row = 0; row < kBatch; ++row) {
        const size_t count = expected[row].size();
        ASSERT_EQ(count, 16u) << "4 beams, each with 3 ends of text to pass over";
        for (size_t rank = 0; rank < count; ++rank) {
          EXPECT_EQ(found[0].data<int32_t>()[row * count + rank], expected[row][rank].id);
          EXPECT_NEAR(found[1].data<float>()[row * count + rank], expected[row][rank].score, 1e-5);
        }
      }
    }
  }
}

TEST(DeviceChoice, SomeOptionsWantTheLogitsOnTheHost) {
  const auto is_on_device = [](const GenerationConfig& config) {
    return DeviceChooser::of(config, 256, kVocab).has_value();
  };
  EXPECT_TRUE(is_on_device({.typical_p = 0.5})) << "without sampling it does not count";
  EXPECT_TRUE(is_on_device({.num_beams = 4}));
  EXPECT_FALSE(is_on_device({.do_sample = true, .typical_p = 0.5}));
  EXPECT_FALSE(is_on_device({.do_sample = true, .top_h = 0.5}));
  EXPECT_FALSE(is_on_device({.do_sample = true, .epsilon_cutoff = 0.1}));
  EXPECT_FALSE(is_on_device({.do_sample = true, .eta_cutoff = 0.1}));
  EXPECT_FALSE(is_on_device({.do_sample = true, .num_beams = 4}));
  EXPECT_FALSE(is_on_device({.remove_invalid_values = true}));
}

TEST(DeviceChoice, NanAndHiddenTokensAreNeverChosen) {
  const float nan = std::nanf(""), hidden = -std::numeric_limits<float>::infinity();
  std::vector<float> values(kBatch * kVocab, hidden);
  values[17] = -5;
  values[18] = nan;
  for (const bool sample : {false, true}) {
    const GenerationConfig config{.do_sample = sample, .top_k = 4};
    const std::vector<int32_t> ids =
        Chooser(config)(HostTensor::from<float>({kBatch, kVocab}, values), choice_at(0, config));
    EXPECT_EQ(ids[0], 17);
    EXPECT_EQ(ids[1], sample ? -1 : 0) << "a row without a finite logit";
  }
}

TEST(DeviceChoice, APointNearOneTakesTheLastCandidate) {
  const GenerationConfig config{.do_sample = true, .top_k = 2};
  StepChoice choice{.rows = std::vector<RowEdits>(kBatch), .points = {0.0, 1 - 0x1.0p-53, 0.5}};
  std::vector<float> values(kBatch * kVocab, 0.0f);
  for (size_t row = 0; row < kBatch; ++row) values[row * kVocab + 60] = values[row * kVocab + 50] = 9.0f;
  const std::vector<int32_t> ids = Chooser(config)(HostTensor::from<float>({kBatch, kVocab}, values), choice);
  EXPECT_EQ(ids[0], 50);
  EXPECT_EQ(ids[1], 60);
}

TEST(DeviceChoice, ProgramsDependOnWhatChangesTheGraphOnly) {
  const auto of = [](const GenerationConfig& config) {
    return DeviceChooser::of(config, 256, kVocab).value();
  };
  EXPECT_EQ(of({.temperature = 0.5, .top_k = 7}), of({})) << "greedy choice does not read them";
  EXPECT_EQ(of({.do_sample = true, .temperature = 0.5, .top_p = 0.5}), of({.do_sample = true}));
  EXPECT_NE(of({.do_sample = true, .top_k = 9}), of({.do_sample = true}));
  EXPECT_EQ(of({.do_sample = true, .top_k = 5000}), of({.do_sample = true, .top_k = 0}));
  EXPECT_EQ(of({.eos_token_id = {1, 2}}).edit_slots, 0);
  EXPECT_EQ(of({.min_length = 3, .eos_token_id = {1, 2}}).edit_slots, 2);
  EXPECT_EQ(of({.repetition_penalty = 2}).edit_slots, kVocab) << "no more than there are tokens";
}

TEST(DeviceChoice, MoreEditsThanSlotsAreAnError) {
  const GenerationConfig config{.min_new_tokens = 1, .eos_token_id = {1}};
  StepChoice choice = choice_at(0, config);
  choice.rows[1].edits = {{.id = 1}, {.id = 2}};
  const Chooser chooser(config);
  EXPECT_THROW(chooser(random_logits(0), choice), Error);
}

}  // namespace
}  // namespace easydel::generation
