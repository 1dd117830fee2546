#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <vector>

#include "easydel/error.h"
#include "easydel/log.h"
#include "engine/engine.h"
#include "engine/pjrt/plugin_search.h"

namespace easydel::pjrt {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kLibrary = "jax_plugins/xla_cuda13/xla_cuda_plugin.so";

class PjrtPluginSearch : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(root_);
    set("EASYDEL_CACHE_DIR", (root_ / "cache").string());
    set("EASYDEL_CUDA_PLUGIN", "");
    set("VIRTUAL_ENV", "");
    set("CONDA_PREFIX", "");
    set("PATH", "");
    set("HOME", (root_ / "home").string());
  }
  void TearDown() override {
    for (const auto& [name, value] : before_)
      value ? setenv(name.c_str(), value->c_str(), 1) : unsetenv(name.c_str());
    fs::remove_all(root_);
  }
  void set(const std::string& name, const std::string& value) {
    const char* old = std::getenv(name.c_str());
    before_.try_emplace(name, old == nullptr ? std::nullopt : std::optional<std::string>(old));
    setenv(name.c_str(), value.c_str(), 1);
  }
  fs::path file(const fs::path& path) const {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << "x";
    return path;
  }
  std::string message(std::string_view name) const {
    try {
      find_plugin(name);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  fs::path root_ = fs::path(testing::TempDir()) / ("plugin_search_" + std::to_string(getpid()));
  std::map<std::string, std::optional<std::string>> before_;
};

TEST_F(PjrtPluginSearch, TakesEnvironmentThenCacheThenSitePackages) {
  const fs::path site = file(root_ / "env/lib/python3.11/site-packages" / kLibrary);
  set("VIRTUAL_ENV", (root_ / "env").string());
  EXPECT_EQ(find_plugin("cuda").path, site);
  EXPECT_EQ(find_plugin("cuda").origin, "site-packages");
  EXPECT_EQ(find_plugin("cuda").root, root_ / "env/lib/python3.11/site-packages");

  const fs::path cached = file(root_ / "cache/plugins/cuda" / kLibrary);
  EXPECT_EQ(find_plugin("cuda").path, cached);
  EXPECT_EQ(find_plugin("cuda").origin, "cache");

  const fs::path chosen = file(root_ / "chosen.so");
  set("EASYDEL_CUDA_PLUGIN", chosen.string());
  EXPECT_EQ(find_plugin("cuda").path, chosen);
  EXPECT_EQ(find_plugin("cuda").origin, "EASYDEL_CUDA_PLUGIN");
}

TEST_F(PjrtPluginSearch, FindsThePythonsOfPath) {
  const fs::path site = file(root_ / "prefix/lib/python3/dist-packages" / kLibrary);
  fs::create_directories(root_ / "prefix/bin");
  set("PATH", "/nowhere/bin:" + (root_ / "prefix/bin").string());
  EXPECT_EQ(find_plugin("cuda").path, site);
}

TEST_F(PjrtPluginSearch, APathNamesItsKindWhereItsFolderOrFileNameTells) {
  const fs::path wheel = file(root_ / "somewhere" / kLibrary);
  EXPECT_EQ(find_plugin(wheel.string()).name, "cuda");
  EXPECT_EQ(find_plugin(wheel.string()).root, root_ / "somewhere/");
  const fs::path moved = file(root_ / "elsewhere/xla_cuda_plugin.so");
  EXPECT_EQ(find_plugin(moved.string()).name, "cuda");
  EXPECT_EQ(find_plugin(moved.string()).root, "");
  const fs::path bare = file(root_ / "my_device.so");
  EXPECT_EQ(find_plugin(bare.string()).name, "my_device");
  EXPECT_EQ(find_plugin(bare.string()).origin, "path");
}

TEST_F(PjrtPluginSearch, SaysHowToInstallWhatIsNotThere) {
  EXPECT_THAT(message("cuda"),
              AllOf(HasSubstr("jax-cuda13-pjrt"), HasSubstr("easydel plugins install cuda"),
                    HasSubstr("EASYDEL_CUDA_PLUGIN"), HasSubstr((root_ / "cache/plugins/cuda").string())));
  EXPECT_THAT(message("vulkan"), AllOf(HasSubstr("\"vulkan\""), HasSubstr("cpu, cuda")));
  EXPECT_THAT(message("/nowhere/plugin.so"), HasSubstr("/nowhere/plugin.so is no file"));
  set("EASYDEL_CUDA_PLUGIN", "/nowhere/plugin.so");
  EXPECT_THAT(message("cuda"), HasSubstr("EASYDEL_CUDA_PLUGIN=/nowhere/plugin.so"));
}

/// The library's messages while it lives.
class Messages {
 public:
  Messages() {
    set_log_handler([this](LogLevel level, std::string_view text) {
      all.push_back(std::string(to_string(level)) + ": " + std::string(text));
    });
  }
  ~Messages() { set_log_handler({}); }
  Messages(const Messages&) = delete;
  Messages& operator=(const Messages&) = delete;

  std::vector<std::string> all;
};

TEST_F(PjrtPluginSearch, AutoPassesOverAnAcceleratorThatCannotBeUsedAndSaysWhyOnce) {
  set("EASYDEL_CUDA_PLUGIN", file(root_ / "text.so").string());
  set("EASYDEL_TPU_PLUGIN", "/nowhere/libtpu.so");
  const Messages messages;
  EXPECT_EQ(make_engine("auto")->name(), "native");
  EXPECT_EQ(make_engine("auto")->name(), "native");
  EXPECT_THAT(messages.all,
              testing::UnorderedElementsAre(AllOf(HasSubstr("info: "), HasSubstr("passes over pjrt:cuda")),
                                            AllOf(HasSubstr("pjrt:tpu"), HasSubstr("/nowhere/libtpu.so"))));
}

#ifdef EASYDEL_HAS_PJRT
TEST_F(PjrtPluginSearch, AutoLoadsNoPluginOfTheCpu) {
  const std::string library = EASYDEL_BINARY_DIR "/tests/fake_plugin_other_major.so";
  set("EASYDEL_CPU_PLUGIN", library);
  const Messages messages;
  EXPECT_EQ(make_engine("auto")->name(), "native");
  EXPECT_THAT(messages.all, testing::IsEmpty());
  std::ifstream maps("/proc/self/maps");
  const std::string mapped{std::istreambuf_iterator<char>(maps), {}};
  EXPECT_THAT(mapped, testing::Not(HasSubstr("fake_plugin_other_major")));
}
#endif

}  // namespace
}  // namespace easydel::pjrt
