// Every model case on the PJRT engine's CPU plugin: what Transformers computes, on one device and over meshes of eight.
#include "models/model_case.h"

namespace easydel::model_test {
namespace {

struct Form {
  std::vector<int64_t> axis_dims;  ///< of dp, fsdp, tp and sp
  DType dtype = DType::kF32;
  LayerLayout layers = LayerLayout::kUnrolled;
  bool native_kernels = false;  ///< without them, the program is what other devices get
};

std::unique_ptr<EDPretrainedModel> load(const std::string& name, const Form& form = {}) {
  LoadOptions options{.dtype = form.dtype, .engine = {.engine = "pjrt:cpu", .layers = form.layers}};
  options.engine.native_kernels = form.native_kernels;
  options.sharding.sharding_axis_dims = form.axis_dims;
  return EDPretrainedModel::from_pretrained(golden_folder(name), options);
}

void expect_logits(const EDPretrainedModel& model, const Golden& golden, double tolerance) {
  const ForwardOutput output = model({.input_ids = golden.at("prompt")});
  EXPECT_EQ(output.logits.shape(), golden.at("logits").shape());
  EXPECT_LE(relative_difference(output.logits, golden.at("logits")), tolerance);
}

void expect_greedy_tokens(const EDPretrainedModel& model, const Golden& golden) {
  const GenerationConfig config{.max_new_tokens = golden.at("greedy").shape().elements(), .pad_token_id = 0};
  EXPECT_EQ(model.generate({tokens_of(golden.at("prompt"))}, config)[0].ids, tokens_of(golden.at("greedy")));
}

void expect_padded_batch(const EDPretrainedModel& model, const Golden& golden) {
  const HostTensor& mask = golden.at("batch_mask");
  const HostTensor logits = model({.input_ids = golden.at("batch_ids"), .attention_mask = mask}).logits;
  const auto vocab = static_cast<size_t>(model.vocab_size());
  for (size_t token = 0; token < mask.data<int32_t>().size(); ++token) {
    if (mask.data<int32_t>()[token] == 0) continue;
    EXPECT_LE(relative_difference(logits.data<float>().subspan(token * vocab, vocab),
                                  golden.at("batch_logits").data<float>().subspan(token * vocab, vocab)),
              kTolerance)
        << "token " << token;
  }
}

void expect_all(const EDPretrainedModel& model, const Golden& golden) {
  expect_logits(model, golden, kTolerance);
  expect_padded_batch(model, golden);
  expect_greedy_tokens(model, golden);
}

class PjrtParity : public testing::TestWithParam<ModelCase> {
 protected:
  void SetUp() override {
    if (!missing_cpu_plugin().empty()) GTEST_SKIP() << missing_cpu_plugin();
  }
};

TEST_P(PjrtParity, LogitsBatchesAndGreedyTokens) {
  expect_all(*load(GetParam().name), read_golden(GetParam().name));
}

TEST_P(PjrtParity, NativeKernelsGiveTheSame) {
  expect_all(*load(GetParam().name, {.native_kernels = true}), read_golden(GetParam().name));
}

TEST_P(PjrtParity, LayersInALoopGiveTheSame) {
  expect_all(*load(GetParam().name, {.layers = LayerLayout::kLoop}), read_golden(GetParam().name));
}

TEST_P(PjrtParity, LogitsInBf16AreNear) {
  for (const LayerLayout layers : {LayerLayout::kUnrolled, LayerLayout::kLoop})
    expect_logits(*load(GetParam().name, {.dtype = DType::kBF16, .layers = layers}),
                  read_golden(GetParam().name), kBf16Tolerance);
}

EASYDEL_INSTANTIATE_FOR_MODEL_CASES(PjrtParity);

class PjrtMesh : public testing::TestWithParam<std::vector<int64_t>> {
 protected:
  void SetUp() override {
    if (!missing_cpu_plugin().empty()) GTEST_SKIP() << missing_cpu_plugin();
  }
};

TEST_P(PjrtMesh, LogitsBatchesAndGreedyTokens) {
  for (const std::string name : {"gpt2", "llama_grouped", "mixtral", "qwen3_windows"}) {
    for (const LayerLayout layers : {LayerLayout::kUnrolled, LayerLayout::kLoop}) {
      SCOPED_TRACE(name + (layers == LayerLayout::kLoop ? " in a loop" : ""));
      const auto model = load(name, {.axis_dims = GetParam(), .layers = layers});
      EXPECT_EQ(model->mesh().device_count(), 8);
      expect_all(*model, read_golden(name));
    }
  }
}

using Sizes = std::vector<int64_t>;
INSTANTIATE_TEST_SUITE_P(Meshes, PjrtMesh,
                         testing::Values(Sizes{8, 1, 1, 1}, Sizes{1, 8, 1, 1}, Sizes{1, 1, 8, 1},
                                         Sizes{1, 1, 1, 8}, Sizes{2, 2, 2, 1}, Sizes{1, 2, 2, 2}),
                         [](const auto& sizes) {
                           const Sizes& d = sizes.param;
                           return "dp" + std::to_string(d[0]) + "_fsdp" + std::to_string(d[1]) + "_tp" +
                                  std::to_string(d[2]) + "_sp" + std::to_string(d[3]);
                         });

}  // namespace
}  // namespace easydel::model_test
