// `easydel plugins`, and what the other commands say about plugins.
#include <cstdlib>

#include "cli/program.h"
#include "easydel/plugins.h"

namespace easydel::cli_test {
namespace {

using ::testing::HasSubstr;

/// Sets a variable for the programs that a test starts.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) { setenv(name, value.c_str(), 1); }
  ~Variable() { unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

bool cpu_plugin_runs() {
  for (const auto& plugin : easydel_program({"plugins", "list", "--json"}).json())
    if (plugin["name"] == "cpu") return plugin["usable"].get<bool>();
  return false;
}

TEST(Plugins, ListShowsEachKnownPlugin) {
  const Result result = easydel_program({"plugins", "list"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  for (const char* name : {"cpu ", "cuda ", "rocm ", "tpu "}) EXPECT_THAT(result.out, HasSubstr(name));
}

TEST(Plugins, APluginThatCannotBeUsedSaysWhy) {
  const Scratch scratch;
  scratch.write("plugin.so", "no library");
  const Variable variable("EASYDEL_CPU_PLUGIN", scratch.path("plugin.so"));
  const auto rows = easydel_program({"plugins", "list", "--json"}).json();
  EXPECT_EQ(rows[0]["name"], "cpu");
  EXPECT_EQ(rows[0]["usable"], false);
  EXPECT_THAT(rows[0]["problem"].get<std::string>(),
              HasSubstr(has_pjrt() ? "cannot be used" : "no PJRT engine"));
  const auto report = easydel_program({"doctor", "--json"}).json();
  EXPECT_EQ(report["plugins"][0]["problem"], rows[0]["problem"]);
  EXPECT_EQ(report["engines"][0], "native");
}

TEST(Plugins, WrongRequestsAreNamed) {
  expect_wrong_usage(easydel_program({"plugins"}), {"easydel plugins"});
  expect_wrong_usage(easydel_program({"plugins", "install"}), {"NAME"});
  expect_wrong_usage(easydel_program({"plugins", "install", "vulkan"}), {"vulkan"});
  expect_refused(easydel_program({"plugins", "install", "cpu", "--offline"}), {"network"});
}

TEST(Plugins, AMissingPluginNamesTheCommandThatMendsIt) {
  const Variable variable("EASYDEL_CPU_PLUGIN", "/nowhere/plugin.so");
  expect_refused(easydel_program({"generate", kModel, "--prompt", "a", "--engine", "pjrt:cpu"}),
                 {has_pjrt() ? "EASYDEL_CPU_PLUGIN=/nowhere/plugin.so" : "no PJRT engine"});
}

TEST(Plugins, GenerateGivesTheSameTokensAsTheNativeEngine) {
  if (!cpu_plugin_runs()) GTEST_SKIP() << "pjrt:cpu does not run here; `easydel doctor` says why";
  const auto ids = [](const std::string& engine) {
    const Result result =
        easydel_program({"generate", kModel, "--prompt", "ROMEO:\nO, she doth", "--greedy",
                         "--max-new-tokens", "24", "--json", "--quiet", "--engine", engine});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.json()["ids"];
  };
  EXPECT_EQ(ids("pjrt:cpu"), ids("native"));
}

}  // namespace
}  // namespace easydel::cli_test
