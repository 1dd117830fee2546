// The command line itself: help, versions, wrong usage, options that this version refuses.
#include "cli/program.h"

namespace easydel::cli_test {
namespace {

using ::testing::HasSubstr;

TEST(Usage, HelpGoesToStdoutAndTeachesByExample) {
  for (const char* command : {"generate", "chat", "forward", "tokenize", "detokenize", "info", "init",
                              "convert", "bench", "eval", "doctor", "plugins"}) {
    const Result result = easydel_program({command, "--help"});
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_THAT(result.out, HasSubstr(std::string("Examples:\n  e"))) << command;
    for (const char* option :
         {"--dtype", "--threads", "--engine", "--mesh", "--layers", "--quantize", "--offline", "--quiet"})
      EXPECT_THAT(result.out, HasSubstr(option)) << command;
    EXPECT_EQ(result.err, "");
  }
}

TEST(Usage, VersionIsOneLine) {
  EXPECT_THAT(easydel_program({"--version"}).out,
              ::testing::MatchesRegex("easydel [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST(Usage, WrongUsageExitsWithTwoAndAHint) {
  expect_wrong_usage(easydel_program({}), {"subcommand"});
  expect_wrong_usage(easydel_program({"genrate"}), {"unknown command genrate", "did you mean generate?"});
  expect_wrong_usage(easydel_program({"generate", kModel, "--prmpt", "hi"}),
                     {"unknown option --prmpt", "did you mean --prompt?"});
  expect_wrong_usage(easydel_program({"tokenize"}), {"easydel tokenize", "required"});
  expect_wrong_usage(easydel_program({"generate", kModel}), {"--prompt"});
  expect_wrong_usage(easydel_program({"generate", kModel, "--prompt", "a", "--ids", "1"}), {"--ids"});
  expect_wrong_usage(easydel_program({"generate", kModel, "--prompt", "a", "--threads", "x"}), {"--threads"});
  expect_wrong_usage(easydel_program({"generate", kModel, "--prompt", "a", "--greedy", "--top-k", "4"}),
                     {"--greedy", "--top-k"});
  expect_wrong_usage(easydel_program({"detokenize", kModel, "--ids", "1", "more"}), {"more"});
}

TEST(Usage, WhatThisVersionCannotDoIsNamed) {
  const auto generate = [](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"generate", kModel, "--prompt", "a"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return easydel_program(arguments);
  };
  expect_refused(generate({"--quantize", "int5"}), {"int5", "int8"});
  for (const char* engine : {"auto", "native"})
    expect_refused(generate({"--mesh", "dp=1,fsdp=2", "--engine", engine}),
                   {"needs 2 devices", "native engine has 1", "pjrt:cpu"});
  expect_refused(generate({"--mesh", "twice"}), {"--mesh", "twice"});
  expect_refused(generate({"--layers", "rolled"}), {"--layers", "rolled", "unrolled"});
  expect_refused(generate({"--mesh", "dp=1,fdsp=1,tp=1,sp=1"}), {"--mesh", "fdsp", "fsdp"});
  expect_refused(easydel_program({"info", kModel, "--plan", "--dtype", "i32"}), {"--dtype", "f32"});
  expect_refused(easydel_program({"info", kModel, "--plan", "--quantize", "int5"}), {"int5", "int8"});
  expect_refused(generate({"--engine", "quantum"}), {"quantum", "native", "pjrt:cpu"});
  expect_refused(generate({"--dtype", "i8"}), {"--dtype", "f32"});
  expect_refused(generate({"--dtype", "int5"}), {"int5"});
  expect_refused(generate({"--threads", "-1"}), {"--threads"});
  expect_refused(easydel_program({"convert", kModel, "out", "--format", "gguf"}), {"gguf", "hf"});
  expect_refused(easydel_program({"generate", "model.gguf", "--prompt", "a"}), {"GGUF"});
  expect_refused(easydel_program({"generate", "owner/name", "--prompt", "a", "--offline"}),
                 {"owner/name", "Hub"});
}

TEST(Usage, AMeshOfOneDeviceIsAccepted) {
  EXPECT_EQ(
      easydel_program({"tokenize", kModel, "--text", "a", "--mesh", "dp=1,fsdp=-1,tp=1,sp=1"}).exit_code, 0);
}

}  // namespace
}  // namespace easydel::cli_test
