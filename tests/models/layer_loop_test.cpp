// Models whose layers are a loop on pjrt:cpu: weights and caches stay what they are alone.
#include <filesystem>

#include "base/format.h"
#include "easydel/error.h"
#include "models/model_case.h"
#include "pretrained/model_state.h"

#ifdef EASYDEL_HAS_PJRT
#include "engine/pjrt/runtime/device_buffer.h"
#endif

namespace easydel::model_test {
namespace {

constexpr const char* kLoopCase = "llama_untied";
const EngineOptions kLoop{.engine = "pjrt:cpu", .layers = LayerLayout::kLoop};

class LayerLoop : public testing::Test {
 protected:
  void SetUp() override {
    try {
      (void)load(kLoop);
    } catch (const Error& error) {
      GTEST_SKIP() << error.what();
    }
  }

  static std::unique_ptr<EDPretrainedModel> load(const EngineOptions& engine,
                                                 std::vector<int64_t> axis_dims = {}) {
    LoadOptions options{.dtype = DType::kF32, .engine = engine};
    options.sharding.sharding_axis_dims = std::move(axis_dims);
    return EDPretrainedModel::from_pretrained(golden_folder(kLoopCase), options);
  }
  static std::unique_ptr<EDPretrainedModel> native() { return load({.engine = "native"}); }

  const HostTensor prompt_ = read_golden(kLoopCase).at("prompt");
};

TEST_F(LayerLoop, WeightsAreReadSavedAndReplacedAfterARun) {
  const auto expected = native();
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "loop_save";
  for (const std::vector<int64_t>& axis_dims : {std::vector<int64_t>{}, {1, 2, 2, 2}}) {
    const auto looped = load(kLoop, axis_dims);
    looped->forward({.input_ids = prompt_});
    expect_same_weights(*looped, *expected);
    looped->save_pretrained(folder);
    expect_same_weights(*EDPretrainedModel::from_pretrained(folder), *expected);
  }
  std::filesystem::remove_all(folder);

  const std::string name = "model.layers.1.mlp.up_proj.weight";
  const auto looped = load(kLoop);
  const HostTensor before = looped->forward({.input_ids = prompt_}).logits;
  const HostTensor value = HostTensor::zeros(looped->parameter_shape(name));
  looped->set_parameter(name, value);
  expected->set_parameter(name, value);
  const HostTensor after = looped->forward({.input_ids = prompt_}).logits;
  EXPECT_GT(relative_difference(after, before), 1e-3);
  EXPECT_LE(relative_difference(after, expected->forward({.input_ids = prompt_}).logits), 1e-4);
  expect_same_weights(*looped, *expected);
}

TEST_F(LayerLoop, CachesHoldWhatTheNativeEngineHolds) {
  const auto expected = native();
  KvCache wanted = expected->init_cache(1, 32);
  expected->forward({.input_ids = prompt_, .cache = &wanted});
  for (const std::vector<int64_t>& axis_dims : {std::vector<int64_t>{}, {1, 1, 2, 2}}) {
    const auto looped = load(kLoop, axis_dims);
    KvCache cache = looped->init_cache(1, 32);
    looped->forward({.input_ids = prompt_, .cache = &cache});
    for (int64_t layer = 0; layer < 2; ++layer) {
      const HostTensor key = cache.key(layer);
      const auto filled =
          static_cast<size_t>(prompt_.shape().dim(1) * key.shape().dim(2) * key.shape().dim(3));
      const auto first = [&](const HostTensor& tensor) { return tensor.data<float>().first(filled); };
      EXPECT_LE(relative_difference(first(key), first(wanted.key(layer))), 1e-4);
      EXPECT_LE(relative_difference(first(cache.value(layer)), first(wanted.value(layer))), 1e-4);
    }
  }
}

TEST_F(LayerLoop, HiddenStatesKeepLayersApartOverTheSameStacks) {
  const auto looped = load(kLoop);
  looped->forward({.input_ids = prompt_});
  const auto actual = looped->forward({.input_ids = prompt_, .output_hidden_states = true});
  const auto expected = native()->forward({.input_ids = prompt_, .output_hidden_states = true});
  ASSERT_EQ(actual.hidden_states.size(), expected.hidden_states.size());
  for (size_t layer = 0; layer < expected.hidden_states.size(); ++layer)
    EXPECT_LE(relative_difference(actual.hidden_states[layer], expected.hidden_states[layer]), 1e-4);
}

TEST_F(LayerLoop, TwoModelsRunSideBySide) {
  const auto first = load(kLoop), second = load({.engine = "pjrt:cpu", .layers = LayerLayout::kUnrolled});
  const GenerationConfig greedy{.max_new_tokens = 6, .pad_token_id = 0};
  const auto ids = [&](const EDPretrainedModel& model) {
    return model.generate({tokens_of(prompt_)}, greedy)[0].ids;
  };
  EXPECT_EQ(ids(*first), ids(*second));
  EXPECT_EQ(ids(*load(kLoop)), ids(*first));
}

#ifdef EASYDEL_HAS_PJRT
TEST_F(LayerLoop, ADecodeStepWritesIntoTheStackThatItWasGiven) {
  const auto looped = load(kLoop);
  KvCache cache = looped->init_cache(1, 64);
  looped->forward({.input_ids = prompt_, .cache = &cache});
  const auto addresses = [&] {
    std::vector<uintptr_t> keys_and_values;
    for (const Buffer& buffer : cache.state().buffers)
      keys_and_values.push_back(pjrt::device_address(buffer));
    return keys_and_values;
  };
  const std::vector<uintptr_t> before = addresses();
  EXPECT_EQ(before[0], before[2]);  // the keys of both layers
  EXPECT_NE(before[0], before[1]);
  looped->forward({.input_ids = token_rows({{7}}), .cache = &cache});
  EXPECT_EQ(addresses(), before);
}
#endif

}  // namespace
}  // namespace easydel::model_test
