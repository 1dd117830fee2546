// The shipped model against Transformers: its text, its logits, its likelihoods, and what bf16 costs.
#include <algorithm>
#include <cmath>
#include <sstream>

#include <nlohmann/json.hpp>

#include "easydel/tokenizer.h"
#include "models/model_case.h"
#include "quantization/format.h"
#include "unit/io/io_test_support.h"

namespace easydel::model_test {
namespace {

const std::filesystem::path kText = EASYDEL_SOURCE_DIR "/data/shakespeare.txt";
const std::filesystem::path kGgufQuality = EASYDEL_SOURCE_DIR "/tests/golden/quantization/shipped.json";

/// Log-probabilities of every next token, one vector per position of `ids` [rows, length].
std::vector<std::vector<double>> log_probabilities(const EDPretrainedModel& model, const HostTensor& ids) {
  const HostTensor logits = model({.input_ids = ids}).logits;
  const auto vocab = static_cast<size_t>(model.vocab_size());
  std::vector<std::vector<double>> result;
  for (size_t begin = 0; begin < logits.data<float>().size(); begin += vocab) {
    const std::span<const float> row = logits.data<float>().subspan(begin, vocab);
    const double greatest = *std::max_element(row.begin(), row.end());
    double sum = 0;
    for (const float logit : row) sum += std::exp(static_cast<double>(logit) - greatest);
    std::vector<double>& target = result.emplace_back();
    for (const float logit : row) target.push_back(static_cast<double>(logit) - greatest - std::log(sum));
  }
  return result;
}

/// Negative log-likelihoods of the tokens behind the first of each row.
std::vector<double> likelihoods(const std::vector<std::vector<double>>& log_probabilities,
                                const HostTensor& ids) {
  const std::span<const int32_t> tokens = ids.data<int32_t>();
  const auto length = static_cast<size_t>(ids.shape().dim(1));
  std::vector<double> result;
  for (size_t i = 0; i + 1 < tokens.size(); ++i)
    if ((i + 1) % length != 0) result.push_back(-log_probabilities[i][static_cast<size_t>(tokens[i + 1])]);
  return result;
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

/// The indented lines of the model's README.
std::string text_of_readme() {
  std::istringstream readme(io::read_text(kShippedModel / "README.md"));
  std::string text, pending;
  for (std::string line; std::getline(readme, line);) {
    if (line.starts_with("    ")) {
      text += pending + line.substr(4) + "\n";
      pending.clear();
    } else if (!text.empty()) {
      pending += line + "\n";
    }
  }
  return text;
}

void record(const std::string& name, double value) {
  std::ostringstream text;
  text.precision(7);
  text << value;
  ::testing::Test::RecordProperty(name, text.str());
}

class ShippedModel : public ::testing::Test {
 protected:
  const HostTensor& golden(const std::string& name) const { return golden_.at(name); }

  /// The mean divergence of a token's distribution from f32's, and the perplexity.
  void expect_near_f32(const EDPretrainedModel& other, const std::string& name, double most_divergence,
                       double most_perplexity = 0.005) const {
    const HostTensor& tokens = golden("tokens");
    const auto exact = log_probabilities(*model_, tokens), near = log_probabilities(other, tokens);
    std::vector<double> divergences;
    for (size_t position = 0; position < exact.size(); ++position) {
      double divergence = 0;
      for (size_t id = 0; id < exact[position].size(); ++id)
        divergence += std::exp(exact[position][id]) * (exact[position][id] - near[position][id]);
      divergences.push_back(divergence);
    }
    ASSERT_EQ(divergences.size(), 4096u);
    const double perplexity = std::exp(mean(likelihoods(exact, tokens)));
    const double other_perplexity = std::exp(mean(likelihoods(near, tokens)));
    record("mean_kl_divergence_" + name, mean(divergences));
    record("perplexity_f32", perplexity);
    record("perplexity_" + name, other_perplexity);
    EXPECT_LT(mean(divergences), most_divergence);
    EXPECT_NEAR(other_perplexity / perplexity, 1.0, most_perplexity);
  }

  Golden golden_ = read_golden("tiny-shakespeare");
  std::unique_ptr<EDPretrainedModel> model_ =
      EDPretrainedModel::from_pretrained(kShippedModel, {.dtype = DType::kF32});
};

TEST_F(ShippedModel, GreedyTextIsTransformersText) {
  const Tokenizer tokenizer = Tokenizer::from_pretrained(kShippedModel);
  const std::vector<int32_t> prompt = tokenizer.encode("ROMEO:\n");
  EXPECT_EQ(prompt, tokens_of(golden("prompt")));
  GenerationConfig config = model_->generation_config();
  config.max_new_tokens = golden("greedy").shape().elements();
  const GeneratedText row = model_->generate({prompt}, config, &tokenizer).at(0);
  EXPECT_EQ(row.ids, tokens_of(golden("greedy")));

  const std::string readme = text_of_readme();
  ASSERT_TRUE(readme.starts_with("ROMEO:\n")) << readme;
  EXPECT_TRUE(("ROMEO:\n" + row.text + "\n").starts_with(readme)) << row.text;
}

TEST_F(ShippedModel, LogitsAreThoseOfTransformers) {
  const HostTensor logits = (*model_)({.input_ids = golden("logits_ids")}).logits;
  const double difference = relative_difference(logits, golden("logits"));
  record("logits_difference", difference);
  EXPECT_LE(difference, 1e-4);
}

TEST_F(ShippedModel, LikelihoodsOf4096TokensAreThoseOfTransformers) {
  const HostTensor& tokens = golden("tokens");
  ASSERT_EQ(tokens.shape().elements(), 4096);
  const std::vector<double> actual = likelihoods(log_probabilities(*model_, tokens), tokens);
  const std::span<const float> expected = golden("nll").data<float>();
  ASSERT_EQ(actual.size(), expected.size());
  double greatest = 0, sum = 0;
  for (size_t i = 0; i < actual.size(); ++i) {
    greatest = std::max(greatest, std::abs(actual[i] - static_cast<double>(expected[i])));
    sum += static_cast<double>(expected[i]);
  }
  record("greatest_nll_difference", greatest);
  EXPECT_LE(greatest, 2e-4);
  EXPECT_NEAR(mean(actual), sum / static_cast<double>(expected.size()), 1e-5);
}

TEST_F(ShippedModel, Bf16StaysNearF32) {
  const auto rounded = EDPretrainedModel::from_pretrained(kShippedModel);
  ASSERT_EQ(rounded->dtype(), DType::kBF16);
  expect_near_f32(*rounded, "bf16", 2e-3);
}

// Few rows, packed rows and panels; a cache that is cut into ranges of keys; more workers than cores.
TEST_F(ShippedModel, ResultsDoNotDependOnTheNumberOfThreads) {
  const std::span<const int32_t> text = golden("tokens").data<int32_t>();
  for (const std::string quantize : {"", "int8", "int4", "q6_k"}) {
    for (const DType dtype : {DType::kF32, DType::kBF16}) {
      std::vector<std::string> results;
      for (const int threads : {1, 2, 13}) {
        const auto model = EDPretrainedModel::from_pretrained(
            kShippedModel, {.dtype = dtype, .quantize = quantize, .engine = {.threads = threads}});
        std::string& result = results.emplace_back();
        for (const int rows : {1, 7, 200}) {
          const std::vector<int32_t> ids(text.begin(), text.begin() + rows);
          const HostTensor logits = (*model)({.input_ids = HostTensor::from({1, rows}, ids)}).logits;
          const std::span<const std::byte> bytes = logits.bytes();
          result.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        }
        GenerationConfig config = model->generation_config();
        config.max_new_tokens = 12;
        const std::vector<int32_t> prompt(text.begin(), text.begin() + 190);
        const std::vector<GeneratedText> rows = model->generate({prompt, prompt}, config);
        for (const int32_t id : rows.at(1).ids) result += " " + std::to_string(id);
      }
      EXPECT_TRUE(results[0] == results[1]) << quantize << " " << to_string(dtype);
      EXPECT_TRUE(results[0] == results[2]) << quantize << " " << to_string(dtype);
    }
  }
}

/// What a quantized model may differ by: its mean divergence, and the share of its perplexity.
struct Quality {
  std::string_view format;
  double divergence, perplexity;
};

TEST_F(ShippedModel, QuantizedItStaysNearF32) {
  constexpr Quality kQualities[] = {
      {"int8", 5e-4, 0.005},          {"int4", 1.3e-2, 0.03},    {"int4_g64", 1.6e-2, 0.03},
      {"int4_g128", 1.8e-2, 0.03},    {"int4_zp", 1.1e-2, 0.03}, {"int4_zp_g64", 1.3e-2, 0.03},
      {"int4_zp_g128", 1.6e-2, 0.03}, {"nf4", 1.3e-2, 0.03},     {"fp8_e4m3", 2.5e-3, 0.01},
      {"q8_0", 5e-4, 0.005},          {"q4_0", 1.3e-2, 0.03},    {"q4_1", 1.1e-2, 0.03},
      {"q5_0", 4e-3, 0.015},          {"q5_1", 3e-3, 0.015},     {"q4_k", 1.1e-2, 0.03},
      {"q5_k", 3e-3, 0.015},          {"q6_k", 1e-3, 0.005}};
  ASSERT_EQ(std::size(kQualities), quantization::formats().size());
  for (const Quality& quality : kQualities) {
    const std::string name(quality.format);
    SCOPED_TRACE(name);
    const auto quantized =
        EDPretrainedModel::from_pretrained(kShippedModel, {.dtype = DType::kF32, .quantize = name});
    ASSERT_EQ(quantized->quantization(), name);
    expect_near_f32(*quantized, name, quality.divergence, quality.perplexity);
  }
}

// Of the same size as llama.cpp's Q4_0, made by the gguf package. The calibration is another part of the text.
TEST_F(ShippedModel, Int4IsBetterThanQ4_0) {
  const double theirs = nlohmann::json::parse(io::read_text(kGgufQuality)).at("gguf_q4_0_mean_kl");
  const std::string text = io::read_text(kText).substr(0, 60000);
  const std::vector<int32_t> ids = Tokenizer::from_pretrained(kShippedModel).encode(text);
  const auto load = [](ColumnImportance importance) {
    return EDPretrainedModel::from_pretrained(
        kShippedModel, {.dtype = DType::kF32, .quantize = "int4", .importance = std::move(importance)});
  };
  expect_near_f32(*load({}), "int4", theirs, 0.03);
  expect_near_f32(*load(model_->column_importance(ids)), "int4_calibrated", 0.85 * theirs, 0.03);
}

}  // namespace
}  // namespace easydel::model_test
