// A save that is killed at any point leaves the weights of one save, from each layout to each other.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <random>

#include "io/checkpoint.h"
#include "io/checkpoint_writer.h"
#include "io_test_support.h"

namespace {

int steps_left = 0;  // until SIGKILL; 0: never

void count_step() {
  if (steps_left > 0 && --steps_left == 0) ::raise(SIGKILL);
}

}  // namespace

// In this program's place of the C library's, so that a save can be killed at each of the calls that change names.
extern "C" int rename(const char* from, const char* to) noexcept {
  count_step();
  return ::renameat(AT_FDCWD, from, AT_FDCWD, to);
}
extern "C" int link(const char* from, const char* to) noexcept {
  count_step();
  return ::linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}
extern "C" int unlink(const char* path) noexcept {
  count_step();
  return ::unlinkat(AT_FDCWD, path, 0);
}

namespace easydel::io {
namespace {

constexpr int kTensors = 3, kLayouts = 4;

std::vector<LazyTensor> equal_tensors(float value) {
  std::vector<LazyTensor> tensors;
  for (int i = 0; i < kTensors; ++i)
    tensors.push_back({"w" + std::to_string(i), Shape(DType::kF32, {16}),
                       [value] { return HostTensor::from<float>({16}, std::vector<float>(16, value)); }});
  return tensors;
}

/// The one value of all numbers of all tensors; -1 where they are of several saves.
float value_of(const std::filesystem::path& directory) {
  const Checkpoint checkpoint = Checkpoint::open(directory);
  EXPECT_EQ(checkpoint.names().size(), static_cast<size_t>(kTensors));
  const float value = checkpoint.tensor("w0").data<float>()[0];
  for (const std::string& name : checkpoint.names())
    for (const float number : checkpoint.tensor(name).data<float>())
      if (number != value) return -1;
  return value;
}

/// 0: one file; 1: two shards; 2: three; 3: EasyDeL's file.
void save(const std::filesystem::path& directory, int layout, float value) {
  constexpr uint64_t kShardBytes[] = {1000, 128, 64};
  AtomicFiles files;
  if (layout == 3)
    stage_easydel(files, directory, equal_tensors(value));
  else
    stage_sharded(files, directory, equal_tensors(value), {.max_shard_bytes = kShardBytes[layout]});
  files.commit();
}

/// Saves in a child process that is killed before its `step`-th change of a name; false when it ended before that.
bool is_killed_at(int step, const std::filesystem::path& directory, int layout, float value) {
  const pid_t child = ::fork();
  if (child == 0) {
    steps_left = step;
    save(directory, layout, value);
    ::_exit(0);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
  return WIFSIGNALED(status);
}

TEST(KilledSave, AtEachStepLeavesTheWeightsOfOneSave) {
  int kills = 0;
  for (int from = 0; from < kLayouts; ++from) {
    for (int to = 0; to < kLayouts; ++to) {
      for (int step = 1;; ++step, ++kills) {
        const ScratchDirectory scratch;
        save(scratch.path(), from, 1);
        const bool is_killed = is_killed_at(step, scratch.path(), to, 2);
        const float found = value_of(scratch.path());
        ASSERT_TRUE(found == 2 || (is_killed && found == 1))
            << "from layout " << from << " to " << to << ", step " << step << ": " << found;
        if (!is_killed) break;
      }
    }
  }
  EXPECT_GE(kills, 100);
}

TEST(KilledSave, OverWhatKilledSavesLeftToo) {
  const ScratchDirectory scratch;
  save(scratch.path(), 2, 0);
  std::mt19937 random(7);
  std::uniform_int_distribution<int> steps(1, 16), layouts(0, kLayouts - 1);
  for (int round = 1; round <= 120; ++round) {
    const float before = value_of(scratch.path()), next = static_cast<float>(round);
    const bool is_killed = is_killed_at(steps(random), scratch.path(), layouts(random), next);
    const float found = value_of(scratch.path());
    ASSERT_TRUE(found == next || (is_killed && found == before))
        << "round " << round << ": " << found << " after " << before;
  }
}

TEST(KilledSave, ItsFilesGoWithTheNextSave) {
  const ScratchDirectory scratch;
  save(scratch.path(), 1, 1);
  save(scratch.path(), 1, 2);  // beside the files of the one before, whose names were taken
  EXPECT_TRUE(std::filesystem::exists(scratch / "model-1-00001-of-00002.safetensors"));
  EXPECT_EQ(scratch.file_count(), 3u);
  write_text(scratch / "model-00001-of-00004.safetensors", "of a save that was killed");
  save(scratch.path(), 2, 3);
  EXPECT_EQ(scratch.file_count(), 4u);
  EXPECT_EQ(value_of(scratch.path()), 3);
  save(scratch.path(), 1, 4);
  EXPECT_TRUE(std::filesystem::exists(scratch / "model-00001-of-00002.safetensors"));
}

}  // namespace
}  // namespace easydel::io
