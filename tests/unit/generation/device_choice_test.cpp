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
        chooser_(DeviceChooser::of(config, text_length, kVocab)),
        engine_(make_engine("native", {.threads = 1})) {
    Graph graph;
    const Value logits = graph.parameter("logits", Shape(DType::kF32, {kBatch, kVocab}));
    graph.set_output("next_ids", trace_choice(logits, chooser_));
    program_ = engine_->compile(std::move(graph), {});
  }

  const DeviceChooser& key() const { return chooser_; }

  std::vector<int32_t> operator()(const HostTensor& logits, const StepChoice& choice) const {
    std::vector<Buffer> arguments = {engine_->upload(logits)};
    for (const HostTensor& input : choice_inputs(chooser_, config_, choice, kVocab))
      arguments.push_back(engine_->upload(input));
    const HostTensor ids = engine_->download(program_->run(arguments)[0]);
    return {ids.data<int32_t>().begin(), ids.data<int32_t>().end()};
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
    choice.edits.push_back(logit_edits(history, config));
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
    EXPECT_EQ(ids, choose_tokens(logits, config, choice)) << "step " << step;
  }
  EXPECT_GT(seen.size(), 5u);
}

TEST(DeviceChoice, Greedy) {
  expect_as_on_the_host({});
}

TEST(DeviceChoice, GreedyWithEveryProcessor) {
  expect_as_on_the_host({.min_new_tokens = 4,
                         .repetition_penalty = 1.4,
                         .presence_penalty = 0.5,
                         .frequency_penalty = 0.25,
                         .no_repeat_ngram_size = 2,
                         .eos_token_id = {3, 5, 1000}});
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
  StepChoice choice{.edits = std::vector<std::vector<LogitEdit>>(kBatch),
                    .points = {0.0, 1 - 0x1.0p-53, 0.5}};
  std::vector<float> values(kBatch * kVocab, 0.0f);
  for (size_t row = 0; row < kBatch; ++row) values[row * kVocab + 60] = values[row * kVocab + 50] = 9.0f;
  const std::vector<int32_t> ids = Chooser(config)(HostTensor::from<float>({kBatch, kVocab}, values), choice);
  EXPECT_EQ(ids[0], 50);
  EXPECT_EQ(ids[1], 60);
}

TEST(DeviceChoice, ProgramsDependOnWhatChangesTheGraphOnly) {
  const auto of = [](const GenerationConfig& config) { return DeviceChooser::of(config, 256, kVocab); };
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
  choice.edits[1] = {{.id = 1}, {.id = 2}};
  const Chooser chooser(config);
  EXPECT_THROW(chooser(random_logits(0), choice), Error);
}

}  // namespace
}  // namespace easydel::generation
