#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "easydel/error.h"
#include "easydel/log.h"
#include "engine/pjrt/program_store.h"

namespace easydel::pjrt {
namespace {

namespace fs = std::filesystem;

class PjrtProgramStore : public testing::Test {
 protected:
  void SetUp() override { fs::remove_all(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  size_t files() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }
  void overwrite(const fs::path& path, std::streamoff at, char byte) const {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(at, at < 0 ? std::ios::end : std::ios::beg);
    file.put(byte);
  }

  fs::path folder_ =
      fs::path(testing::TempDir()) /
      (std::string("program_store_") + testing::UnitTest::GetInstance()->current_test_info()->name() +
       std::to_string(getpid()));
};

TEST_F(PjrtProgramStore, GivesBackWhatWasStored) {
  ProgramStore store(folder_, 1 << 20);
  EXPECT_FALSE(store.find("key"));
  store.insert("key", std::string("by\0tes", 6));
  EXPECT_EQ(store.find("key"), std::string("by\0tes", 6));
  EXPECT_FALSE(store.find("other"));
  EXPECT_EQ(ProgramStore(folder_, 1 << 20).find("key"), std::string("by\0tes", 6));
}

TEST_F(PjrtProgramStore, ADamagedFileIsAMissAndGoes) {
  ProgramStore store(folder_, 1 << 20);
  const fs::path path = store.path_of("key");
  const std::string content(1000, 'x');
  for (const std::streamoff at : {std::streamoff{0}, std::streamoff{20}, std::streamoff{-1}}) {
    store.insert("key", content);
    ASSERT_TRUE(store.find("key"));
    overwrite(path, at, '\7');
    EXPECT_FALSE(store.find("key")) << "byte " << at;
    EXPECT_FALSE(fs::exists(path)) << "byte " << at;
  }
  for (const uintmax_t size : {uintmax_t{0}, uintmax_t{10}, uintmax_t{100}}) {
    store.insert("key", content);
    fs::resize_file(path, size);
    EXPECT_FALSE(store.find("key")) << "cut to " << size;
  }
}

TEST_F(PjrtProgramStore, AFileUnderAnotherKeyIsAMiss) {
  ProgramStore store(folder_, 1 << 20);
  store.insert("key", "bytes");
  fs::rename(store.path_of("key"), store.path_of("other"));  // as after a collision of hashes
  EXPECT_FALSE(store.find("other"));
}

TEST_F(PjrtProgramStore, PastTheBoundTheLeastRecentlyUsedGo) {
  ProgramStore store(folder_, 3500);
  const std::string content(1000, 'x');
  const auto age = [&](const std::string& key, int hours) {
    fs::last_write_time(store.path_of(key), fs::file_time_type::clock::now() - std::chrono::hours(hours));
  };
  for (const char* key : {"a", "b", "c"}) store.insert(key, content);
  age("a", 3);
  age("b", 2);
  age("c", 1);
  EXPECT_TRUE(store.find("a"));  // a use
  store.insert("d", content);
  EXPECT_TRUE(store.find("a"));
  EXPECT_FALSE(store.find("b"));
  EXPECT_TRUE(store.find("c"));
  EXPECT_TRUE(store.find("d"));
  store.insert("huge", std::string(5000, 'x'));
  EXPECT_FALSE(store.find("huge"));
  EXPECT_EQ(files(), 3u);
}

TEST_F(PjrtProgramStore, WithoutRoomOrAFolderProgramsAreJustNotKept) {
  ProgramStore none(folder_, 0);
  none.insert("key", "bytes");
  EXPECT_FALSE(none.find("key"));
  EXPECT_FALSE(fs::exists(folder_));

  std::ofstream(folder_) << "a file in the way";
  ProgramStore blocked(folder_, 1 << 20);
  EXPECT_NO_THROW(blocked.insert("key", "bytes"));
  EXPECT_FALSE(blocked.find("key"));
}

TEST_F(PjrtProgramStore, AFolderThatCannotBeWrittenIsOneWarningThatSaysWhatToSet) {
  std::ofstream(folder_) << "a file in the way";
  std::vector<std::string> warnings;
  set_log_handler([&](LogLevel, std::string_view text) { warnings.emplace_back(text); }, LogLevel::kWarning);
  ProgramStore store(folder_, 1 << 20);
  store.insert("key", "bytes");
  store.insert("other", "bytes");
  set_log_handler({});
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_THAT(warnings[0],
              testing::AllOf(testing::HasSubstr(folder_.string()), testing::HasSubstr("EASYDEL_CACHE_DIR")));
}

TEST_F(PjrtProgramStore, SeveralWritersLeaveOneWholeFile) {
  const std::string content(1 << 16, 'x');
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 4; ++writer)
    writers.emplace_back([&] {
      ProgramStore store(folder_, 1 << 20);
      for (int round = 0; round < 10; ++round) {
        store.insert("key", content);
        const auto found = store.find("key");
        if (found) {
          EXPECT_EQ(*found, content);
        }
      }
    });
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(ProgramStore(folder_, 1 << 20).find("key"), content);
  EXPECT_EQ(files(), 1u);
}

TEST_F(PjrtProgramStore, TheBoundComesFromTheEnvironment) {
  setenv("EASYDEL_CACHE_DIR", folder_.c_str(), 1);
  setenv("EASYDEL_PROGRAM_CACHE_MB", "many", 1);
  EXPECT_THROW(default_program_store(), Error);
  setenv("EASYDEL_PROGRAM_CACHE_MB", "0", 1);
  ProgramStore store = default_program_store();
  store.insert("key", "bytes");
  EXPECT_FALSE(store.find("key"));
  unsetenv("EASYDEL_PROGRAM_CACHE_MB");
  EXPECT_EQ(default_program_store().folder(), folder_ / "programs");
  unsetenv("EASYDEL_CACHE_DIR");
}

}  // namespace
}  // namespace easydel::pjrt
