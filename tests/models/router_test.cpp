// The routers of mixtures of experts: their logits and the loss that keeps their load even, as Transformers gives them.
#include <gmock/gmock.h>

#include <cmath>

#include "models/model_case.h"
#include "unit/io/io_test_support.h"

namespace easydel::model_test {
namespace {

using ::testing::HasSubstr;

struct Place {
  const char* name;
  const char* engine;
  std::vector<int64_t> axis_dims;  ///< of dp, fsdp, tp and sp
  LayerLayout layers = LayerLayout::kUnrolled;
};

class Routers : public testing::TestWithParam<std::tuple<const char*, Place>> {
 protected:
  void SetUp() override {
    const Place& place = std::get<Place>(GetParam());
    if (place.engine != std::string_view("native") && !missing_cpu_plugin().empty())
      GTEST_SKIP() << missing_cpu_plugin();
    LoadOptions options{.dtype = DType::kF32, .engine = {.engine = place.engine, .layers = place.layers}};
    options.sharding.sharding_axis_dims = place.axis_dims;
    model_ = EDPretrainedModel::from_pretrained(golden_folder(name()), options);
  }

  std::string name() const { return std::get<const char*>(GetParam()); }
  const EDPretrainedModel& model() const { return *model_; }
  const Golden& golden() const { return golden_; }

  /// Compares the tokens that the mask, which may be empty, shows.
  void expect_routers(const ForwardOutput& output, const std::string& prefix, const HostTensor& mask) const {
    const HostTensor& expected = golden().at(prefix + "router_logits");  // [layers, tokens, experts]
    const auto tokens = static_cast<size_t>(expected.shape().dim(1));
    const auto experts = static_cast<size_t>(expected.shape().dim(2));
    ASSERT_EQ(std::ssize(output.router_logits), expected.shape().dim(0));
    for (size_t layer = 0; layer < output.router_logits.size(); ++layer) {
      const HostTensor& actual = output.router_logits[layer];
      ASSERT_EQ(actual.shape(), Shape(DType::kF32, {expected.shape().dim(1), expected.shape().dim(2)}));
      for (size_t token = 0; token < tokens; ++token) {
        if (!mask.empty() && mask.data<int32_t>()[token] == 0) continue;
        EXPECT_LE(
            relative_difference(actual.data<float>().subspan(token * experts, experts),
                                expected.data<float>().subspan((layer * tokens + token) * experts, experts)),
            kTolerance)
            << "layer " << layer << ", token " << token;
      }
    }
    ASSERT_EQ(output.aux_loss.shape(), Shape(DType::kF32, {}));
    EXPECT_NEAR(output.aux_loss.data<float>()[0], golden().at(prefix + "aux_loss").data<float>()[0], 1e-4);
  }

 private:
  std::unique_ptr<EDPretrainedModel> model_;
  Golden golden_ = read_golden(name());
};

TEST_P(Routers, LogitsAndLossOfAPrompt) {
  const ForwardOutput output = model()({.input_ids = golden().at("prompt"), .output_router_logits = true});
  EXPECT_LE(relative_difference(output.logits, golden().at("logits")), kTolerance);
  expect_routers(output, "", {});
}

TEST_P(Routers, PaddingOnTheLeftIsLeftOutOfTheLoss) {
  const HostTensor& mask = golden().at("batch_mask");
  expect_routers(model()({.input_ids = golden().at("batch_ids"),
                          .attention_mask = mask,
                          .output_hidden_states = true,
                          .output_router_logits = true}),
                 "batch_", mask);
}

TEST_P(Routers, AStepOverACacheGivesItsOwnTokens) {
  const HostTensor &ids = golden().at("batch_ids"), &mask = golden().at("batch_mask");
  const int64_t seq = ids.shape().dim(1), last = 3;
  KvCache cache = model().init_cache(ids.shape().dim(0), seq);
  model()({.input_ids = columns(ids, 0, seq - last),
           .attention_mask = columns(mask, 0, seq - last),
           .cache = &cache});
  const ForwardOutput step = model()({.input_ids = columns(ids, seq - last, seq),
                                      .attention_mask = mask,
                                      .cache = &cache,
                                      .output_router_logits = true,
                                      .logits_to_keep = 1});
  const HostTensor whole = golden().at("batch_router_logits");
  const int64_t layers = whole.shape().dim(0), experts = whole.shape().dim(2);
  ASSERT_EQ(std::ssize(step.router_logits), layers);
  const HostTensor rows = columns(
      whole.reshaped(std::vector<int64_t>{layers * ids.shape().dim(0), seq, experts}), seq - last, seq);
  const auto size = static_cast<size_t>(ids.shape().dim(0) * last * experts);
  for (size_t layer = 0; layer < step.router_logits.size(); ++layer)
    EXPECT_LE(relative_difference(step.router_logits[layer].data<float>(),
                                  rows.data<float>().subspan(layer * size, size)),
              kTolerance);
  EXPECT_TRUE(std::isfinite(step.aux_loss.data<float>()[0]));
}

INSTANTIATE_TEST_SUITE_P(
    Models, Routers,
    testing::Combine(testing::Values("mixtral", "mixtral_window_v4"),
                     testing::Values(Place{"Native", "native", {}}, Place{"Xla", "pjrt:cpu", {}},
                                     Place{"XlaLoop", "pjrt:cpu", {}, LayerLayout::kLoop},
                                     Place{"Mesh", "pjrt:cpu", {1, 2, 2, 2}},
                                     Place{"MeshRows", "pjrt:cpu", {4, 2, 1, 1}})),
    [](const auto& row) {
      return std::string(std::get<const char*>(row.param)) + "_" + std::get<Place>(row.param).name;
    });

TEST(RouterOptions, TheConfigurationDecidesWhereNothingIsSaid) {
  EDPretrainedConfig config = EDPretrainedConfig::from_pretrained(golden_folder("mixtral"));
  const ForwardInputs inputs{.input_ids = token_rows({{5, 6, 7}})};
  const ForwardOutput without = EDPretrainedModel(config)(inputs);
  EXPECT_TRUE(without.router_logits.empty());
  EXPECT_TRUE(without.aux_loss.empty());

  config.set("output_router_logits", "true");
  const EDPretrainedModel model(config);
  const ForwardOutput with = model(inputs);
  EXPECT_EQ(with.router_logits.size(), 2u);
  EXPECT_FALSE(with.aux_loss.empty());
  EXPECT_TRUE(model({.input_ids = inputs.input_ids, .output_router_logits = false}).router_logits.empty());
  EXPECT_EQ(model.generate({{5, 6, 7}}, {.max_new_tokens = 4, .pad_token_id = 0}).size(), 1u);
}

TEST(RouterOptions, AModelWithoutRoutersRefuses) {
  const auto model = EDPretrainedModel::from_pretrained(golden_folder("llama_grouped"));
  EXPECT_THAT(coded_error_of([&] {
                (*model)({.input_ids = token_rows({{5, 6}}), .output_router_logits = true});
              }),
              testing::AllOf(HasSubstr("unsupported"), HasSubstr("LlamaForCausalLM has no routers")));
}

}  // namespace
}  // namespace easydel::model_test
