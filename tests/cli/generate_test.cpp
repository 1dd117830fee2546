// generate and chat: text, ids and timings as docs/cli.md promises.
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

}  // namespace
}  // namespace easydel::cli_test
