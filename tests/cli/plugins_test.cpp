// `easydel plugins`, and what the other commands say about plugins.
#include <cstdlib>
#include <thread>

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

/// The path of the CPU plugin; empty where it does not run.
std::string cpu_plugin() {
  for (const auto& plugin : easydel_program({"plugins", "list", "--json"}).json())
    if (plugin["name"] == "cpu" && plugin["usable"].get<bool>()) return plugin["path"];
  return "";
}

Result generate_on(const std::string& engine, const RunOptions& options = {}) {
  return easydel_program(
      {"generate", kModel, "--prompt", "ROMEO:", "--greedy", "--max-new-tokens", "4", "--engine", engine},
      options);
}

std::vector<std::filesystem::path> files_of(const std::string& folder) {
  std::vector<std::filesystem::path> files;
  if (std::filesystem::exists(folder))
    for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry.path());
  return files;
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
  if (cpu_plugin().empty()) GTEST_SKIP() << "pjrt:cpu does not run here; `easydel doctor` says why";
  const auto ids = [](const std::string& engine) {
    const Result result =
        easydel_program({"generate", kModel, "--prompt", "ROMEO:\nO, she doth", "--greedy",
                         "--max-new-tokens", "24", "--json", "--quiet", "--engine", engine});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.json()["ids"];
  };
  EXPECT_EQ(ids("pjrt:cpu"), ids("native"));
}

constexpr const char* kSkip = "pjrt:cpu does not run here; `easydel doctor` says why";

TEST(Auto, IsNativeWhereNoAcceleratorCanBeUsed) {
  const Scratch scratch;
  scratch.write("plugin.so", "no library");
  const Variable cuda("EASYDEL_CUDA_PLUGIN", scratch.path("plugin.so"));
  const Variable rocm("EASYDEL_ROCM_PLUGIN", "/nowhere/rocm.so");
  const Variable tpu("EASYDEL_TPU_PLUGIN", "/nowhere/tpu.so");
  const Result result = generate_on("auto");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, generate_on("native").out);
  const auto report = easydel_program({"doctor", "--json"}).json();
  EXPECT_EQ(report["auto_engine"], "native");
  EXPECT_THAT(report["auto_reason"].get<std::string>(),
              HasSubstr(has_pjrt() ? "plugin.so cannot be used" : "no PJRT engine"));
  EXPECT_THAT(easydel_program({"doctor"}).out, HasSubstr("auto          native: passed over pjrt:cuda"));
}

// XLA's CPU plugin stands for an accelerator's: it needs no other options than a TPU's.
TEST(Auto, IsAnAcceleratorWhereOneIsFound) {
  const std::string plugin = cpu_plugin();
  if (plugin.empty()) GTEST_SKIP() << kSkip;
  const Variable cuda("EASYDEL_CUDA_PLUGIN", "/nowhere/cuda.so");
  const Variable rocm("EASYDEL_ROCM_PLUGIN", "/nowhere/rocm.so");
  const Variable tpu("EASYDEL_TPU_PLUGIN", plugin);
  const Result result =
      easydel_program({"bench", kModel, "--prefill", "8", "--decode", "1", "--repeat", "1", "--json", "-q"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.json()["engine"], "pjrt:tpu");
  EXPECT_EQ(easydel_program({"doctor", "--json"}).json()["auto_engine"], "pjrt:tpu");
}

TEST(ProgramCache, TwoProcessesFillItAndAThirdReadsIt) {
  const std::string plugin = cpu_plugin();
  if (plugin.empty()) GTEST_SKIP() << kSkip;
  const Scratch scratch;
  const Variable found("EASYDEL_CPU_PLUGIN", plugin);
  const Variable cache("EASYDEL_CACHE_DIR", scratch.path("cache"));
  Result first, second;
  std::thread other([&] { first = generate_on("pjrt:cpu"); });
  second = generate_on("pjrt:cpu");
  other.join();
  EXPECT_EQ(first.exit_code, 0) << first.err;
  EXPECT_EQ(first.out, generate_on("native").out);
  EXPECT_EQ(second.out, first.out);
  const auto files = files_of(scratch.path("cache/programs"));
  ASSERT_GE(files.size(), 2u) << "prefill and decode";
  const auto long_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(1);
  for (const auto& file : files) {
    EXPECT_EQ(file.extension(), ".program");
    std::filesystem::last_write_time(file, long_ago);
    std::filesystem::permissions(file, std::filesystem::perms::owner_read);
  }
  const Result third = generate_on("pjrt:cpu");
  EXPECT_EQ(third.out, first.out);
  EXPECT_EQ(files_of(scratch.path("cache/programs")).size(), files.size());
  for (const auto& file :
       files) {  // a hit counts as a use; a program that is stored again has other permissions
    EXPECT_GT(std::filesystem::last_write_time(file), long_ago) << file;
    EXPECT_EQ(std::filesystem::status(file).permissions(), std::filesystem::perms::owner_read) << file;
  }
}

TEST(ProgramCache, WithoutRoomOrAFolderTheProgramRunsAndSaysSo) {
  const std::string plugin = cpu_plugin();
  if (plugin.empty()) GTEST_SKIP() << kSkip;
  const Scratch scratch;
  const Variable found("EASYDEL_CPU_PLUGIN", plugin);
  const std::string expected = generate_on("native").out;
  const auto expect_note = [&](const Result& result) {
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.out, expected);
    EXPECT_THAT(result.err, HasSubstr("note: compiled programs are not kept"));
    EXPECT_THAT(result.err, HasSubstr("EASYDEL_CACHE_DIR"));
  };
  {
    const Variable cache("EASYDEL_CACHE_DIR", scratch.path("full"));
    expect_note(generate_on("pjrt:cpu", {.file_size_limit = 4096}));
    EXPECT_TRUE(files_of(scratch.path("full/programs")).empty()) << "half a program was left behind";
  }
  scratch.write("file", "in the way");
  const Variable cache("EASYDEL_CACHE_DIR", scratch.path("file"));
  expect_note(generate_on("pjrt:cpu"));
}

// pip takes the wheel from a folder that has another one under the pinned name.
TEST(Plugins, AWheelOfOtherBytesIsRefusedAndLeavesNothing) {
  if (std::system("python3 -m pip --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "there is no pip";
  const Scratch scratch;
  scratch.write("xla_cpu_pjrt-0.0.1-py3-none-any.whl", "no wheel");
  const Variable no_index("PIP_NO_INDEX", "1");
  const Variable links("PIP_FIND_LINKS", scratch.path());
  const Variable cache("EASYDEL_CACHE_DIR", scratch.path("cache"));
  const Result result = easydel_program({"plugins", "install", "cpu"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, HasSubstr("xla-cpu-pjrt==0.0.1 has sha256"));
  EXPECT_THAT(result.err, HasSubstr("it is not what was tested"));
  EXPECT_TRUE(files_of(scratch.path("cache/plugins")).empty());
}

TEST(Plugins, InstallingWhatIsThereSaysSo) {
  const Scratch scratch;
  const std::string library = "cache/plugins/cpu/xla_plugins/xla_cpu_pjrt";
  std::filesystem::create_directories(scratch.path(library));
  scratch.write(library + "/xla_cpu_pjrt.so", "");
  const Variable cache("EASYDEL_CACHE_DIR", scratch.path("cache"));
  const Result result = easydel_program({"plugins", "install", "cpu"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, scratch.path("cache/plugins/cpu") + "\n");
  EXPECT_THAT(result.err, HasSubstr("is in " + scratch.path("cache/plugins/cpu") + " already; --force"));
  EXPECT_EQ(easydel_program({"plugins", "install", "cpu", "--quiet"}).err, "");
}

}  // namespace
}  // namespace easydel::cli_test
