// Caches in int8: near those of floats, the same however a text is cut and whatever computes them.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>

#include "easydel/plan.h"
#include "easydel/tokenizer.h"
#include "models/model_case.h"

namespace easydel::model_test {
namespace {

HostTensor last_logits(const EDPretrainedModel& model, KvCache& cache, const HostTensor& ids,
                       const HostTensor& mask = {}) {
  return model({.input_ids = ids, .attention_mask = mask, .cache = &cache, .logits_to_keep = 1}).logits;
}

/// Feeds `ids` in pieces of `step` tokens; the logits behind the last.
HostTensor in_pieces(const EDPretrainedModel& model, const HostTensor& ids, int64_t step) {
  const int64_t seq = ids.shape().dim(1);
  KvCache cache = model.init_cache(ids.shape().dim(0), seq);
  HostTensor logits;
  for (int64_t begin = 0; begin < seq; begin += step)
    logits = last_logits(model, cache, columns(ids, begin, std::min(begin + step, seq)));
  return logits;
}

class QuantizedCache : public PerModelCase {
 protected:
  std::unique_ptr<EDPretrainedModel> load(EngineOptions engine = {.engine = "native"},
                                          std::vector<int64_t> dims = {}) const {
    return EDPretrainedModel::from_pretrained(folder(),
                                              {.dtype = DType::kF32,
                                               .quantize_kv_cache = true,
                                               .engine = std::move(engine),
                                               .sharding = {.sharding_axis_dims = std::move(dims)}});
  }
};

// A token's scale is its own: unlike EasyDeL's, a cache does not depend on what is written beside it.
TEST_P(QuantizedCache, IsTheSameHoweverATextIsCut) {
  if (GetParam().fixed_angles_until > 0) GTEST_SKIP() << "its angles change with the text's length";
  const auto model = load();
  const HostTensor whole = in_pieces(*model, golden("prompt"), golden("prompt").shape().dim(1));
  EXPECT_LE(relative_difference(in_pieces(*model, golden("prompt"), 1), whole), 1e-4);
  EXPECT_LE(relative_difference(in_pieces(*model, golden("prompt"), 3), whole), 1e-4);
}

TEST_P(QuantizedCache, IsNearTheOneOfFloats) {
  if (std::string(GetParam().model_type) == "mixtral")
    GTEST_SKIP() << "a random router's choices are close calls, and another expert is another result";
  const auto quantized = load();
  const int64_t length = golden("prompt").shape().dim(1);
  KvCache codes = quantized->init_cache(1, length), floats = model().init_cache(1, length);
  const HostTensor actual = last_logits(*quantized, codes, golden("prompt"));
  EXPECT_LE(relative_difference(actual, last_logits(model(), floats, golden("prompt"))), 0.05);

  // Of the first layer only the rounding differs: half a step of 254 between the extremes.
  const HostTensor key = codes.key(0), wanted = floats.key(0);
  ASSERT_EQ(key.shape(), wanted.shape());
  EXPECT_LE(relative_difference(key, wanted), 0.5 / 127);
  EXPECT_GT(relative_difference(key, wanted), 0);
  EXPECT_LE(relative_difference(codes.value(0), floats.value(0)), 0.5 / 127);
}

TEST_P(QuantizedCache, PaddedRowsGiveWhatTheyGiveAlone) {
  const auto model = load();
  const std::vector<std::vector<int32_t>> prompts = {{5, 9, 2, 33}, {7}, {11, 3, 40, 8, 21, 6}};
  const GenerationConfig greedy{.max_new_tokens = 6, .eos_token_id = {}, .pad_token_id = 0};
  const std::vector<GeneratedText> together = model->generate(prompts, greedy);
  for (size_t row = 0; row < prompts.size(); ++row)
    EXPECT_EQ(together[row].ids, model->generate({prompts[row]}, greedy)[0].ids);
}

EASYDEL_INSTANTIATE_FOR_MODEL_CASES(QuantizedCache);

std::unique_ptr<EDPretrainedModel> load(const std::string& name, EngineOptions engine,
                                        std::vector<int64_t> dims = {}) {
  return EDPretrainedModel::from_pretrained(golden_folder(name),
                                            {.dtype = DType::kF32,
                                             .quantize_kv_cache = true,
                                             .engine = std::move(engine),
                                             .sharding = {.sharding_axis_dims = std::move(dims)}});
}

// One engine's codes may be another's neighbours where a sum falls on a tie.
TEST(QuantizedCaches, AreTheSameOnEveryEngineAndMesh) {
  if (!missing_cpu_plugin().empty()) GTEST_SKIP() << missing_cpu_plugin();
  const HostTensor ids = token_rows({{5, 9, 2, 33, 60, 1, 17}, {1, 2, 3, 4, 5, 6, 7}});
  const auto native = load("llama_untied", {.engine = "native"});
  const HostTensor expected = in_pieces(*native, ids, 3);
  const GenerationConfig beams{.max_new_tokens = 6, .num_beams = 3, .eos_token_id = {}, .pad_token_id = 0};
  const auto text = native->generate({{5, 9, 2}}, beams)[0].ids;
  struct Row {
    EngineOptions engine;
    std::vector<int64_t> dims;
  };
  const std::vector<Row> rows = {{{.engine = "pjrt:cpu"}, {}},
                                 {{.engine = "pjrt:cpu", .native_kernels = false}, {}},
                                 {{.engine = "pjrt:cpu", .layers = LayerLayout::kLoop}, {}},
                                 {{.engine = "pjrt:cpu"}, {1, 2, 1, 1}},
                                 {{.engine = "pjrt:cpu"}, {1, 1, 2, 2}}};
  for (const Row& row : rows) {
    const auto model = load("llama_untied", row.engine, row.dims);
    SCOPED_TRACE(model->engine_description() + ", " + model->mesh().to_string());
    EXPECT_LE(relative_difference(in_pieces(*model, ids, 3), expected), 2e-2);
    EXPECT_EQ(model->generate({{5, 9, 2}}, beams)[0].ids, text);
  }
}

TEST(QuantizedCaches, OfAnEncoderDecoderKeepTheEncodersKeysInFloats) {
  const auto model = load("t5", {.engine = "native"});
  const auto exact = EDPretrainedModel::from_pretrained(golden_folder("t5"), {.dtype = DType::kF32});
  const GenerationConfig beams{.max_new_tokens = 5, .num_beams = 2, .eos_token_id = {}, .pad_token_id = 0};
  EXPECT_EQ(model->generate({{5, 9, 2}}, beams)[0].ids, exact->generate({{5, 9, 2}}, beams)[0].ids);
}

TEST(QuantizedCaches, TakeWhatThePlanSays) {
  const auto exact = EDPretrainedModel::from_pretrained(kShippedModel, {.dtype = DType::kF32});
  const auto model = EDPretrainedModel::from_pretrained(
      kShippedModel, {.dtype = DType::kF32, .config_kwargs = {{"quantize_kv_cache", "true"}}});
  const KvCache codes = model->init_cache(2, 256), floats = exact->init_cache(2, 256);
  EXPECT_EQ(codes.bytes() * 128,
            floats.bytes() * 36);  // heads of 32: 32 codes and a scale of 4 bytes for 128
  const PlanOptions options{.dtype = DType::kF32, .batch = 2, .prompt_length = 16, .cache_length = 256};
  EXPECT_EQ(codes.bytes(), plan_sharding(model->config(), options).cache_bytes);
  EXPECT_EQ(floats.bytes(), plan_sharding(exact->config(), options).cache_bytes);
}

/// log(softmax(row)).
std::vector<double> log_probabilities(std::span<const float> row) {
  const double greatest = *std::ranges::max_element(row);
  double sum = 0;
  for (const float x : row) sum += std::exp(x - greatest);
  std::vector<double> result;
  for (const float x : row) result.push_back(x - greatest - std::log(sum));
  return result;
}

// The trained model on its own kind of text: how far the distributions of the next token are apart.
TEST(QuantizedCaches, BarelyChangeTheDistributionsOfATrainedModel) {
  const auto exact = EDPretrainedModel::from_pretrained(kShippedModel, {.dtype = DType::kF32});
  const auto model =
      EDPretrainedModel::from_pretrained(kShippedModel, {.dtype = DType::kF32, .quantize_kv_cache = true});
  std::ifstream file(EASYDEL_SOURCE_DIR "/data/shakespeare.txt");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::vector<int32_t> ids =
      Tokenizer::from_pretrained(kShippedModel).encode(text.substr(text.size() - 4000));
  ids.resize(std::min<size_t>(ids.size(), 512));
  const HostTensor rows = token_rows({ids});
  const auto length = static_cast<int64_t>(ids.size());
  KvCache codes = model->init_cache(1, length), floats = exact->init_cache(1, length);
  const HostTensor actual = (*model)({.input_ids = rows, .cache = &codes}).logits;
  const HostTensor expected = (*exact)({.input_ids = rows, .cache = &floats}).logits;
  const auto vocab = static_cast<size_t>(actual.shape().dim(2));
  double divergence = 0;
  for (size_t token = 0; token < ids.size(); ++token) {
    const auto p = log_probabilities(expected.data<float>().subspan(token * vocab, vocab));
    const auto q = log_probabilities(actual.data<float>().subspan(token * vocab, vocab));
    for (size_t id = 0; id < vocab; ++id) divergence += std::exp(p[id]) * (p[id] - q[id]);
  }
  divergence /= static_cast<double>(ids.size());
  RecordProperty("mean_divergence", std::to_string(divergence));
  EXPECT_LT(divergence, 1e-3);
  EXPECT_GT(divergence, 0);
}

}  // namespace
}  // namespace easydel::model_test
