// Models used from several threads: two side by side, and one whose passes take turns.
#include <thread>

#include "models/model_case.h"

namespace easydel::model_test {
namespace {

constexpr int kRounds = 3;

std::unique_ptr<EDPretrainedModel> load(const char* name) {
  return EDPretrainedModel::from_pretrained(golden_folder(name),
                                            {.dtype = DType::kF32, .engine = {.threads = 2}});
}

/// Generates the golden tokens a few times; the thread's findings are checked by the caller.
void generate_repeatedly(const EDPretrainedModel& model, const Golden& golden,
                         std::vector<std::vector<int32_t>>& results) {
  for (int round = 0; round < kRounds; ++round)
    results.push_back(model.generate({tokens_of(golden.at("prompt"))}, {.max_new_tokens = 32})[0].ids);
}

void expect_all(const std::vector<std::vector<int32_t>>& results, const Golden& golden) {
  EXPECT_EQ(results.size(), static_cast<size_t>(kRounds));
  for (const auto& result : results) EXPECT_EQ(result, tokens_of(golden.at("greedy")));
}

TEST(Threads, TwoModelsRunSideBySide) {
  const Golden golden_a = read_golden("llama_yarn"), golden_b = read_golden("qwen3_windows");
  const auto a = load("llama_yarn"), b = load("qwen3_windows");
  std::vector<std::vector<int32_t>> results_a, results_b;
  std::thread first([&] { generate_repeatedly(*a, golden_a, results_a); });
  std::thread second([&] { generate_repeatedly(*b, golden_b, results_b); });
  first.join();
  second.join();
  expect_all(results_a, golden_a);
  expect_all(results_b, golden_b);
}

TEST(Threads, PassesOfOneModelTakeTurns) {
  const Golden golden = read_golden("mistral_window");
  const auto model = load("mistral_window");
  std::vector<std::vector<int32_t>> first_results, second_results;
  std::thread first([&] { generate_repeatedly(*model, golden, first_results); });
  std::thread second([&] { generate_repeatedly(*model, golden, second_results); });
  first.join();
  second.join();
  expect_all(first_results, golden);
  expect_all(second_results, golden);
}

TEST(Threads, ModelsAreLoadedAndDroppedSideBySide) {
  const Golden golden = read_golden("qwen2");
  const auto work = [&](std::vector<std::vector<int32_t>>& results) {
    for (int round = 0; round < kRounds; ++round)
      results.push_back(
          load("qwen2")->generate({tokens_of(golden.at("prompt"))}, {.max_new_tokens = 32})[0].ids);
  };
  std::vector<std::vector<int32_t>> first_results, second_results;
  std::thread first([&] { work(first_results); });
  std::thread second([&] { work(second_results); });
  first.join();
  second.join();
  expect_all(first_results, golden);
  expect_all(second_results, golden);
}

TEST(Threads, AMovedModelGoesOn) {
  const Golden golden = read_golden("qwen2");
  EDPretrainedModel model = std::move(*load("qwen2"));
  std::vector<std::vector<int32_t>> results;
  generate_repeatedly(model, golden, results);
  expect_all(results, golden);
}

}  // namespace
}  // namespace easydel::model_test
