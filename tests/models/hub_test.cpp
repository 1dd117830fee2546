// Models, configurations and tokenizers by the name of a repository.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "easydel/config.h"
#include "easydel/tokenizer.h"
#include "fake_hub/fake_hub.h"
#include "fake_hub/hub_environment.h"
#include "models/model_case.h"
#include "unit/io/io_test_support.h"

namespace easydel {
namespace {

const std::filesystem::path kShippedModel = EASYDEL_SOURCE_DIR "/data/tiny-shakespeare";

class HubModel : public ::testing::Test {
 protected:
  HubModel() {
    for (const auto& entry : std::filesystem::directory_iterator(kShippedModel)) {
      const std::string name = entry.path().filename().string(), content = io::read_text(entry.path());
      if (name == "model.safetensors")
        hub_.add_large("org/shakespeare", name, content);
      else
        hub_.add("org/shakespeare", name, content);
    }
    test_support::use_hub_environment({{"HF_ENDPOINT", hub_.url()}, {"HF_HUB_CACHE", scratch_ / "cache"}});
  }

  io::ScratchDirectory scratch_;
  test_support::FakeHub hub_;
};

TEST_F(HubModel, LoadsAsFromItsDirectory) {
  const auto model = EDPretrainedModel::from_pretrained("org/shakespeare");
  const auto direct = EDPretrainedModel::from_pretrained(kShippedModel);
  EXPECT_EQ(model->name_or_path(), scratch_ / "cache/models--org--shakespeare/snapshots" / hub_.commit());
  EXPECT_EQ(model->generation_config().eos_token_id, direct->generation_config().eos_token_id);
  const Tokenizer tokenizer = Tokenizer::from_pretrained(model->name_or_path());
  const std::vector<int32_t> prompt = tokenizer.encode("ROMEO:");
  GenerationConfig config = direct->generation_config();
  config.max_new_tokens = 8;
  config.do_sample = false;
  EXPECT_EQ(model->generate({prompt}, config).front().ids, direct->generate({prompt}, config).front().ids);
}

TEST_F(HubModel, PartsFetchWhatTheyRead) {
  EXPECT_EQ(EDPretrainedConfig::from_pretrained("org/shakespeare").model_type(), "llama");
  EXPECT_EQ(GenerationConfig::from_pretrained("org/shakespeare").eos_token_id,
            GenerationConfig::from_pretrained(kShippedModel).eos_token_id);
  EXPECT_GT(Tokenizer::from_pretrained("org/shakespeare").vocab_size(), 0);
  EXPECT_EQ(hub_.count("GET", "model.safetensors"), 0);
  const HubOptions offline{.local_files_only = true};
  EXPECT_EQ(EDPretrainedConfig::from_pretrained("org/shakespeare", offline).model_type(), "llama");
  EXPECT_THAT(
      coded_error_of([&] { EDPretrainedModel::from_pretrained("org/shakespeare", {.hub = offline}); }),
      ::testing::HasSubstr("model.safetensors"));
}

TEST_F(HubModel, AVariantOfADirectoryIsOpened) {
  std::filesystem::copy(kShippedModel, scratch_ / "model");
  std::filesystem::rename(scratch_ / "model/model.safetensors", scratch_ / "model/model.fp16.safetensors");
  EXPECT_GT(
      EDPretrainedModel::from_pretrained(scratch_ / "model", {.hub = {.variant = "fp16"}})->weight_bytes(),
      0u);
  EXPECT_THAT(coded_error_of([&] { EDPretrainedModel::from_pretrained(scratch_ / "model"); }),
              ::testing::HasSubstr("holds no weights"));
}

}  // namespace
}  // namespace easydel
