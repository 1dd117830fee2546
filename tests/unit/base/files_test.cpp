// Byte cursors, mapped files, atomic files.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/atomic_file.h"
#include "base/byte_cursor.h"
#include "base/mapped_file.h"
#include "unit/error_of.h"

namespace easydel {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class FilesTest : public ::testing::Test {
 protected:
  FilesTest() {
    std::string name = (fs::temp_directory_path() / "easydel-test-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
  }
  ~FilesTest() override { fs::remove_all(directory_); }

  static std::string read(const fs::path& path) {
    std::ifstream stream(path, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
  }
  static void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }
  size_t file_count() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(directory_), fs::directory_iterator()));
  }

  fs::path directory_;
};

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

TEST(ByteCursor, ReadsLittleEndianNumbers) {
  ByteCursor cursor(
      bytes_of(std::string_view("\x01\x02\x03\x04\x05\x06\x07\xf8\x09\x0a\x0b\x0c\x0d\x0e\xff", 15)), "file");
  EXPECT_EQ(cursor.read_u64("a"), 0xf807060504030201u);
  EXPECT_EQ(cursor.read_u32("b"), 0x0c0b0a09u);
  EXPECT_EQ(cursor.read_u16("c"), 0x0e0du);
  EXPECT_EQ(cursor.read_u8("d"), 0xffu);
  EXPECT_EQ(cursor.remaining(), 0u);
}

TEST(ByteCursor, NamesFileFieldAndOffset) {
  ByteCursor cursor(bytes_of("abcdef"), "model.bin");
  cursor.slice(4, "head");
  EXPECT_THAT(
      coded_error_of([&] { cursor.read_u32("tensor count"); }),
      AllOf(HasSubstr("corrupt file: model.bin: tensor count at offset 4"), HasSubstr("only 2 are left")));
  EXPECT_THAT(coded_error_of([&] { cursor.slice(UINT64_MAX, "data"); }), HasSubstr("data at offset 4"));
  EXPECT_THAT(coded_error_of([&] { cursor.seek(7, "table"); }), HasSubstr("table 7"));
  EXPECT_EQ(cursor.text(2, "rest"), "ef");
}

TEST_F(FilesTest, MapsAFileThatIsThenRemoved) {
  write(directory_ / "a", "hello");
  const auto file = MappedFile::open(directory_ / "a", MapAccess::kWillNeed);
  fs::remove(directory_ / "a");
  EXPECT_EQ(std::to_integer<char>(file->bytes()[4]), 'o');
}

TEST_F(FilesTest, ReleasedBytesTakeNoMemoryAndComeBackFromTheFile) {
  constexpr size_t kSize = 16 << 20;
  write(directory_ / "pages", std::string(kSize, 'x'));
  const auto file = MappedFile::open(directory_ / "pages");
  const auto resident = [] {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
      if (line.starts_with("RssFile:")) return std::stoul(line.substr(8)) * 1024;
    return 0ul;
  };
  EXPECT_EQ(std::ranges::count(file->bytes(), std::byte{'x'}), kSize);
  const size_t before = resident();
  file->release(file->bytes().subspan(1, kSize - 2));
  EXPECT_LT(resident() + kSize - (1 << 20), before);
  EXPECT_EQ(std::ranges::count(file->bytes(), std::byte{'x'}), kSize);
}

TEST_F(FilesTest, MapsAnEmptyFile) {
  write(directory_ / "a", "");
  EXPECT_TRUE(MappedFile::open(directory_ / "a")->bytes().empty());
}

TEST_F(FilesTest, NamesWhatCannotBeMapped) {
  EXPECT_THAT(coded_error_of([&] { MappedFile::open(directory_ / "absent"); }),
              AllOf(HasSubstr("not found"), HasSubstr("absent does not exist")));
  EXPECT_THAT(coded_error_of([&] { MappedFile::open(directory_); }),
              AllOf(HasSubstr("invalid argument"), HasSubstr("is a directory")));
  EXPECT_THAT(coded_error_of([] { MappedFile::open("/dev/null"); }), HasSubstr("not a regular file"));
  ASSERT_EQ(::mkfifo((directory_ / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(coded_error_of([&] { MappedFile::open(directory_ / "pipe"); }),
              HasSubstr("not a regular file"));
  if (::geteuid() == 0) return;  // root may read everything
  write(directory_ / "secret", "x");
  fs::permissions(directory_ / "secret", fs::perms::none);
  EXPECT_THAT(coded_error_of([&] { MappedFile::open(directory_ / "secret"); }), HasSubstr("may not be read"));
}

TEST_F(FilesTest, AnAtomicFileAppearsOnCommit) {
  write(directory_ / "a", "old");
  AtomicFiles files;
  files.add(directory_ / "a").write("new");
  files.add(directory_ / "b").write("other");
  EXPECT_EQ(read(directory_ / "a"), "old");
  EXPECT_FALSE(fs::exists(directory_ / "b"));
  files.commit();
  EXPECT_EQ(read(directory_ / "a"), "new");
  EXPECT_EQ(read(directory_ / "b"), "other");
  EXPECT_EQ(file_count(), 2u);
}

TEST_F(FilesTest, WithoutCommitNothingChanges) {
  write(directory_ / "a", "old");
  {
    AtomicFiles files;
    files.add(directory_ / "a").write("new");
    files.remove(directory_ / "a");
  }
  EXPECT_EQ(read(directory_ / "a"), "old");
  EXPECT_EQ(file_count(), 1u);
}

TEST_F(FilesTest, KeepsPermissions) {
  write(directory_ / "a", "old");
  fs::permissions(directory_ / "a", fs::perms::owner_read | fs::perms::owner_write);
  write_file_atomically(directory_ / "a", "new");
  EXPECT_EQ(fs::status(directory_ / "a").permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(FilesTest, AKilledWriterLeavesNothingBehind) {
  const pid_t writer = ::fork();
  ASSERT_GE(writer, 0);
  if (writer == 0) {
    AtomicFiles files;
    files.add(directory_ / "a").write("half of it");
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(writer, &status, 0), writer);
  ASSERT_TRUE(WIFSIGNALED(status));
  const int unnamed = ::open(directory_.c_str(), O_TMPFILE | O_WRONLY, 0600);
  if (unnamed < 0) GTEST_SKIP() << "the file system of " << directory_ << " has no unnamed files";
  ::close(unnamed);
  EXPECT_EQ(file_count(), 0u);
}

TEST_F(FilesTest, AFailedRenamePutsEveryOldFileBack) {
  write(directory_ / "a", "old a");
  write(directory_ / "stale", "old stale");
  AtomicFiles files;
  files.add(directory_ / "a").write("new a");
  files.add(directory_ / "fresh").write("new fresh");
  files.add(directory_ / "c").write("new c");
  files.remove(directory_ / "stale");
  fs::create_directory(directory_ / "c");  // appears between add() and commit(), and cannot be renamed over
  write(directory_ / "c" / "inside", "x");
  const std::string error = coded_error_of([&] { files.commit(); });
  EXPECT_THAT(error, AllOf(HasSubstr("input/output: save"), HasSubstr((directory_ / "c").string())));
  EXPECT_EQ(read(directory_ / "a"), "old a");
  EXPECT_EQ(read(directory_ / "stale"), "old stale");
  EXPECT_FALSE(fs::exists(directory_ / "fresh"));
  EXPECT_TRUE(fs::exists(directory_ / "c" / "inside"));
  EXPECT_EQ(file_count(), 3u);
}

TEST_F(FilesTest, AFailedRemovalPutsEveryOldFileBack) {
  write(directory_ / "a", "old a");
  AtomicFiles files;
  files.add(directory_ / "a").write("new a");
  files.remove(directory_ / "absent");
  EXPECT_THAT(coded_error_of([&] { files.commit(); }), HasSubstr("absent"));
  EXPECT_EQ(read(directory_ / "a"), "old a");
  EXPECT_EQ(file_count(), 1u);
}

TEST_F(FilesTest, NamesWhatCannotBeWritten) {
  const auto add = [](const fs::path& path) { return coded_error_of([&] { AtomicFiles().add(path); }); };
  EXPECT_THAT(add(directory_ / "absent" / "a"),
              AllOf(HasSubstr("not found"), HasSubstr("absent does not exist; create it first")));
  EXPECT_THAT(add(directory_), AllOf(HasSubstr("invalid argument"), HasSubstr("not a regular file")));
  EXPECT_THAT(add("/dev/full"), HasSubstr("not a regular file"));
  write(directory_ / "file", "x");
  EXPECT_THAT(add(directory_ / "file" / "a"), HasSubstr("not found"));
  // /proc refuses new files, also to root.
  EXPECT_THAT(add("/proc/easydel-test"), AllOf(HasSubstr("/proc/easydel-test"), HasSubstr("unchanged")));
  if (::geteuid() == 0) return;
  fs::permissions(directory_, fs::perms::owner_read | fs::perms::owner_exec);
  EXPECT_THAT(add(directory_ / "b"), AllOf(HasSubstr("input/output"), HasSubstr("writable")));
  fs::permissions(directory_, fs::perms::owner_all);
}

TEST_F(FilesTest, MakesDirectoriesWithTheirParents) {
  ensure_directory(directory_ / "a" / "b");
  ensure_directory(directory_ / "a" / "b");
  EXPECT_TRUE(fs::is_directory(directory_ / "a" / "b"));
  write(directory_ / "file", "x");
  EXPECT_THAT(coded_error_of([&] { ensure_directory(directory_ / "file" / "b"); }),
              AllOf(HasSubstr("invalid argument"), HasSubstr("file is a file")));
  EXPECT_THAT(coded_error_of([] { ensure_directory("/proc/easydel-test"); }),
              HasSubstr("/proc/easydel-test"));
}

}  // namespace
}  // namespace easydel
