// Damaged models and impossible requests: one line that names the thing, exit code 1, nothing lost.
#include <unistd.h>

#include <cstring>
#include <functional>

#include "cli/program.h"

namespace easydel::cli_test {
namespace {

using Json = nlohmann::json;

Result generate(const std::string& model) {
  return easydel_program({"generate", model, "--prompt", "ROMEO:", "--greedy", "-n", "2", "--quiet"});
}

// The safetensors file of the model with its header changed by `edit`, which gets the header's JSON.
void edit_header(const Scratch& scratch, const std::function<void(Json&)>& edit) {
  const std::string path = scratch.path("model/model.safetensors");
  const std::string content = read_file(path);
  uint64_t size = 0;
  std::memcpy(&size, content.data(), sizeof size);
  Json header = Json::parse(content.substr(8, size));
  edit(header);
  const std::string text = header.dump();
  const uint64_t new_size = text.size();
  std::string edited(reinterpret_cast<const char*>(&new_size), sizeof new_size);
  scratch.write("model/model.safetensors", edited + text + content.substr(8 + size));
}

void edit_config(const Scratch& scratch, const std::function<void(Json&)>& edit) {
  Json config = Json::parse(read_file(scratch.path("model/config.json")));
  edit(config);
  scratch.write("model/config.json", config.dump());
}

class BadModel : public ::testing::Test {
 protected:
  Scratch scratch_;
  std::string model_ = scratch_.copy_of_model();
};

TEST_F(BadModel, TruncatedWeights) {
  std::filesystem::resize_file(model_ + "/model.safetensors", 100000);
  expect_refused(generate(model_), {"model.safetensors"});
  std::filesystem::resize_file(model_ + "/model.safetensors", 5);
  expect_refused(generate(model_), {"model.safetensors"});
}

TEST_F(BadModel, HeaderSizeBeyondTheFile) {
  scratch_.write("model/model.safetensors", std::string(8, '\xff') + "{}");
  expect_refused(generate(model_), {"model.safetensors", "header"});
}

TEST_F(BadModel, OverlappingTensors) {
  edit_header(scratch_, [](Json& header) {
    header["model.norm.weight"]["data_offsets"] =
        header["model.layers.0.input_layernorm.weight"]["data_offsets"];
  });
  expect_refused(generate(model_), {"model.safetensors"});
}

TEST_F(BadModel, TensorBeyondTheFile) {
  edit_header(scratch_, [](Json& header) {
    header["model.norm.weight"]["data_offsets"] = {1ull << 40, (1ull << 40) + 256};
  });
  expect_refused(generate(model_), {"model.safetensors"});
}

TEST_F(BadModel, OverflowingShape) {
  edit_header(scratch_, [](Json& header) {
    header["model.norm.weight"]["shape"] = {1ull << 62, 1ull << 62};
  });
  expect_refused(generate(model_), {"model.norm.weight"});
}

TEST_F(BadModel, UnknownDtypeName) {
  edit_header(scratch_, [](Json& header) { header["model.norm.weight"]["dtype"] = "BF17"; });
  expect_refused(generate(model_), {"BF17"});
}

TEST_F(BadModel, MissingTensorIsNamed) {
  edit_header(scratch_, [](Json& header) {
    header["model.norm.bias"] = header["model.norm.weight"];
    header.erase("model.norm.weight");
  });
  expect_refused(generate(model_), {"model.norm.weight"});
}

TEST_F(BadModel, IndexThatNamesAMissingShard) {
  std::filesystem::remove(model_ + "/model.safetensors");
  scratch_.write("model/model.safetensors.index.json",
                 R"({"metadata":{},"weight_map":{"model.norm.weight":"model-00001-of-00002.safetensors"}})");
  expect_refused(generate(model_), {"model-00001-of-00002.safetensors"});
}

TEST_F(BadModel, NoWeightsAtAll) {
  std::filesystem::remove(model_ + "/model.safetensors");
  expect_refused(generate(model_), {model_, "model.safetensors"});
}

TEST_F(BadModel, PickleThatWouldRunCodeIsNotRun) {
  std::filesystem::remove(model_ + "/model.safetensors");
  // A zip archive needs more than this; the bare pickle below is os.system("touch ran").
  scratch_.write("model/pytorch_model.bin", "cos\nsystem\n(S'touch " + scratch_.path("ran") + "'\ntR.");
  expect_refused(generate(model_), {"pytorch_model.bin"});
  EXPECT_FALSE(std::filesystem::exists(scratch_.path("ran")));
}

TEST_F(BadModel, ConfigurationsThatCannotBe) {
  struct Row {
    const char* key;
    Json value;
  };
  for (const Row& row :
       {Row{"hidden_size", nullptr}, Row{"num_hidden_layers", -1}, Row{"num_key_value_heads", 3},
        Row{"vocab_size", 1ull << 60}, Row{"intermediate_size", "wide"}, Row{"model_type", nullptr}}) {
    edit_config(scratch_, [&](Json& config) {
      if (row.value.is_null())
        config.erase(row.key);
      else
        config[row.key] = row.value;
    });
    SCOPED_TRACE(row.key);
    expect_refused(generate(model_), {row.key});
    std::filesystem::copy(kModel + "/config.json", model_ + "/config.json",
                          std::filesystem::copy_options::overwrite_existing);
  }
}

TEST_F(BadModel, UnknownActivationListsTheKnownOnes) {
  edit_config(scratch_, [](Json& config) { config["hidden_act"] = "unheard_of"; });
  expect_refused(generate(model_), {"unheard_of", "silu"});
}

TEST_F(BadModel, UnknownModelTypeListsTheKnownOnes) {
  edit_config(scratch_, [](Json& config) { config["model_type"] = "mamba9"; });
  expect_refused(generate(model_), {"mamba9", "llama", "qwen3"});
}

TEST_F(BadModel, MalformedJson) {
  scratch_.write("model/config.json", "{\"model_type\": \"llama\", ");
  expect_refused(generate(model_), {"config.json"});
}

TEST_F(BadModel, MalformedTokenizer) {
  scratch_.write("model/tokenizer.json", "[]");
  expect_refused(generate(model_), {"tokenizer.json"});
}

TEST(BadRequest, ModelsThatAreNotThere) {
  expect_refused(generate("no-such-folder"), {"no-such-folder"});
  expect_refused(generate(kText), {"shakespeare.txt"});
  const Scratch scratch;
  expect_refused(generate(scratch.path()), {"config.json"});
}

TEST(BadRequest, TokenIdsOutsideTheVocabulary) {
  expect_refused(easydel_program({"generate", kModel, "--ids", "5,1024", "-q"}), {"1024", "vocabulary"});
  expect_refused(easydel_program({"generate", kModel, "--ids=-1", "-q"}), {"-1", "vocabulary"});
  expect_refused(easydel_program({"detokenize", kModel, "--ids", "99999"}), {"99999"});
  const Scratch scratch;
  expect_refused(easydel_program({"forward", kModel, "--ids", "1,5000", "-o", scratch.path("out")}),
                 {"5000"});
}

TEST(BadRequest, IdsThatAreNoNumbers) {
  expect_refused(easydel_program({"generate", kModel, "--ids", "1,two"}), {"--ids", "two"});
  expect_refused(easydel_program({"detokenize", kModel, "--ids", "1,,2"}), {"--ids"});
  expect_refused(easydel_program({"detokenize", kModel, "--ids", "99999999999"}), {"99999999999"});
}

TEST(BadRequest, EmptyPrompts) {
  expect_refused(easydel_program({"generate", kModel, "--prompt", ""}), {"prompt", "empty"});
  const Scratch scratch;
  scratch.write("empty.txt", "");
  expect_refused(easydel_program({"generate", kModel, "--prompt-file", scratch.path("empty.txt")}),
                 {"empty"});
  expect_refused(easydel_program({"eval", kModel, "--text", scratch.path("empty.txt")}), {"empty.txt"});
}

TEST(BadRequest, PromptLongerThanTheContext) {
  const Scratch scratch;
  scratch.write("long.txt", read_file(kText).substr(0, 20000));
  expect_refused(easydel_program({"generate", kModel, "--prompt-file", scratch.path("long.txt")}),
                 {"context", "512"});
  expect_refused(easydel_program({"bench", kModel, "--prefill", "600", "--decode", "1"}), {"context", "512"});
}

TEST(BadRequest, SamplingOptionsOutOfRange) {
  expect_refused(easydel_program({"generate", kModel, "--prompt", "a", "--temperature", "0"}),
                 {"temperature"});
  expect_refused(easydel_program({"generate", kModel, "--prompt", "a", "--top-p", "1.5"}), {"top_p"});
}

// Address 0 of the process is no memory: the file opens, and reading it fails.
TEST(BadRequest, InputThatCannotBeRead) {
  expect_refused(easydel_program({"generate", kModel, "--prompt-file", "/proc/self/mem"}),
                 {"cannot read /proc/self/mem"});
}

TEST(BadRequest, APathThatIsNoUtf8ShowsInJson) {
  const Scratch scratch;
  const Result result = easydel_program({"doctor", scratch.path("caf\xe9"), "--json"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.json()["model"]["config"]["ok"], false);
}

TEST(BadRequest, OutputThatCannotBeWritten) {
  const Scratch scratch;
  scratch.write("file", "text");
  expect_refused(easydel_program({"forward", kModel, "--ids", "1", "-q", "-o", scratch.path("no/such/out")}),
                 {"no/such"});
  expect_refused(easydel_program({"convert", kModel, scratch.path("file"), "-q"}), {"file"});
  EXPECT_EQ(read_file(scratch.path("file")), "text");
  if (geteuid() != 0) {  // root may write everywhere
    std::filesystem::create_directory(scratch.path("locked"));
    std::filesystem::permissions(scratch.path("locked"), std::filesystem::perms::owner_read);
    expect_refused(easydel_program({"convert", kModel, scratch.path("locked/model"), "-q"}), {"locked"});
  }
}

TEST(BadRequest, AFullDiskLeavesTheOldModelWhole) {
  const Scratch scratch;
  const std::string model = scratch.copy_of_model("model");
  const std::string before = read_file(model + "/model.safetensors");
  const std::string config = read_file(model + "/config.json");
  const Result result =
      easydel_program({"convert", kModel, model, "--dtype", "f32", "-q"}, {.file_size_limit = 1'000'000});
  expect_refused(result, {"model.safetensors"});
  EXPECT_EQ(read_file(model + "/model.safetensors"), before);
  EXPECT_EQ(read_file(model + "/config.json"), config);
  size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(model)) ++files;
  size_t original_files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(kModel)) ++original_files;
  EXPECT_EQ(files, original_files) << "a temporary file was left behind";
}

}  // namespace
}  // namespace easydel::cli_test
