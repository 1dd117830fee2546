// A save that is killed at any point leaves the weights of one save, from each layout to each other.
#include <random>

#include "io/checkpoint.h"
#include "io/checkpoint_writer.h"
#include "io_test_support.h"
#include "kill_testing.h"

namespace easydel::io {
namespace {

constexpr int kTensors = 4;

std::vector<LazyTensor> constant_tensors(float value) {
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

/// 0: one file; 1: two shards; 2: four; 3: EasyDeL's file.
void save(const std::filesystem::path& directory, int layout, float value) {
  constexpr uint64_t kShardBytes[] = {1000, 128, 64};
  AtomicFiles files;
  if (layout == 3)
    stage_easydel(files, directory, constant_tensors(value));
  else
    stage_sharded(files, directory, constant_tensors(value), {.max_shard_bytes = kShardBytes[layout]});
  files.commit();
}

TEST(KilledSave, LeavesTheWeightsOfOneSave) {
  const ScratchDirectory scratch;
  save(scratch.path(), 2, 0);
  std::mt19937 random(7);
  std::uniform_int_distribution<int> wait(0, 4000), layouts(0, 3);
  for (int round = 1; round <= 200; ++round) {
    const float before = value_of(scratch.path()), first = static_cast<float>(round) * 10'000;
    const int layout = layouts(random);
    float next = first;
    run_until_killed([&] { save(scratch.path(), layout, next++); }, wait(random));
    const float found = value_of(scratch.path());
    ASSERT_TRUE(found == before || found >= first)
        << "layout " << layout << " in round " << round << ": " << found << " after " << before;
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
  EXPECT_EQ(scratch.file_count(), 5u);
  EXPECT_EQ(value_of(scratch.path()), 3);
  save(scratch.path(), 1, 4);
  EXPECT_TRUE(std::filesystem::exists(scratch / "model-00001-of-00002.safetensors"));
}

}  // namespace
}  // namespace easydel::io
