// Files that are no plugin, or one of another world: each is an error that says what is wanted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "easydel/error.h"
#include "engine/engine.h"

namespace easydel {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string engine_error(const std::string& name) {
  try {
    make_engine(name);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

#ifdef EASYDEL_HAS_PJRT
std::string fake_error(const std::string& kind) {
  return engine_error("pjrt:" EASYDEL_BINARY_DIR "/tests/fake_plugin_" + kind + ".so");
}

TEST(PjrtPlugin, AnotherMajorVersionIsNamed) {
  EXPECT_THAT(fake_error("other_major"),
              AllOf(HasSubstr("speaks PJRT 7."), HasSubstr("this build speaks 0."),
                    HasSubstr("fake_plugin_other_major.so"), HasSubstr("wanted:")));
}

TEST(PjrtPlugin, ATableThatIsTooShortIsNotRead) {
  EXPECT_THAT(fake_error("too_short"), HasSubstr("too short"));
  EXPECT_THAT(fake_error("no_calls"), HasSubstr("lacks the basic calls"));
  EXPECT_THAT(fake_error("null"), HasSubstr("returned null"));
}

TEST(PjrtPlugin, ASharedObjectWithoutGetPjrtApiIsNoPlugin) {
  EXPECT_THAT(fake_error("other_symbol"), HasSubstr("does not export GetPjrtApi"));
}

TEST(PjrtPlugin, AFileThatIsNoSharedObject) {
  const std::string path = testing::TempDir() + "/not_a_plugin.so";
  std::ofstream(path) << "hello";
  EXPECT_THAT(engine_error("pjrt:" + path),
              AllOf(HasSubstr("not_a_plugin.so cannot be used"), HasSubstr("wanted:")));
}

TEST(PjrtPlugin, APluginWithoutDevicesIsNamed) {
  EXPECT_THAT(fake_error("no_devices"),
              AllOf(HasSubstr("fake_plugin_no_devices plugin finds no device"), HasSubstr("another engine")));
}

TEST(PjrtPlugin, ATruncatedSharedObject) {
  const std::filesystem::path path = testing::TempDir() + "/truncated.so";
  std::filesystem::copy_file(EASYDEL_BINARY_DIR "/tests/fake_plugin_no_devices.so", path,
                             std::filesystem::copy_options::overwrite_existing);
  for (const uintmax_t size : {std::filesystem::file_size(path) / 2, uintmax_t{100}, uintmax_t{0}}) {
    std::filesystem::resize_file(path, size);
    EXPECT_THAT(engine_error("pjrt:" + path.string()),
                AllOf(HasSubstr("truncated.so cannot be used"), HasSubstr("wanted:")))
        << size << " bytes";
  }
  std::filesystem::remove(path);
}

TEST(PjrtPlugin, AFileThatIsNotThere) {
  EXPECT_THAT(engine_error("pjrt:/nowhere/plugin.so"), HasSubstr("/nowhere/plugin.so is no file"));
}
#else
TEST(PjrtPlugin, ABuildWithoutItSaysHowToGetIt) {
  EXPECT_THAT(engine_error("pjrt:cpu"), AllOf(HasSubstr("no PJRT engine"), HasSubstr("fetch_plugin.py")));
}
#endif

TEST(MakeEngine, RefusesAFractionOutsideOneWhole) {
  try {
    make_engine("pjrt:cuda", {.memory_fraction = 1.5});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("1.5 is no share"));
  }
}

TEST(MakeEngine, ListsTheEngines) {
  EXPECT_THAT(engine_error("quantum"),
              AllOf(HasSubstr("\"quantum\""), HasSubstr("native"), HasSubstr("pjrt:cpu")));
}

}  // namespace
}  // namespace easydel
