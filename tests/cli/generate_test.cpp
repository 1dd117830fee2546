// generate and chat: text, ids and timings as docs/cli.md promises.
#include <sstream>

#include "cli/program.h"

namespace easydel::cli_test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Generate, GreedyTextIsTheOneInTheModelsReadme) {
  const Result result = easydel_program({"generate", kModel, "--prompt", "ROMEO:\n", "--greedy", "--dtype",
                                         "f32", "--max-new-tokens", "48", "--echo", "--quiet"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, StartsWith("ROMEO:\nI have been a brief, and so, if I say,\n"
                                     "I'll not beat you to the morning.\n\nROMEO:\nI have a word, sir,"));
  EXPECT_EQ(result.err, "");
}

TEST(Generate, JsonHoldsIdsTextReasonAndTimings) {
  const Result result = easydel_program(
      {"generate", kModel, "--prompt", "ROMEO:", "--greedy", "--max-new-tokens", "8", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto json = result.json();
  EXPECT_EQ(json["prompt_ids"], (std::vector<int>{0, 860, 27}));
  EXPECT_EQ(json["ids"].size(), 8u);
  EXPECT_EQ(json["text"], "\nI have been a brief");
  EXPECT_EQ(json["finish_reason"], "length");
  for (const char* timing : {"load_s", "prefill_s", "decode_s"})
    EXPECT_GE(json["timings"][timing], 0.0) << timing;
}

TEST(Generate, StreamedTextEqualsTheJsonText) {
  const std::vector<std::string> common = {"generate", kModel,   "--prompt", "To be",  "--max-new-tokens",
                                           "24",       "--seed", "7",        "--quiet"};
  std::vector<std::string> with_json = common;
  with_json.push_back("--json");
  const Result streamed = easydel_program(common), whole = easydel_program(with_json);
  ASSERT_EQ(streamed.exit_code, 0) << streamed.err;
  EXPECT_EQ(streamed.out, whole.json()["text"].get<std::string>() + "\n");
}

TEST(Generate, IdsAreTakenInPlaceOfText) {
  const Result text = easydel_program(
      {"generate", kModel, "--prompt", "ROMEO:", "--greedy", "--max-new-tokens", "8", "--json"});
  const Result ids = easydel_program(
      {"generate", kModel, "--ids", "0, 860, 27", "--greedy", "--max-new-tokens", "8", "--json"});
  EXPECT_EQ(text.json()["ids"], ids.json()["ids"]);
}

TEST(Generate, RowsOfABatchEqualSingleRuns) {
  const Result batch = easydel_program({"generate", kModel, "--prompt", "ROMEO:", "--prompt", "To be, or not",
                                        "--greedy", "--dtype", "f32", "--max-new-tokens", "12", "--json"});
  ASSERT_EQ(batch.exit_code, 0) << batch.err;
  const size_t newline = batch.out.find('\n');
  const auto second = nlohmann::json::parse(batch.out.substr(newline + 1));
  const Result single = easydel_program({"generate", kModel, "--prompt", "To be, or not", "--greedy",
                                         "--dtype", "f32", "--max-new-tokens", "12", "--json"});
  EXPECT_EQ(second["ids"], single.json()["ids"]);
}

TEST(Generate, ReadsThePromptFromAFileOrStdin) {
  const Scratch scratch;
  scratch.write("prompt.txt", "ROMEO:");
  const std::vector<std::string> tail = {"--greedy", "--max-new-tokens", "6", "--quiet"};
  std::vector<std::string> from_file = {"generate", kModel, "--prompt-file", scratch.path("prompt.txt")};
  std::vector<std::string> from_stdin = {"generate", kModel, "--prompt-file", "-"};
  from_file.insert(from_file.end(), tail.begin(), tail.end());
  from_stdin.insert(from_stdin.end(), tail.begin(), tail.end());
  const Result file = easydel_program(from_file), input = easydel_program(from_stdin, {.input = "ROMEO:"});
  EXPECT_EQ(file.exit_code, 0) << file.err;
  EXPECT_EQ(file.out, input.out);
}

TEST(Generate, StopTextEndsTheGeneration) {
  const Result result = easydel_program({"generate", kModel, "--prompt", "ROMEO:\n", "--greedy", "--stop",
                                         "brief", "--max-new-tokens", "40", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.json()["finish_reason"], "stop");
  EXPECT_THAT(result.json()["text"], ::testing::Not(HasSubstr("and so")));
}

// Ids and scores are Transformers'.
TEST(Generate, BeamsGiveTheLikeliestTextsAndTheirScores) {
  const std::vector<std::string> beams = {"generate", kModel,        "--prompt", "ROMEO:", "--dtype",
                                          "f32",      "--num-beams", "4",        "-n",     "10"};
  const auto texts = [&](std::vector<std::string> more) {
    more.insert(more.begin(), beams.begin(), beams.end());
    more.insert(more.end(), {"--num-return-sequences", "2", "--json"});
    const Result result = easydel_program(more);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    std::vector<nlohmann::json> lines;
    std::istringstream out(result.out);
    for (std::string line; std::getline(out, line);) lines.push_back(nlohmann::json::parse(line));
    lines.resize(2);
    return lines;
  };
  const std::vector<int> best = {200, 46, 286, 473, 13, 260, 90, 15, 200, 200};
  const auto plain = texts({});
  EXPECT_EQ(plain[0]["ids"], best);
  EXPECT_EQ(plain[0]["text"], "\nMarry, ay.\n\n");
  EXPECT_NEAR(plain[0]["score"], -1.13701, 1e-4);
  EXPECT_EQ(plain[1]["text"], "\nMarry, ay, a word");
  EXPECT_NEAR(plain[1]["score"], -1.41418, 1e-4);
  const auto edited =
      texts({"--length-penalty", "2", "--early-stopping", "never", "--no-repeat-ngram-size", "2"});
  EXPECT_EQ(edited[0]["ids"], best);
  EXPECT_NEAR(edited[0]["score"], -0.113701, 1e-5);
  EXPECT_EQ(edited[1]["text"], "\nMarry, ay, for a");
  EXPECT_NEAR(edited[1]["score"], -0.146452, 1e-5);

  std::vector<std::string> as_text = beams;
  as_text.push_back("--quiet");
  EXPECT_EQ(easydel_program(as_text).out, "\nMarry, ay.\n\n\n");
}

TEST(Generate, SamplesOfAPromptAreAsManyAsAreAskedFor) {
  const Result result = easydel_program({"generate", kModel, "--prompt", "KING", "--typical-p", "0.9",
                                         "--seed", "3", "--num-return-sequences", "3", "-n", "8", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 3);
  EXPECT_THAT(result.out, ::testing::Not(HasSubstr("score")));
  expect_refused(easydel_program({"generate", kModel, "--prompt", "KING", "--num-return-sequences", "3"}),
                 {"num_return_sequences", "do_sample"});
  expect_wrong_usage(easydel_program({"generate", kModel, "--prompt", "KING", "--early-stopping", "maybe"}),
                     {"early-stopping"});
}

TEST(Generate, TheSameSeedGivesTheSameText) {
  const std::vector<std::string> arguments = {"generate", kModel, "--prompt", "KING", "--seed",
                                              "3",        "-n",   "16",       "-q"};
  EXPECT_EQ(easydel_program(arguments).out, easydel_program(arguments).out);
}

TEST(Generate, ThreadsDoNotChangeTheText) {
  const auto text = [](const char* threads) {
    return easydel_program({"generate", kModel, "--prompt", "KING", "--greedy", "--dtype", "f32", "-n", "16",
                            "-q", "--threads", threads})
        .out;
  };
  EXPECT_EQ(text("1"), text("2"));
}

TEST(Generate, SpeedGoesToStderrUnlessQuiet) {
  const Result result = easydel_program({"generate", kModel, "--prompt", "KING", "--greedy", "-n", "4"});
  EXPECT_THAT(result.err, HasSubstr("tokens/s"));
}

TEST(Generate, WorksOnIdsWithoutATokenizer) {
  const Scratch scratch;
  const std::string model = scratch.copy_of_model();
  std::filesystem::remove(model + "/tokenizer.json");
  const Result result =
      easydel_program({"generate", model, "--ids", "0,860,27", "--greedy", "-n", "3", "-q"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "200,42,357\n");
  expect_refused(easydel_program({"generate", model, "--prompt", "hi"}), {"tokenizer.json", "--ids"});
}

TEST(Chat, AnswersEveryLineUntilTheEndOfTheInput) {
  const Result result =
      easydel_program({"chat", kModel, "--greedy", "-n", "8", "--quiet", "--system", "A play."},
                      {.input = "Who art thou?\n\nAnd why?\n"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_GE(std::count(result.out.begin(), result.out.end(), '\n'), 2);
  EXPECT_EQ(result.err, "");
}

TEST(Chat, ForgetsOldTurnsWhenTheContextIsFull) {
  std::string lines;
  for (int i = 0; i < 24; ++i)
    lines += "Tell me of the king and of his brother, who went to the war in France.\n";
  const Result result = easydel_program({"chat", kModel, "--greedy", "-n", "16"}, {.input = lines});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("the oldest turn is forgotten"));
}

TEST(Generate, OptionsOfTheConfigurationAreTaken) {
  const auto run = [](std::vector<std::string> options) {
    options.insert(options.begin(),
                   {"generate", kModel, "--prompt", "ROMEO:", "--greedy", "-n", "8", "--json"});
    return easydel_program(options);
  };
  const auto ids = run({"--dtype", "f32"}).json()["ids"];
  for (const std::vector<std::string>& options : std::vector<std::vector<std::string>>{
           {"--dtype", "f32", "--kv-cache", "int8"},
           {"--dtype", "f32", "--config-set", "quantize_kv_cache=true"},
           {"--dtype", "f32", "--param-dtype", "bf16"},
           {"--dtype", "f32", "--precision", "default", "--config-set", "attn_mechanism=vanilla"}})
    EXPECT_EQ(run(options).json()["ids"], ids) << ::testing::PrintToString(options);
  EXPECT_THAT(run({"--verbose"}).err, HasSubstr("loaded LlamaForCausalLM"));
  EXPECT_THAT(run({"--config-set", "hidden_size=big"}).err, HasSubstr("hidden_size"));
  EXPECT_THAT(run({"--config-set", "hidden_size"}).err, HasSubstr("key=value"));
  EXPECT_THAT(run({"--kv-cache", "int3"}).err, HasSubstr("int8, float or auto"));
  EXPECT_THAT(run({"--precision", "low"}).err, HasSubstr("highest"));
}

}  // namespace
}  // namespace easydel::cli_test
