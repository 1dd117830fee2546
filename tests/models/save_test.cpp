// Saving and loading again changes no bit of a weight and no key of the configuration.
#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <random>

#include "base/json_file.h"
#include "models/model_case.h"
#include "unit/io/io_test_support.h"
#include "unit/io/kill_testing.h"

namespace easydel::model_test {
namespace {

class Saving : public PerModelCase {
 protected:
  /// The case's folder with a key in config.json that no model reads, loaded with the dtype it is stored in.
  std::unique_ptr<EDPretrainedModel> load_with_unknown_key() const {
    std::filesystem::copy(folder(), scratch_ / "source");
    EDPretrainedConfig config = EDPretrainedConfig::from_pretrained(scratch_ / "source");
    config.set("key_of_tomorrow", R"({"nested": [1, 2.5, null]})");
    config.save_pretrained(scratch_ / "source");
    return EDPretrainedModel::from_pretrained(scratch_ / "source");
  }

  void expect_saved_equal(const EDPretrainedModel& original, const std::filesystem::path& directory) const {
    const auto saved = EDPretrainedModel::from_pretrained(directory);
    EXPECT_TRUE(saved->load_report().unexpected.empty());
    expect_same_weights(*saved, original);
    EXPECT_TRUE(is_identical((*saved)({.input_ids = golden("prompt")}).logits,
                             original({.input_ids = golden("prompt")}).logits));
    EXPECT_EQ(saved->config().json(), original.config().json());
    EXPECT_EQ(io::read_text(directory / "config.json"), io::read_text(scratch_ / "source" / "config.json"));
  }

  io::ScratchDirectory scratch_;
};

TEST_P(Saving, GivesTheSameModel) {
  const auto original = load_with_unknown_key();
  original->save_pretrained(scratch_ / "saved");
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "saved" / "model.safetensors.index.json"));
  expect_saved_equal(*original, scratch_ / "saved");
}

TEST_P(Saving, InShardsGivesTheSameModel) {
  const auto original = load_with_unknown_key();
  original->save_pretrained(scratch_ / "saved", {.max_shard_bytes = 8000});
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "saved" / "model.safetensors"));
  const auto index = read_json_file(scratch_ / "saved" / "model.safetensors.index.json");
  EXPECT_EQ(index.at("weight_map").size(), original->parameter_names().size());
  EXPECT_EQ(index.at("metadata").at("total_size"), original->weight_bytes());
  expect_saved_equal(*original, scratch_ / "saved");
}

TEST_P(Saving, IntoItsOwnFolderKeepsTheModel) {
  const auto original = load_with_unknown_key();
  original->save_pretrained(scratch_ / "source", {.max_shard_bytes = 20000});
  expect_saved_equal(*original, scratch_ / "source");
}

TEST_P(Saving, InF32ChangesNoNumber) {
  const auto original = load_with_unknown_key();
  original->save_pretrained(scratch_ / "saved", {.dtype = DType::kF32});
  const auto saved = EDPretrainedModel::from_pretrained(scratch_ / "saved");
  EXPECT_EQ(saved->dtype(), DType::kF32);
  EXPECT_EQ(saved->config().dtype(), DType::kF32);
  expect_same_weights(*saved, model());
}

EASYDEL_INSTANTIATE_FOR_MODEL_CASES(Saving);

bool has_weights_of(const EDPretrainedModel& actual, const EDPretrainedModel& expected) {
  return std::ranges::all_of(expected.parameter_names(), [&](const std::string& name) {
    return is_identical(actual.parameter(name), expected.parameter(name));
  });
}

TEST(KilledModelSave, LeavesTheOldModelOrTheNew) {
  const io::ScratchDirectory scratch;
  const auto config = EDPretrainedConfig::from_pretrained(golden_folder("llama_grouped"));
  const EDPretrainedModel models[] = {EDPretrainedModel(config, {.seed = 1}),
                                      EDPretrainedModel(config, {.seed = 2})};
  const auto start = std::chrono::steady_clock::now();
  models[0].save_pretrained(scratch.path(), {.max_shard_bytes = 20'000});
  const std::chrono::duration<double, std::micro> whole = std::chrono::steady_clock::now() - start;
  constexpr uint64_t kShardBytes[] = {20'000, 60'000, 10'000'000};
  std::mt19937 random(3);
  std::uniform_int_distribution<int> wait(0, static_cast<int>(3 * whole.count())), sizes(0, 2);
  size_t held = 0;
  int changes = 0;
  for (int round = 0; round < 100; ++round) {
    const EDPretrainedModel& next = models[1 - held];
    const SaveOptions options{.max_shard_bytes = kShardBytes[sizes(random)]};
    io::run_until_killed([&] { next.save_pretrained(scratch.path(), options); }, wait(random));
    const auto found = EDPretrainedModel::from_pretrained(scratch.path());
    const bool is_new = has_weights_of(*found, next);
    ASSERT_TRUE(is_new || has_weights_of(*found, models[held])) << "round " << round << ": of two saves";
    if (!is_new) continue;
    held = 1 - held;
    ++changes;
  }
  EXPECT_GT(changes, 0);
}

}  // namespace
}  // namespace easydel::model_test
