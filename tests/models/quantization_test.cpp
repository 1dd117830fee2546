// Models in 8 bits and less: made in place and while loading, saved and loaded again, on a mesh.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "base/transpose.h"
#include "easydel/plan.h"
#include "easydel/state.h"
#include "io/checkpoint.h"
#include "models/model_case.h"
#include "quantization/importance.h"
#include "unit/error_of.h"
#include "unit/io/io_test_support.h"

namespace easydel::model_test {
namespace {

class Quantization : public PerModelCase {
 protected:
  std::unique_ptr<EDPretrainedModel> load(const std::filesystem::path& directory,
                                          const LoadOptions& options = {}) const {
    return EDPretrainedModel::from_pretrained(directory, options);
  }
  HostTensor logits(const EDPretrainedModel& model) const {
    return model({.input_ids = golden("prompt")}).logits;
  }

  io::ScratchDirectory scratch_;
};

// The same weights, whether they are quantized in place or while they are read; of two bytes and more each, one is left.
TEST_P(Quantization, InPlaceAndWhileLoadingAreTheSame) {
  const auto in_place = load(folder());
  const uint64_t before = in_place->weight_bytes();
  in_place->to_8bit();
  const auto loaded = load(folder(), {.load_in_8bit = true});
  EXPECT_EQ(loaded->quantization(), "int8");
  EXPECT_EQ(loaded->weight_bytes(), in_place->weight_bytes());
  EXPECT_LT(loaded->weight_bytes(), before * 6 / 10);
  EXPECT_EQ(loaded->dtype(), load(folder())->dtype());
  expect_same_weights(*loaded, *in_place);
  EXPECT_TRUE(is_identical(logits(*loaded), logits(*in_place)));
}

// int4's embeddings are in another format, gguf's q4_k is one tensor of bytes.
TEST_P(Quantization, SavedAndLoadedItIsTheSameBits) {
  for (const std::string format : {"int8", "int4", "q4_k"}) {
    const auto original = load(folder(), {.quantize = format});
    original->save_pretrained(scratch_ / "saved");
    const auto saved = load(scratch_ / "saved");
    EXPECT_TRUE(saved->load_report().unexpected.empty());
    EXPECT_EQ(saved->quantization(), format);
    EXPECT_EQ(saved->config().json(), original->config().json());
    expect_same_weights(*saved, *original);
    EXPECT_TRUE(is_identical(logits(*saved), logits(*original)));
    saved->save_pretrained(scratch_ / "again");
    EXPECT_EQ(io::read_text(scratch_ / "again" / "model.safetensors"),
              io::read_text(scratch_ / "saved" / "model.safetensors"));
  }
}

TEST_P(Quantization, InEasyDeLsLayoutItIsTheSameBits) {
  const auto original = load(folder(), {.quantize = "int8"});
  original->save_pretrained(scratch_ / "direct");
  for (const bool safe : {true, false}) {
    const std::filesystem::path there = scratch_ / (safe ? "safetensors" : "stream");
    original->save_pretrained(there, {.format = ModelFormat::kEasyDeL, .safe = safe});
    const auto saved = load(there);
    EXPECT_TRUE(saved->load_report().unexpected.empty());
    EXPECT_EQ(saved->quantization(), "int8");
    EXPECT_EQ(saved->weight_bytes(), original->weight_bytes());
    expect_same_weights(*saved, *original);
    EXPECT_TRUE(is_identical(logits(*saved), logits(*original)));
    // Codes and scales, not only what they stand for, are those of the first file.
    saved->save_pretrained(there / "back");
    EXPECT_EQ(io::read_text(there / "back" / "model.safetensors"),
              io::read_text(scratch_ / "direct" / "model.safetensors"));
  }
}

TEST_P(Quantization, EasyFilesKeepTheBits) {
  const auto original = load(folder(), {.quantize = "int8"});
  original->to_easydel_state().save_state(scratch_ / "st.easy");
  const EasyDeLState found = EasyDeLState::load_state(scratch_ / "st.easy");
  EXPECT_EQ(found.model().quantization(), "int8");
  expect_same_weights(found.model(), *original);
}

TEST_P(Quantization, ThePlanCountsWhatIsHeld) {
  for (const std::string format : {"int8", "int4"}) {
    const auto model = load(folder(), {.quantize = format});
    const PlanOptions options{.dtype = model->dtype(), .quantize = format};
    EXPECT_EQ(plan_sharding(load(folder())->config(), options).total_weight_bytes, model->weight_bytes());
    EXPECT_EQ(plan_sharding(model->config(), {.dtype = model->dtype()}).total_weight_bytes,
              model->weight_bytes());
  }
}

// Random weights, so only the size of the error is held: the tokens of a trained model are in shipped_model_test.cpp.
TEST_P(Quantization, LogitsStayNear) {
  const auto exact = load(folder(), {.dtype = DType::kF32});
  const auto quantized = load(folder(), {.dtype = DType::kF32, .quantize = "int8"});
  EXPECT_LT(relative_difference(logits(*quantized), logits(*exact)), 0.05);
}

EASYDEL_INSTANTIATE_FOR_MODEL_CASES(Quantization);

const std::filesystem::path kModel = golden_folder("llama_untied");

TEST(To8Bit, OnlyWhatThePatternsName) {
  const auto model = EDPretrainedModel::from_pretrained(kModel, {.dtype = DType::kF32});
  const auto exact = EDPretrainedModel::from_pretrained(kModel, {.dtype = DType::kF32});
  model->to_8bit({"mlp/.*/kernel"});
  for (const std::string& name : model->parameter_names()) {
    const bool is_same = is_identical(model->parameter(name), exact->parameter(name));
    EXPECT_EQ(is_same, name.find(".mlp.") == std::string::npos) << name;
  }
}

TEST(To8Bit, RoutersStayWhole) {
  const std::filesystem::path mixtral = golden_folder("mixtral");
  const auto exact = EDPretrainedModel::from_pretrained(mixtral);
  const auto model = EDPretrainedModel::from_pretrained(
      mixtral, {.quantize = "int8", .bit_targeted_params = {"gate/kernel", "w1/kernel"}});
  for (const std::string layer : {"model.layers.0.block_sparse_moe.", "model.layers.1.block_sparse_moe."}) {
    EXPECT_TRUE(
        is_identical(model->parameter(layer + "gate.weight"), exact->parameter(layer + "gate.weight")));
    EXPECT_FALSE(is_identical(model->parameter(layer + "experts.0.w1.weight"),
                              exact->parameter(layer + "experts.0.w1.weight")));
  }
}

// As kernels are: [in, out], and the scales of 32 neighbours of a column behind each other.
TEST(EightBitFiles, CodesAndScalesLieAsKernelsDo) {
  const io::ScratchDirectory scratch;
  const auto model = EDPretrainedModel::from_pretrained(kModel, {.quantize = "int8"});
  model->save_pretrained(scratch / "hf");
  model->save_pretrained(scratch / "easydel", {.format = ModelFormat::kEasyDeL});
  const io::Checkpoint hf = io::Checkpoint::open(scratch / "hf");
  const io::Checkpoint easydel = io::Checkpoint::open(scratch / "easydel");
  ASSERT_EQ(easydel.names().size(), hf.names().size());
  const std::string name = "model.layers.0.mlp.down_proj.";
  for (const auto& [theirs, ours, dtype] : {std::tuple{"weight", "kernel", DType::kI8},
                                            std::tuple{"weight_scale", "kernel_scale", DType::kF16}}) {
    const HostTensor stored = easydel.tensor(name + ours), expected = hf.tensor(name + theirs);
    EXPECT_EQ(stored.dtype(), dtype);
    EXPECT_TRUE(is_identical(stored, swap_last_axes(expected))) << ours;
  }
  EXPECT_TRUE(is_identical(easydel.tensor("model.embed_tokens.embedding_scale"),
                           hf.tensor("model.embed_tokens.weight_scale")));
}

// A value that is set is quantized as the one before was.
TEST(To8Bit, ASetParameterIsQuantized) {
  const auto model = EDPretrainedModel::from_pretrained(kModel, {.dtype = DType::kF32, .quantize = "int8"});
  const HostTensor value = model->get_input_embeddings();
  const uint64_t bytes = model->weight_bytes();
  model->set_input_embeddings(value);
  EXPECT_EQ(model->weight_bytes(), bytes);
  EXPECT_TRUE(is_identical(model->get_input_embeddings(), value));
}

/// How many bytes the weight takes, to tell its format.
uint64_t bytes_of(const LoadOptions& options) {
  return EDPretrainedModel::from_pretrained(kModel, options)->weight_bytes();
}

// What stands for tokens keeps 8 bits, unless patterns name it.
TEST(Int4, EmbeddingsAndHeadsKeepEightBits) {
  const auto exact = EDPretrainedModel::from_pretrained(kModel, {.dtype = DType::kF32});
  const auto model = EDPretrainedModel::from_pretrained(kModel, {.dtype = DType::kF32, .quantize = "int4"});
  const auto difference = [&](const char* name) {
    return relative_difference(model->parameter(name), exact->parameter(name));
  };
  EXPECT_LT(difference("model.embed_tokens.weight"), 0.01);
  EXPECT_LT(difference("lm_head.weight"), 0.01);
  EXPECT_GT(difference("model.layers.0.mlp.up_proj.weight"), 0.03);
  EXPECT_LT(bytes_of({.quantize = "int4", .bit_targeted_params = {"kernel", "embedding"}}),
            bytes_of({.quantize = "int4"}));
  EXPECT_EQ(model->config().section("quantization_config").section("exceptions").text("lm_head.weight"),
            "int8");
}

// The rest of a model that is stored in int4 may be asked for in another format: each keeps its own.
TEST(Int4, AnotherFormatBesideItIsSavedToo) {
  const io::ScratchDirectory scratch;
  EDPretrainedModel::from_pretrained(kModel, {.quantize = "int4", .bit_targeted_params = {"mlp/.*/kernel"}})
      ->save_pretrained(scratch / "mlp");
  const auto mixed = EDPretrainedModel::from_pretrained(scratch / "mlp", {.quantize = "nf4"});
  mixed->save_pretrained(scratch / "mixed");
  const auto saved = EDPretrainedModel::from_pretrained(scratch / "mixed");
  EXPECT_TRUE(saved->load_report().unexpected.empty());
  expect_same_weights(*saved, *mixed);
  EXPECT_EQ(saved->weight_bytes(), mixed->weight_bytes());
}

/// 48 tokens of the vocabulary.
std::vector<int32_t> some_tokens(int64_t vocab) {
  std::vector<int32_t> ids;
  for (int32_t i = 0; i < 48; ++i) ids.push_back(static_cast<int32_t>(i * 37 % vocab));
  return ids;
}

class Calibration : public PerModelCase {};

using quantization::kColumnGroup;

/// The mean squares of a weight's columns.
std::vector<float> squares_of(const HostTensor& products, int64_t columns) {
  std::vector<float> squares;
  for (int64_t k = 0; k < columns; ++k)
    squares.push_back(products.data<float>()[static_cast<size_t>(k * kColumnGroup + k % kColumnGroup)]);
  return squares;
}

// Every matrix that is multiplied has the mean products of its columns.
TEST_P(Calibration, TellsTheColumnsOfEveryLinearLayer) {
  const auto model = EDPretrainedModel::from_pretrained(folder(), {.dtype = DType::kF32});
  const std::vector<int32_t> ids = some_tokens(model->vocab_size());
  if (!model->can_generate() || model->config().boolean("is_encoder_decoder", false)) {
    EXPECT_THAT(error_of([&] { model->column_importance(ids, 16); }),
                testing::HasSubstr("column_importance"));
    return;
  }
  const ColumnImportance importance = model->column_importance(ids, 16);
  EXPECT_FALSE(importance.empty());
  for (const auto& [name, products] : importance) {
    const Shape shape = model->parameter_shape(name);
    const bool is_known = products.shape().dim(0) == quantization::column_groups(shape.dim(0)) ||
                          products.shape().dim(0) == quantization::column_groups(shape.dim(1));
    EXPECT_TRUE(is_known) << name;
    const int64_t columns = std::min(shape.dim(0), shape.dim(1));
    for (const float square : squares_of(products, columns)) EXPECT_GE(square, 0.0f);
  }
  for (const std::string& name : model->parameter_names()) {
    const bool is_kernel =
        model->parameter_path(name).ends_with("/kernel") && model->parameter_shape(name).rank() == 2;
    EXPECT_TRUE(!is_kernel || importance.contains(name)) << name;
  }
}

EASYDEL_INSTANTIATE_FOR_MODEL_CASES(Calibration);

// A norm without weights makes rows of a mean square of 1, whatever the tokens.
TEST(CalibrationOfLlama, SumsOverAllTokens) {
  const auto model = EDPretrainedModel::from_pretrained(kModel, {.dtype = DType::kF32});
  const std::string norm = "model.layers.0.input_layernorm.weight";
  std::vector<float> ones(static_cast<size_t>(model->parameter_shape(norm).dim(0)), 1.0f);
  model->set_parameter(norm, HostTensor::from<float>(std::vector{model->parameter_shape(norm).dim(0)}, ones));
  const ColumnImportance importance = model->column_importance(some_tokens(model->vocab_size()), 16);
  double sum = 0;
  const HostTensor& products = importance.at("model.layers.0.self_attn.q_proj.weight");
  for (const float square : squares_of(products, static_cast<int64_t>(ones.size())))
    sum += static_cast<double>(square);
  EXPECT_NEAR(sum / static_cast<double>(ones.size()), 1.0, 1e-3);
  EXPECT_THAT(error_of([&] { model->column_importance(std::vector<int32_t>{-1}); }),
              testing::HasSubstr("-1"));
  EXPECT_THAT(error_of([&] { model->column_importance({}); }), testing::HasSubstr("at least one"));
}

// Codes are cut between blocks; XLA's CPU plugin as two devices computes what the native engine does.
TEST(Int4, OnAMeshItIsTheSameModel) {
  if (!missing_cpu_plugin().empty()) GTEST_SKIP() << missing_cpu_plugin();
  for (const std::string format : {"int4", "q4_0"}) {
    LoadOptions options{.dtype = DType::kF32, .quantize = format};
    options.bit_targeted_params = {"kernel", "embedding"};
    const auto native = EDPretrainedModel::from_pretrained(kShippedModel, options);
    options.engine.engine = "pjrt:cpu";
    options.sharding.sharding_axis_dims = {1, 1, 2, 1};
    const auto mesh = EDPretrainedModel::from_pretrained(kShippedModel, options);
    EXPECT_EQ(mesh->mesh().device_count(), 2);
    expect_same_weights(*mesh, *native);
    const HostTensor ids =
        HostTensor::from<int32_t>(std::vector<int64_t>{1, 48}, some_tokens(native->vocab_size()));
    // The native engine rounds what the weights are multiplied with to int8, by blocks.
    EXPECT_LT(relative_difference((*mesh)({.input_ids = ids}).logits, (*native)({.input_ids = ids}).logits),
              1e-2);
  }
}

TEST(To8Bit, ErrorsSayWhatToDo) {
  const auto load = [](const LoadOptions& options) {
    return error_of([&] { EDPretrainedModel::from_pretrained(kModel, options); });
  };
  EXPECT_THAT(load({.quantize = "int5"}), testing::HasSubstr("int8"));
  EXPECT_THAT(load({.quantize = "int8", .bit_targeted_params = {"("}}),
              testing::HasSubstr("regular expression"));
}

}  // namespace
}  // namespace easydel::model_test
