// EasyDeL's layout: its own files load, and every model goes there and back without changing a bit.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "io/checkpoint.h"
#include "io/flax_stream.h"
#include "models/model_case.h"
#include "unit/io/io_test_support.h"

namespace easydel::model_test {
namespace {

using ::testing::HasSubstr;

const std::filesystem::path kGolden = EASYDEL_SOURCE_DIR "/tests/golden/easydel";

TEST(EasyDeLFiles, EasyDeLsParametersLoad) {
  const auto safe = EDPretrainedModel::from_pretrained(kGolden / "llama_safe");
  EXPECT_EQ(safe->dtype(), DType::kF32);
  EXPECT_TRUE(safe->load_report().unexpected.empty());
  const auto stream = EDPretrainedModel::from_pretrained(kGolden / "llama_msgpack");
  EXPECT_EQ(stream->dtype(), DType::kBF16);
  EXPECT_TRUE(stream->load_report().unexpected.empty());
  // The stream is the same model in bfloat16.
  expect_same_weights(*EDPretrainedModel::from_pretrained(kGolden / "llama_safe", {.dtype = DType::kBF16}),
                      *stream);
}

TEST(EasyDeLFiles, WrongShapesAndMissingTensorsAreNamed) {
  const io::ScratchDirectory scratch;
  std::filesystem::copy(kGolden / "llama_safe", scratch / "model");
  EDPretrainedConfig config = EDPretrainedConfig::from_pretrained(scratch / "model");
  const auto load_error = [&](std::string_view key, std::string_view value) {
    EDPretrainedConfig changed = config;
    changed.set(key, value);
    changed.save_pretrained(scratch / "model");
    return coded_error_of([&] { EDPretrainedModel::from_pretrained(scratch / "model"); });
  };
  EXPECT_THAT(load_error("intermediate_size", "48"),
              AllOf(HasSubstr("shape mismatch"), HasSubstr("f32[32,64]"), HasSubstr("makes it [32,48]")));
  EXPECT_THAT(load_error("num_hidden_layers", "3"),
              AllOf(HasSubstr("not found"), HasSubstr("model.layers.2.")));
}

TEST(EasyDeLFiles, OneSaveReplacesTheOther) {
  const io::ScratchDirectory scratch;
  const auto model = EDPretrainedModel::from_pretrained(golden_folder("llama_grouped"));
  const auto weights = [&] {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(scratch.path()))
      if (entry.path().extension() != ".json" && entry.path().filename() != "README.md")
        names.push_back(entry.path().filename().string());
    return names;
  };
  model->save_pretrained(scratch.path(), {.max_shard_bytes = 8000});
  model->save_pretrained(scratch.path(), {.format = ModelFormat::kEasyDeL});
  EXPECT_THAT(weights(), testing::ElementsAre("easydel-model.parameters"));
  EXPECT_FALSE(std::filesystem::exists(scratch / "model.safetensors.index.json"));
  model->to_pytorch(scratch.path(), {.format = ModelFormat::kEasyDeL});
  EXPECT_THAT(weights(), testing::ElementsAre("model.safetensors"));
}

class EasyDeLRoundTrip : public PerModelCase {};

TEST_P(EasyDeLRoundTrip, ChangesNoBit) {
  for (const DType dtype : {DType::kF32, DType::kBF16, DType::kF16}) {
    for (const bool safe : {true, false}) {
      const io::ScratchDirectory scratch;
      const auto original = EDPretrainedModel::from_pretrained(folder(), {.dtype = dtype});
      original->save_pretrained(scratch / "easydel", {.format = ModelFormat::kEasyDeL, .safe = safe});
      const auto there = EDPretrainedModel::from_pretrained(scratch / "easydel");
      EXPECT_TRUE(there->load_report().unexpected.empty());
      expect_same_weights(*there, *original);
      there->to_pytorch(scratch / "back");
      expect_same_weights(*EDPretrainedModel::from_pretrained(scratch / "back"), *original);
      EXPECT_EQ(there->config().json(), EDPretrainedConfig::from_pretrained(scratch / "back").json());
    }
  }
}

TEST_P(EasyDeLRoundTrip, NamesAndLayoutAreFlaxs) {
  const io::ScratchDirectory scratch;
  model().save_pretrained(scratch.path(), {.format = ModelFormat::kEasyDeL});
  const io::Checkpoint checkpoint = io::Checkpoint::open(scratch.path());
  EXPECT_TRUE(checkpoint.is_easydel());
  ASSERT_EQ(checkpoint.names().size(), model().parameter_names().size());
  for (const std::string& name : model().parameter_names()) {
    std::string path = model().parameter_path(name);
    std::ranges::replace(path, '/', '.');
    ASSERT_TRUE(checkpoint.contains(path)) << path;
    const HostTensor stored = checkpoint.tensor(path), weight = model().parameter(name);
    if (!path.ends_with("kernel") || weight.shape().rank() != 2) {
      EXPECT_TRUE(is_identical(stored, weight)) << path;
      continue;
    }
    const int64_t rows = weight.shape().dim(0), columns = weight.shape().dim(1);
    ASSERT_EQ(stored.shape(), weight.shape().with_dims({columns, rows})) << path;
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t column = 0; column < columns; ++column)
        ASSERT_EQ(stored.data<float>()[static_cast<size_t>(column * rows + row)],
                  weight.data<float>()[static_cast<size_t>(row * columns + column)])
            << path;
  }
}

EASYDEL_INSTANTIATE_FOR_MODEL_CASES(EasyDeLRoundTrip);

}  // namespace
}  // namespace easydel::model_test
