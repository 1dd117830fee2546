// Checkpoints that do not fit their configuration: what is refused, what is named, what options allow.
#include <gmock/gmock.h>

#include <map>

#include "io/checkpoint.h"
#include "io/safetensors.h"
#include "models/model_case.h"
#include "unit/io/io_test_support.h"

namespace easydel::model_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kNorm = "model.norm.weight";
constexpr const char* kEmbedding = "model.embed_tokens.weight";

/// A copy of a small tied Llama whose tensors may be changed.
class Loading : public ::testing::Test {
 protected:
  Loading() {
    std::filesystem::copy(golden_folder("llama_grouped"), directory());
    const io::Checkpoint checkpoint = io::Checkpoint::open(golden_folder("llama_grouped"));
    for (const std::string& name : checkpoint.names()) tensors_[name] = checkpoint.tensor(name);
  }

  std::filesystem::path directory() const { return scratch_ / "model"; }
  std::unique_ptr<EDPretrainedModel> load(const LoadOptions& options = {}) const {
    io::write_safetensors(directory() / "model.safetensors", {tensors_.begin(), tensors_.end()});
    return EDPretrainedModel::from_pretrained(directory(), options);
  }
  std::string load_error(const LoadOptions& options = {}) const {
    return coded_error_of([&] { load(options); });
  }
  void rename(const std::string& from, const std::string& to) {
    auto tensor = tensors_.extract(from);
    tensor.key() = to;
    tensors_.insert(std::move(tensor));
  }

  io::ScratchDirectory scratch_;
  std::map<std::string, HostTensor> tensors_;
};

TEST_F(Loading, MissingTensorsAreNamed) {
  tensors_.erase(kNorm);
  tensors_.erase("model.layers.1.mlp.up_proj.weight");
  EXPECT_THAT(load_error(), AllOf(StartsWith("not found: from_pretrained: "), HasSubstr("2 tensor(s)"),
                                  HasSubstr("model.layers.1.mlp.up_proj.weight, model.norm.weight;"),
                                  HasSubstr("allow_missing")));
  const auto model = load({.allow_missing = true});
  EXPECT_THAT(model->load_report().missing, ElementsAre("model.layers.1.mlp.up_proj.weight", kNorm));
  EXPECT_EQ(model->parameter(kNorm).to(DType::kF32).data<float>()[0], 1.0f);
}

TEST_F(Loading, ManyMissingTensorsAreCounted) {
  std::erase_if(tensors_,
                [](const auto& entry) { return entry.first.find("layers.1") != std::string::npos; });
  EXPECT_THAT(load_error(), AllOf(HasSubstr("9 tensor(s)"), HasSubstr("and 4 more")));
}

TEST_F(Loading, MissingTensorsComeFromTheSeed) {
  const std::string name = "model.layers.0.mlp.up_proj.weight";
  tensors_.erase(name);
  const auto a = load({.allow_missing = true, .seed = 1}), same = load({.allow_missing = true, .seed = 1}),
             other = load({.allow_missing = true, .seed = 2});
  EXPECT_EQ(a->parameter(name).dtype(), DType::kBF16);
  EXPECT_TRUE(is_identical(a->parameter(name), same->parameter(name)));
  EXPECT_FALSE(is_identical(a->parameter(name), other->parameter(name)));
}

TEST_F(Loading, UnexpectedTensorsAreReported) {
  tensors_["model.vision.weight"] = HostTensor::zeros({DType::kF32, {2}});
  EXPECT_THAT(load()->load_report().unexpected, ElementsAre("model.vision.weight"));
}

TEST_F(Loading, DerivedAndTiedTensorsAreNotUnexpected) {
  tensors_["model.layers.0.self_attn.rotary_emb.inv_freq"] = HostTensor::zeros({DType::kF32, {4}});
  tensors_["lm_head.weight"] = tensors_.at(kEmbedding);
  EXPECT_TRUE(load()->load_report().unexpected.empty());
}

TEST_F(Loading, MismatchedTensorsAreNamedWithBothShapes) {
  tensors_[kNorm] = HostTensor::zeros({DType::kBF16, {31}});
  EXPECT_THAT(load_error(),
              AllOf(StartsWith("shape mismatch: from_pretrained: "), HasSubstr(kNorm), HasSubstr("bf16[31]"),
                    HasSubstr("[32]"), HasSubstr("ignore_mismatched_sizes")));
  const auto model = load({.ignore_mismatched_sizes = true});
  EXPECT_THAT(model->load_report().mismatched, ElementsAre(kNorm));
  EXPECT_EQ(model->parameter(kNorm).to(DType::kF32).data<float>()[31], 1.0f);
}

TEST_F(Loading, ATransposedWeightIsAMismatch) {
  const std::string name = "model.layers.0.mlp.up_proj.weight";  // [48, 32]
  tensors_[name] = tensors_.at(name).reshaped(std::vector<int64_t>{32, 48});
  EXPECT_THAT(load_error(), AllOf(HasSubstr("bf16[32,48]"), HasSubstr("[48,32]")));
}

TEST_F(Loading, NamesOfTheBaseModelAreFound) {
  const auto original = load();
  std::vector<std::string> names;
  for (const auto& [name, tensor] : tensors_) names.push_back(name);
  for (const std::string& name : names) rename(name, name.substr(std::string("model.").size()));
  const auto model = load();
  EXPECT_TRUE(model->load_report().unexpected.empty());
  expect_same_weights(*model, *original);
}

TEST_F(Loading, ATiedEmbeddingIsFoundUnderTheHeadsName) {
  const auto original = load();
  rename(kEmbedding, "lm_head.weight");
  const auto model = load();
  EXPECT_TRUE(model->load_report().missing.empty());
  expect_same_weights(*model, *original);
}

TEST_F(Loading, WeightsMustBeFloats) {
  tensors_[kNorm] = HostTensor::zeros({DType::kI8, {32}});
  EXPECT_THAT(load_error(), AllOf(StartsWith("unsupported"), HasSubstr(kNorm), HasSubstr("i8")));
}

TEST_F(Loading, EachFloatDtypeIsConverted) {
  const HostTensor wide = tensors_.at(kNorm).to(DType::kF64);
  tensors_[kNorm] = wide;
  EXPECT_EQ(load()->parameter(kNorm).dtype(), DType::kF32) << "f64 is computed as f32";
  for (const DType dtype : {DType::kF32, DType::kBF16, DType::kF16})
    EXPECT_TRUE(is_identical(load({.dtype = dtype})->parameter(kNorm), wide.to(dtype))) << to_string(dtype);
  for (const DType dtype : {DType::kF64, DType::kI32})
    EXPECT_THAT(load_error({.dtype = dtype}), AllOf(HasSubstr(to_string(dtype)), HasSubstr("bf16")));
}

TEST_F(Loading, AConfigurationOfAnotherSizeIsRefused) {
  EDPretrainedConfig config = EDPretrainedConfig::from_pretrained(directory());
  config.set("intermediate_size", "40");
  config.save_pretrained(directory());
  EXPECT_THAT(load_error(), AllOf(HasSubstr("6 tensor(s)"), HasSubstr("[40,32]")));
}

TEST_F(Loading, UnknownEnginesAreRefused) {
  EXPECT_THAT(load_error({.engine = {.engine = "abacus"}}), AllOf(HasSubstr("abacus"), HasSubstr("native")));
}

}  // namespace
}  // namespace easydel::model_test
