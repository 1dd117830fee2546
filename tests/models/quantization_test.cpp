// Models in 8 bits: made in place and while loading, saved and loaded again, on a mesh.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "base/transpose.h"
#include "easydel/plan.h"
#include "easydel/state.h"
#include "io/checkpoint.h"
#include "models/model_case.h"
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

TEST_P(Quantization, SavedAndLoadedItIsTheSameBits) {
  const auto original = load(folder(), {.quantize = "int8"});
  original->save_pretrained(scratch_ / "saved");
  const auto saved = load(scratch_ / "saved");
  EXPECT_TRUE(saved->load_report().unexpected.empty());
  EXPECT_EQ(saved->quantization(), "int8");
  EXPECT_EQ(saved->config().json(), original->config().json());
  expect_same_weights(*saved, *original);
  EXPECT_TRUE(is_identical(logits(*saved), logits(*original)));
  saved->save_pretrained(scratch_ / "again");
  EXPECT_EQ(io::read_text(scratch_ / "again" / "model.safetensors"),
            io::read_text(scratch_ / "saved" / "model.safetensors"));
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
  const auto model = load(folder(), {.quantize = "int8"});
  const PlanOptions options{.dtype = model->dtype(), .quantize = "int8"};
  EXPECT_EQ(plan_sharding(load(folder())->config(), options).total_weight_bytes, model->weight_bytes());
  EXPECT_EQ(plan_sharding(model->config(), {.dtype = model->dtype()}).total_weight_bytes,
            model->weight_bytes());
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
