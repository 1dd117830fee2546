// forward, tokenize, detokenize, info, convert, bench, eval and doctor.
#include <algorithm>
#include <cmath>

#include "cli/program.h"
#include "io/safetensors.h"

namespace easydel::cli_test {
namespace {

using ::testing::HasSubstr;

TEST(Tokenize, PrintsIdsOrJson) {
  EXPECT_EQ(easydel_program({"tokenize", kModel, "--text", "ROMEO:"}).out, "0,860,27\n");
  EXPECT_EQ(easydel_program({"tokenize", kModel, "--text", "ROMEO:", "--no-special"}).out, "860,27\n");
  const auto json = easydel_program({"tokenize", kModel, "--text", "ROMEO:", "--json"}).json();
  EXPECT_EQ(json["ids"], (std::vector<int>{0, 860, 27}));
  EXPECT_EQ(json["tokens"], (std::vector<std::string>{"<|begin|>", "ROMEO", ":"}));
}

TEST(Tokenize, ReadsStdinAndDetokenizeRestoresTheText) {
  const std::string text = "Was it a \xc3\xa9t\xc3\xa9,\n two  spaces \xf0\x9f\x8c\x8d?";
  const Result ids = easydel_program({"tokenize", kModel, "--text-file", "-"}, {.input = text});
  ASSERT_EQ(ids.exit_code, 0) << ids.err;
  const std::string joined = ids.out.substr(0, ids.out.size() - 1);
  EXPECT_EQ(easydel_program({"detokenize", kModel, "--ids", joined}).out, text + "\n");
  EXPECT_EQ(easydel_program({"detokenize", kModel, "--ids", joined, "--json"}).json()["text"], text);
}

TEST(Forward, WritesLogitsOfEveryPosition) {
  const Scratch scratch;
  const std::string path = scratch.path("logits.safetensors");
  const Result result = easydel_program({"forward", kModel, "--ids", "0,860,27;0,400,306", "--output", path});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const io::TensorFile file = io::open_safetensors(path);
  EXPECT_EQ(file.shape("logits"), Shape(DType::kF32, {2, 3, 1024}));
  EXPECT_FALSE(file.contains("attention_mask"));
}

TEST(Forward, PadsShortRowsOnTheLeft) {
  const Scratch scratch;
  const std::string both = scratch.path("both.safetensors"), one = scratch.path("one.safetensors");
  ASSERT_EQ(
      easydel_program({"forward", kModel, "--ids", "0,860,27;0,400", "--dtype", "f32", "-o", both}).exit_code,
      0);
  ASSERT_EQ(easydel_program({"forward", kModel, "--ids", "0,400", "--dtype", "f32", "-o", one}).exit_code, 0);
  const HostTensor padded = io::open_safetensors(both).tensor("logits");
  const HostTensor single = io::open_safetensors(one).tensor("logits");
  const HostTensor mask = io::open_safetensors(both).tensor("attention_mask");
  EXPECT_THAT(mask.data<int32_t>(), ::testing::ElementsAre(1, 1, 1, 0, 1, 1));
  for (size_t i = 0; i < 2048; ++i)
    ASSERT_NEAR(padded.data<float>()[4096 + i], single.data<float>()[i], 1e-4f);
}

TEST(Forward, WritesRouterLogitsOnRequest) {
  const Scratch scratch;
  const std::string path = scratch.path("routers.safetensors");
  const std::string model = std::string(EASYDEL_SOURCE_DIR) + "/tests/golden/models/mixtral";
  const Result result =
      easydel_program({"forward", model, "--ids", "5,6,7;8,9", "--output-router-logits", "-o", path});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const io::TensorFile file = io::open_safetensors(path);
  EXPECT_EQ(file.shape("router_logits.1"), Shape(DType::kF32, {6, 4}));
  EXPECT_FALSE(file.contains("router_logits.2"));
  EXPECT_EQ(file.shape("aux_loss"), Shape(DType::kF32, {}));
  const Result refused =
      easydel_program({"forward", kModel, "--ids", "5", "--output-router-logits", "-o", path});
  EXPECT_NE(refused.exit_code, 0);
  EXPECT_THAT(refused.err, ::testing::HasSubstr("has no routers"));
}

TEST(Init, WritesFreshWeightsOfTheSeed) {
  const Scratch scratch;
  const auto weights = [&](const char* name, std::vector<std::string> options) {
    const std::string target = scratch.path(name);
    std::vector<std::string> arguments = {"init", kModel, target, "-q"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const Result result = easydel_program(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return read_file(target + "/model.safetensors");
  };
  const std::string first = weights("first", {"--seed", "7"});
  EXPECT_EQ(weights("two-threads", {"--seed", "7", "--threads", "2", "--engine", "native"}), first);
  EXPECT_NE(weights("other", {"--seed", "8"}), first);
  EXPECT_NE(first, read_file(kModel + "/model.safetensors"));
  EXPECT_GT(weights("wide", {"--seed", "7", "--dtype", "f32"}).size(), 19 * first.size() / 10);
  EXPECT_TRUE(std::filesystem::exists(scratch.path("first") + "/tokenizer.json"));
  EXPECT_THAT(read_file(scratch.path("first") + "/README.md"), HasSubstr("\n# first\n"));
  EXPECT_EQ(
      easydel_program({"generate", scratch.path("first"), "--prompt", "KING", "-n", "4", "-q"}).exit_code, 0);
}

TEST(Init, NeedsAConfiguration) {
  const Scratch scratch;
  expect_refused(easydel_program({"init", scratch.path("nothing"), scratch.path("out")}), {"nothing"});
  expect_refused(easydel_program({"init", kModel, scratch.path("out"), "--quantize", "int8"}), {"convert"});
}

TEST(Convert, WritesAModelThatGivesTheSameText) {
  const Scratch scratch;
  const std::string copy = scratch.path("copy");
  const Result result =
      easydel_program({"convert", kModel, copy, "--format", "hf", "--max-shard-bytes", "500000"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_TRUE(std::filesystem::exists(copy + "/model.safetensors.index.json"));
  const auto text = [](const std::string& model) {
    return easydel_program({"generate", model, "--prompt", "KING", "--greedy", "-n", "16", "-q"}).out;
  };
  EXPECT_EQ(text(copy), text(kModel));
}

TEST(Convert, ChangesTheDtype) {
  const Scratch scratch;
  const std::string copy = scratch.path("copy");
  ASSERT_EQ(easydel_program({"convert", kModel, copy, "--dtype", "f32"}).exit_code, 0);
  EXPECT_EQ(io::open_safetensors(copy + "/model.safetensors").tensors()[0].shape.dtype(), DType::kF32);
  const auto config = nlohmann::json::parse(read_file(copy + "/config.json"));
  EXPECT_EQ(config["dtype"], "float32");
}

TEST(Info, PrintsAMarkdownCard) {
  const Result result = easydel_program({"info", kModel});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  for (const char* part :
       {"# tiny-shakespeare", "| layers | 6 |", "**1,238,656**", "| bf16 (as stored) | 2.5 MB |",
        "| attention | grouped-query, 2 heads share each key, causal |", "- EasyDeL\n- llama\n",
        "AutoEasyDeLModelForCausalLM::from_pretrained", "AutoModelForCausalLM.from_pretrained"})
    EXPECT_THAT(result.out, HasSubstr(part));
  EXPECT_THAT(easydel_program({"info", kModel, "--parameters"}).out,
              HasSubstr("| model.layers.0.self_attn.q_proj.weight | bf16[128,128] |"));
}

TEST(Info, ShowsTheShardingsOfAMesh) {
  const std::string card = easydel_program({"info", kModel, "--mesh", "dp=1,fsdp=2,tp=2,sp=1"}).out;
  EXPECT_THAT(card, HasSubstr("## Sharding"));
  EXPECT_THAT(card, HasSubstr("| model.layers.*.self_attn.q_proj.weight |"));
  EXPECT_THAT(easydel_program({"info", kModel}).out, ::testing::Not(HasSubstr("## Sharding")));
}

TEST(Info, KnowsTheNamesOfEachFamily) {
  const std::string models = EASYDEL_SOURCE_DIR "/tests/golden/models/";
  const std::string gpt2 = easydel_program({"info", models + "gpt2"}).out;
  for (const char* part : {"| hidden size | 32 |", "| activation | gelu_new |", "| layers: ln_1 | 128 |"})
    EXPECT_THAT(gpt2, HasSubstr(part));
  const std::string mixtral = easydel_program({"info", models + "mixtral"}).out;
  for (const char* part : {"| experts per token | 2 |", "| layers: block_sparse_moe | 37,120 |"})
    EXPECT_THAT(mixtral, HasSubstr(part));
}

TEST(Bench, JsonHasEveryField) {
  const Result result = easydel_program(
      {"bench", kModel, "--prefill", "32", "--decode", "4", "--repeat", "2", "--threads", "1", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto json = result.json();
  EXPECT_EQ(json["engine"], "native");
  EXPECT_EQ(json["dtype"], "bf16");
  EXPECT_EQ(json["threads"], 1);
  EXPECT_EQ(json["prefill_tokens"], 32);
  EXPECT_EQ(json["decode_tokens"], 4);
  EXPECT_EQ(json["weight_bytes"], 1238656 * 2);
  for (const char* field : {"prefill_tokens_per_s", "decode_tokens_per_s", "load_s", "first_token_s"})
    EXPECT_GT(json[field], 0.0) << field;
  EXPECT_GT(json["peak_rss_bytes"], json["weight_bytes"]);
  EXPECT_GE(json["huge_page_bytes"], 0);
  EXPECT_EQ(json["quantize"], "");
  EXPECT_EQ(json["batch"], 1);
}

TEST(Eval, PerplexityIsTheExponentialOfTheMeanLoss) {
  const Result result = easydel_program({"eval", kModel, "--text", kText, "--max-tokens", "600", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto json = result.json();
  EXPECT_NEAR(json["perplexity"].get<double>(), std::exp(json["nll"].get<double>()), 1e-9);
  EXPECT_EQ(json["tokens"], 598);  // the first token of each of the two windows has nothing before it
  EXPECT_LT(json["perplexity"], 60.0);
}

TEST(Eval, OverlappingWindowsScoreEveryTokenButTheFirst) {
  const Result result = easydel_program({"eval", kModel, "--text", kText, "--max-tokens", "600", "--context",
                                         "128", "--stride", "64", "--json"});
  EXPECT_EQ(result.json()["tokens"], 599);
}

TEST(Eval, ComparesWithAnotherModel) {
  const auto compared = [](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"eval",    kModel, "--text",    kText,  "--max-tokens", "600",
                                          "--dtype", "f32",  "--compare", kModel, "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Result result = easydel_program(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.json();
  };
  const auto same = compared({});
  EXPECT_EQ(same["compared"]["mean_kl"], 0.0);
  EXPECT_EQ(same["compared"]["same_top1"], 1.0);
  EXPECT_EQ(same["compared"]["perplexity"], same["perplexity"]);
  const auto int4 = compared({"--quantize", "int4"});
  EXPECT_GT(int4["compared"]["mean_kl"], 1e-3);
  EXPECT_LT(int4["compared"]["mean_kl"], 0.1);
  EXPECT_GE(int4["compared"]["max_kl"], int4["compared"]["mean_kl"]);
  EXPECT_LT(int4["compared"]["same_top1"], 1.0);
  EXPECT_EQ(int4["compared"]["perplexity"], same["perplexity"]);
}

TEST(Convert, ACalibrationMovesWeights) {
  const Scratch scratch;
  const auto weights = [&](const std::string& name, const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"convert", kModel, scratch.path(name), "--quantize", "int4"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Result result = easydel_program(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return io::open_safetensors(scratch.path(name) + "/model.safetensors");
  };
  const io::TensorFile plain = weights("plain", {});
  const io::TensorFile calibrated =
      weights("calibrated", {"--calibration", kText, "--calibration-tokens", "1024"});
  size_t moved = 0;
  for (const io::StoredTensor& stored : plain.tensors())
    if (!std::ranges::equal(plain.tensor(stored).bytes(), calibrated.tensor(stored.name).bytes())) ++moved;
  EXPECT_GT(moved, 40u);  // codes and scales of the layers' matrices
  expect_refused(easydel_program({"convert", kModel, scratch.path("out"), "--calibration", kText}),
                 {"--calibration", "--quantize"});
}

TEST(Doctor, ReportsTheMachineAndChecksAModel) {
  const auto json = easydel_program({"doctor", kModel, "--json"}).json();
  for (const char* field : {"version", "compiler", "isa_detected", "isa_active", "threads", "memory_bytes",
                            "engines", "model_types"})
    EXPECT_TRUE(json.contains(field)) << field;
  for (const char* part : {"config", "generation config", "tokenizer", "weights"})
    EXPECT_EQ(json["model"][part]["ok"], true) << part;
}

TEST(Doctor, NamesWhatIsWrongWithAModel) {
  const Scratch scratch;
  const std::string model = scratch.copy_of_model();
  std::filesystem::remove(model + "/tokenizer.json");
  const Result result = easydel_program({"doctor", model, "--json"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.json()["model"]["tokenizer"]["ok"], false);
  EXPECT_EQ(result.json()["model"]["weights"]["ok"], true);
}

}  // namespace
}  // namespace easydel::cli_test
