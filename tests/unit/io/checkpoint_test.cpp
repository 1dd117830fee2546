#include "io/checkpoint.h"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "base/json_file.h"
#include "io/checkpoint_writer.h"
#include "io_test_support.h"

namespace easydel::io {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// The tensors of the golden shards in the order they were given to huggingface_hub.
std::vector<LazyTensor> golden_tensors(const Checkpoint& checkpoint) {
  std::vector<LazyTensor> tensors;
  for (const std::string name :
       {"embed.weight", "layers.0.weight", "layers.1.weight", "norm.weight", "big.weight", "head.bias"})
    tensors.push_back(
        {name, checkpoint.shape(name), [&checkpoint, name] { return checkpoint.tensor(name); }});
  return tensors;
}

std::vector<LazyTensor> constant_tensors(float value, size_t count = 4) {
  std::vector<LazyTensor> tensors;
  for (size_t i = 0; i < count; ++i)
    tensors.push_back({"w" + std::to_string(i), Shape(DType::kF32, {16}),
                       [value] { return HostTensor::from<float>({16}, std::vector<float>(16, value)); }});
  return tensors;
}

std::map<std::string, std::string> content_of(const fs::path& directory) {
  std::map<std::string, std::string> content;
  for (const auto& entry : fs::directory_iterator(directory))
    content.emplace(entry.path().filename().string(), read_text(entry.path()));
  return content;
}

void copy_golden_shards(const ScratchDirectory& scratch) {
  fs::copy(golden("sharded"), scratch.path(), fs::copy_options::recursive);
}

void edit_index(const ScratchDirectory& scratch, const std::string& tensor, const std::string& file) {
  nlohmann::json index = read_json_file(scratch / "model.safetensors.index.json");
  index["weight_map"][tensor] = file;
  write_json_file(scratch / "model.safetensors.index.json", index);
}

TEST(Checkpoint, OpensShardsByTheirIndex) {
  const Checkpoint checkpoint = Checkpoint::open(golden("sharded"));
  EXPECT_EQ(checkpoint.names().size(), 6u);
  EXPECT_EQ(checkpoint.total_bytes(), 572u);
  EXPECT_EQ(checkpoint.files().size(), 3u);
  EXPECT_THAT(checkpoint.source("big.weight"), HasSubstr("model-00002-of-00003.safetensors"));
  EXPECT_EQ(checkpoint.tensor("norm.weight").data<float>()[0], -0.5f);
  EXPECT_FALSE(checkpoint.contains("lm_head.weight"));
  const Checkpoint copy = checkpoint;
  EXPECT_EQ(copy.shape("embed.weight"), Shape(DType::kF32, {6, 4}));
}

TEST(Checkpoint, SavesTheBytesOfHuggingFace) {
  const ScratchDirectory scratch;
  const Checkpoint checkpoint = Checkpoint::open(golden("sharded"));
  save_sharded(scratch.path(), golden_tensors(checkpoint), {.max_shard_bytes = 200});
  EXPECT_EQ(content_of(scratch.path()), content_of(golden("sharded")));
}

TEST(Checkpoint, OpensPyTorchFiles) {
  const ScratchDirectory scratch;
  fs::copy(golden("state.bin"), scratch / "pytorch_model.bin");
  EXPECT_EQ(Checkpoint::open(scratch.path()).names().size(), 18u);
  fs::rename(scratch / "pytorch_model.bin", scratch / "pytorch_model-00001-of-00001.bin");
  write_text(scratch / "pytorch_model.bin.index.json",
             R"({"weight_map":{"f32":"pytorch_model-00001-of-00001.bin"}})");
  EXPECT_EQ(Checkpoint::open(scratch.path()).tensor("f32").data<float>()[0], -2.0f);
}

TEST(Checkpoint, PrefersSafetensors) {
  const ScratchDirectory scratch;
  EXPECT_FALSE(Checkpoint::exists(scratch.path()));
  fs::copy(golden("state.bin"), scratch / "pytorch_model.bin");
  fs::copy(golden("no_metadata.safetensors"), scratch / "model.safetensors");
  EXPECT_TRUE(Checkpoint::exists(scratch.path()));
  EXPECT_THAT(Checkpoint::open(scratch.path()).names(), ElementsAre("a"));
}

TEST(Checkpoint, NamesWhatIsMissing) {
  const ScratchDirectory scratch;
  EXPECT_THAT(
      coded_error_of([&] { Checkpoint::open(scratch.path()); }),
      AllOf(HasSubstr("not found"), HasSubstr(scratch.path().string()), HasSubstr("model.safetensors")));
  EXPECT_THAT(coded_error_of([&] { Checkpoint::open(scratch / "absent"); }),
              AllOf(HasSubstr("not found"), HasSubstr("absent does not exist")));
  EXPECT_THAT(coded_error_of([] { Checkpoint::open(golden("state.bin")); }),
              AllOf(HasSubstr("invalid argument"), HasSubstr("state.bin is a file; give the directory")));
  EXPECT_THAT(coded_error_of([] { Checkpoint::open(golden("sharded")).tensor("lm_head.weight"); }),
              AllOf(HasSubstr("not found"), HasSubstr("lm_head.weight")));
}

TEST(Checkpoint, NamesTheMissingShard) {
  const ScratchDirectory scratch;
  copy_golden_shards(scratch);
  fs::remove(scratch / "model-00002-of-00003.safetensors");
  EXPECT_THAT(coded_error_of([&] { Checkpoint::open(scratch.path()); }),
              AllOf(HasSubstr("not found"), HasSubstr("names the shard model-00002-of-00003.safetensors")));
}

TEST(Checkpoint, NamesATensorThatItsShardLacks) {
  const ScratchDirectory scratch;
  copy_golden_shards(scratch);
  edit_index(scratch, "ghost.weight", "model-00001-of-00003.safetensors");
  EXPECT_THAT(coded_error_of([&] { Checkpoint::open(scratch.path()); }),
              AllOf(HasSubstr("corrupt file"), HasSubstr("model-00001"), HasSubstr("\"ghost.weight\"")));
}

TEST(Checkpoint, RefusesShardsOutsideTheDirectory) {
  for (const std::string file : {"../x.safetensors", "/etc/passwd", "..", "", "a/b.safetensors", "a\\b"}) {
    const ScratchDirectory scratch;
    copy_golden_shards(scratch);
    edit_index(scratch, "norm.weight", file);
    EXPECT_THAT(coded_error_of([&] { Checkpoint::open(scratch.path()); }),
                AllOf(HasSubstr("corrupt file"), HasSubstr("norm.weight"), HasSubstr("same directory")))
        << file;
  }
}

TEST(Checkpoint, RefusesBrokenIndexes) {
  const ScratchDirectory scratch;
  for (const std::string text :
       {"", "{", "[]", "{}", R"({"weight_map":3})", R"({"weight_map":{}})", R"({"weight_map":{"a":1}})"}) {
    write_text(scratch / "model.safetensors.index.json", text);
    EXPECT_THAT(coded_error_of([&] { Checkpoint::open(scratch.path()); }),
                AllOf(HasSubstr("corrupt file"), HasSubstr("model.safetensors.index.json")))
        << text;
  }
}

TEST(SaveSharded, SplitsAsHuggingFaceHubDoes) {
  const auto split = [](const std::vector<int64_t>& sizes, uint64_t limit) {
    std::vector<LazyTensor> tensors;
    for (const int64_t size : sizes) tensors.push_back({"", Shape(DType::kU8, {size}), {}});
    return split_into_shards(tensors, limit);
  };
  using Shards = std::vector<std::vector<size_t>>;
  EXPECT_EQ(split({6, 4, 2, 6, 2, 2}, 10), (Shards{{0, 1}, {2, 3, 4}, {5}}));
  EXPECT_EQ(split({2, 20, 2}, 10), (Shards{{1}, {0, 2}}));
  EXPECT_EQ(split({20}, 10), (Shards{{0}}));
  EXPECT_EQ(split({}, 10), (Shards{{}}));
}

TEST(SaveSharded, ReplacesAnEarlierSaveWhole) {
  const ScratchDirectory scratch;
  write_text(scratch / "config.json", "{}");
  save_sharded(scratch.path(), constant_tensors(1), {.max_shard_bytes = 64});
  EXPECT_EQ(scratch.file_count(), 6u);  // four shards, the index, config.json
  save_sharded(scratch.path(), constant_tensors(2), {.max_shard_bytes = 128});
  EXPECT_EQ(scratch.file_count(), 4u);
  EXPECT_EQ(Checkpoint::open(scratch.path()).tensor("w3").data<float>()[0], 2.0f);
  save_sharded(scratch.path(), constant_tensors(3));
  EXPECT_EQ(scratch.file_count(), 2u);
  EXPECT_EQ(Checkpoint::open(scratch.path()).tensor("w0").data<float>()[0], 3.0f);
  save_sharded(scratch.path(), constant_tensors(4), {.max_shard_bytes = 128});
  EXPECT_EQ(scratch.file_count(), 4u);  // the stale model.safetensors would have been preferred
  EXPECT_EQ(Checkpoint::open(scratch.path()).tensor("w0").data<float>()[0], 4.0f);
}

TEST(SaveSharded, SavesOverTheFilesItReadsFrom) {
  const ScratchDirectory scratch;
  copy_golden_shards(scratch);
  const Checkpoint checkpoint = Checkpoint::open(scratch.path());
  save_sharded(scratch.path(), golden_tensors(checkpoint), {.max_shard_bytes = 200});
  EXPECT_EQ(scratch.file_count(), 4u);
  const Checkpoint again = Checkpoint::open(scratch.path());
  save_sharded(scratch.path(), golden_tensors(again), {.max_shard_bytes = 200});  // the first names are free
  EXPECT_EQ(content_of(scratch.path()), content_of(golden("sharded")));
}

TEST(SaveSharded, HoldsOneTensorAtATime) {
  const ScratchDirectory scratch;
  int alive = 0, most = 0;
  std::vector<LazyTensor> tensors = constant_tensors(1);
  for (LazyTensor& tensor : tensors)
    tensor.load = [&] {
      most = std::max(most, ++alive);
      auto bytes = std::shared_ptr<std::byte[]>(new std::byte[64](), [&alive](std::byte* data) {
        --alive;
        delete[] data;
      });
      return HostTensor::view({DType::kF32, {16}}, {bytes.get(), 64}, bytes);
    };
  save_sharded(scratch.path(), tensors, {.max_shard_bytes = 128});
  EXPECT_EQ(most, 1);
  EXPECT_EQ(alive, 0);
}

TEST(SaveSharded, AFailingTensorLeavesTheOldFiles) {
  const ScratchDirectory scratch;
  save_sharded(scratch.path(), constant_tensors(1), {.max_shard_bytes = 64});
  const auto before = content_of(scratch.path());
  std::vector<LazyTensor> tensors = constant_tensors(2);
  tensors[3].load = [] { return HostTensor::zeros({DType::kF32, {15}}); };
  EXPECT_THAT(coded_error_of([&] { save_sharded(scratch.path(), tensors, {.max_shard_bytes = 64}); }),
              AllOf(HasSubstr("shape mismatch"), HasSubstr("\"w3\""), HasSubstr("f32[15]")));
  EXPECT_EQ(content_of(scratch.path()), before);
}

/// While it lives, files may not grow past `bytes`: a write stops short and then fails, as on a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{bytes, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit old_{};
  void (*handler_)(int);
};

TEST(SaveSharded, AFullDiskLeavesTheOldFiles) {
  const ScratchDirectory scratch;
  save_sharded(scratch.path(), constant_tensors(1));
  const auto before = content_of(scratch.path());
  std::string error;
  {
    const FileSizeLimit limit(400);
    error = coded_error_of([&] { save_sharded(scratch.path(), constant_tensors(2)); });
  }
  EXPECT_THAT(error, AllOf(HasSubstr("input/output: save"), HasSubstr("model.safetensors"),
                           HasSubstr("400 of "), HasSubstr("unchanged")));
  EXPECT_EQ(content_of(scratch.path()), before);
}

TEST(SaveSharded, RefusesAFileInPlaceOfTheDirectory) {
  const ScratchDirectory scratch;
  write_text(scratch / "file", "x");
  EXPECT_THAT(coded_error_of([&] { save_sharded(scratch / "file", constant_tensors(1)); }),
              AllOf(HasSubstr("invalid argument"), HasSubstr("file is a file; choose another directory")));
  EXPECT_THAT(coded_error_of([&] { save_sharded(scratch / "file/deeper", constant_tensors(1)); }),
              HasSubstr("file is a file"));
}

TEST(SaveSharded, ReportsBytesWritten) {
  struct Counter : ProgressSink {
    void begin(std::string_view, uint64_t total, ProgressUnit) override { total_bytes = total; }
    void advance(uint64_t amount) override { done += amount; }
    void end() override { ended = true; }
    uint64_t total_bytes = 0, done = 0;
    bool ended = false;
  } counter;
  const ScratchDirectory scratch;
  save_sharded(scratch.path(), constant_tensors(1), {.max_shard_bytes = 128, .progress = &counter});
  EXPECT_EQ(counter.total_bytes, 256u);
  EXPECT_EQ(counter.done, 256u);
  EXPECT_TRUE(counter.ended);
}

TEST(Checkpoint, ALayoutThatIsNotThereIsNamedWithTheOneThatIs) {
  EXPECT_FALSE(Checkpoint::open(golden("sharded"), "", CheckpointLayout::kHuggingFace).is_easydel());
  EXPECT_THAT(coded_error_of([] { Checkpoint::open(golden("sharded"), "", CheckpointLayout::kEasyDeL); }),
              AllOf(HasSubstr("no weights of EasyDeL's layout"), HasSubstr("easydel-model.parameters"),
                    HasSubstr("there is model.safetensors.index.json")));
}

}  // namespace
}  // namespace easydel::io
