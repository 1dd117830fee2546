// Options of from_pretrained: what each changes, and what is said of one that cannot be.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "easydel/log.h"
#include "models/model_case.h"
#include "unit/error_of.h"
#include "unit/io/io_test_support.h"

namespace easydel::model_test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const std::filesystem::path kModel = golden_folder("llama_grouped");

std::unique_ptr<EDPretrainedModel> load(const LoadOptions& options) {
  return EDPretrainedModel::from_pretrained(kModel, options);
}
std::string load_error(const LoadOptions& options) {
  return error_of([&] { load(options); });
}
HostTensor logits(const EDPretrainedModel& model) {
  return model({.input_ids = read_golden("llama_grouped").at("prompt")}).logits;
}

TEST(LoadOptions, ConfigKwargsReplaceFieldsAndAreSaved) {
  const auto model = load({.config_kwargs = {{"max_position_embeddings", "40"}, {"my_note", R"({"a": 1})"}}});
  EXPECT_EQ(model->max_positions(), 40);
  EXPECT_EQ(model->config().json().at("my_note").dump(), R"({"a":1})");
  const io::ScratchDirectory scratch;
  model->save_pretrained(scratch / "saved");
  const auto saved = EDPretrainedModel::from_pretrained(scratch / "saved");
  EXPECT_EQ(saved->max_positions(), 40);
  EXPECT_TRUE(saved->config().has("my_note"));
}

TEST(LoadOptions, ConfigKwargsAreCheckedAsTheFileIs) {
  EXPECT_THAT(load_error({.config_kwargs = {{"rms_norm_eps", "\"small\""}}}), HasSubstr("rms_norm_eps"));
  EXPECT_THAT(load_error({.config_kwargs = {{"hidden_act", "silu"}}}),
              AllOf(HasSubstr("hidden_act"), HasSubstr("no JSON")));
  EXPECT_THAT(load_error({.config_kwargs = {{"block_q", "0"}}}), HasSubstr("block_q"));
}

TEST(LoadOptions, WeightsAndComputationMayHaveDtypesOfTheirOwn) {
  const auto cache_dtype = [](const EDPretrainedModel& model) {
    return model.init_cache(1, 4).key(0).dtype();
  };
  const auto both = load({.dtype = DType::kF16});
  EXPECT_EQ(both->dtype(), DType::kF16);
  EXPECT_EQ(cache_dtype(*both), DType::kF16);
  const auto weights = load({.param_dtype = DType::kF16});
  EXPECT_EQ(weights->dtype(), DType::kF16);
  EXPECT_EQ(cache_dtype(*weights), DType::kF16);
  const auto mixed = load({.dtype = DType::kF32, .param_dtype = DType::kBF16});
  EXPECT_EQ(mixed->dtype(), DType::kBF16);
  EXPECT_EQ(cache_dtype(*mixed), DType::kF32);
  EXPECT_TRUE(is_identical(logits(*mixed), logits(*load({.dtype = DType::kBF16}))));
  EXPECT_THAT(load_error({.param_dtype = DType::kI8}), HasSubstr("cannot hold weights"));
}

TEST(LoadOptions, AnInputShapeIsTracedAtOnce) {
  EXPECT_NO_THROW(load({.input_shape = {2, 8}}));
  EXPECT_THAT(load_error({.input_shape = {2}}), HasSubstr("input_shape is [2]"));
  EXPECT_THAT(load_error({.input_shape = {1, 1 << 20}}), HasSubstr("up to the context"));
  EXPECT_THAT(load_error({.config_kwargs = {{"max_position_embeddings", "4"}}, .input_shape = {1, 8}}),
              HasSubstr("context of 4"));
}

TEST(LoadOptions, BackendsAreEasyDeLsNamesOfEngines) {
  EXPECT_EQ(load({.backend = "cpu"})->engine_name(), "native");
  EXPECT_EQ(load({.backend = "cpu", .engine = {.engine = "native"}})->engine_name(), "native");
  EXPECT_THAT(load_error({.backend = "tpu", .engine = {.engine = "native"}}),
              AllOf(HasSubstr("pjrt:tpu"), HasSubstr("native")));
  EXPECT_THAT(load_error({.backend = "abacus"}), HasSubstr("cpu, gpu or tpu"));
}

TEST(LoadOptions, TheBackendOfAConfigurationChoosesNothing) {
  EXPECT_NO_THROW(load({.config_kwargs = {{"backend", "\"tpu\""}}, .engine = {.engine = "native"}}));
}

TEST(LoadOptions, FromTorchAsksForALayout) {
  const io::ScratchDirectory scratch;
  load({})->save_pretrained(scratch / "easydel", {.format = ModelFormat::kEasyDeL});
  const auto from = [&](std::optional<bool> from_torch, const std::filesystem::path& folder) {
    return error_of([&] { EDPretrainedModel::from_pretrained(folder, {.from_torch = from_torch}); });
  };
  EXPECT_EQ(from(std::nullopt, scratch / "easydel"), "");
  EXPECT_EQ(from(false, scratch / "easydel"), "");
  EXPECT_EQ(from(true, kModel), "");
  EXPECT_THAT(from(true, scratch / "easydel"), HasSubstr("there is easydel-model.parameters"));
  EXPECT_THAT(from(false, kModel), HasSubstr("there is model.safetensors"));
}

TEST(LoadOptions, VerboseTellsWhatIsLoaded) {
  std::vector<std::string> messages;
  set_log_handler([&](LogLevel /*level*/, std::string_view message) { messages.emplace_back(message); });
  const EngineOptions native{.engine = "native"};  // "auto" tells which plugins it passes over
  load({.verbose = false, .engine = native});
  EXPECT_TRUE(messages.empty());
  load({.engine = native});
  set_log_handler({});
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_THAT(messages[0], AllOf(HasSubstr("LlamaForCausalLM"), HasSubstr(kModel.string()), HasSubstr("bf16"),
                                 HasSubstr("Hugging Face's layout")));
}

TEST(LoadOptions, TheOldNameOfInt8IsKnown) {
  EXPECT_EQ(load({.quantize = "8bit"})->quantization(), "int8");
  EXPECT_EQ(load({.quantize = "8bit", .load_in_8bit = true})->quantization(), "int8");
}

TEST(LoadOptions, ShardFunctionsNameParameters) {
  const ShardAndGatherFns fns = load({})->make_shard_and_gather_fns();
  LoadOptions options{.mismatch_allowed = false};
  for (const auto& [name, fn] : fns.shard_fns) options.shard_fns.emplace(name, fn);
  EXPECT_EQ(load_error(options), "");
  options.shard_fns.erase("model.norm.weight");
  EXPECT_THAT(load_error(options), AllOf(HasSubstr("model.norm.weight"), HasSubstr("mismatch_allowed")));
  options.mismatch_allowed = true;
  EXPECT_EQ(load_error(options), "");
  options.shard_fns.emplace("model.nrom.weight", options.shard_fns.begin()->second);
  EXPECT_THAT(load_error(options), HasSubstr("model.nrom.weight"));
}

TEST(LoadOptions, PrecisionChangesNothingOnCpus) {
  const auto asked = load({.engine = {.engine = "native", .precision = Precision::kDefault}});
  EXPECT_TRUE(is_identical(logits(*asked), logits(*load({.engine = {.engine = "native"}}))));
}

// Chunks of three tokens, and a last one that is shorter.
class ChunkedMlp : public PerModelCase {};

TEST_P(ChunkedMlp, GivesTheSameLogits) {
  const auto chunked = EDPretrainedModel::from_pretrained(
      folder(), {.dtype = DType::kF32, .config_kwargs = {{"scan_mlp_chunk_size", "3"}}});
  const HostTensor& ids = golden("prompt");
  EXPECT_LE(relative_difference((*chunked)({.input_ids = ids}).logits, model()({.input_ids = ids}).logits),
            1e-5);
}

EASYDEL_INSTANTIATE_FOR_MODEL_CASES(ChunkedMlp);

TEST(ChunkedMlps, TakeLessMemory) {
  auto config = EDPretrainedConfig::from_json(R"({"model_type": "llama", "vocab_size": 64, "hidden_size": 32,
    "intermediate_size": 512, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 2,
    "max_position_embeddings": 2048, "initializer_range": 0.2})");
  std::vector<int32_t> ids(1100);
  for (size_t token = 0; token < ids.size(); ++token) ids[token] = static_cast<int32_t>(token * 7 % 64);
  std::vector<HostTensor> logits;
  std::vector<uint64_t> peaks;
  for (const char* use : {"false", "true"}) {
    config.set("use_scan_mlp", use);
    const EDPretrainedModel model(config, {.engine = {.engine = "native"}});
    logits.push_back(model({.input_ids = token_rows({ids}), .logits_to_keep = 1}).logits);
    peaks.push_back(model.peak_activation_bytes());
  }
  EXPECT_LE(relative_difference(logits[1], logits[0]), 1e-5);
  EXPECT_LT(peaks[1], peaks[0]);
  config.set("scan_mlp_chunk_size", "128");
  const EDPretrainedModel small(config, {.engine = {.engine = "native"}});
  EXPECT_LE(
      relative_difference(small({.input_ids = token_rows({ids}), .logits_to_keep = 1}).logits, logits[0]),
      1e-5);
  EXPECT_LT(small.peak_activation_bytes(), peaks[0] / 2);
}

}  // namespace
}  // namespace easydel::model_test
