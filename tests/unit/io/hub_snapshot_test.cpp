// What is fetched, where it lies, and what the cache saves from being fetched again.
#include <thread>

#include "easydel/error.h"
#include "io/hub/snapshot.h"
#include "unit/io/hub_testing.h"

namespace easydel::hub {
namespace {

namespace fs = std::filesystem;
using io::read_text;
using test_support::FakeHub;
using test_support::ServerRequest;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

TEST_F(HubTest, LaysFilesOutAsHuggingFaceHubDoes) {
  add_model();
  EXPECT_EQ(snapshot_download("org/tiny", options()), snapshot());
  const std::string etag = FakeHub::etag_of(kWeights, true);
  EXPECT_EQ(fs::read_symlink(snapshot() / "model.safetensors"), "../../blobs/" + etag);
  EXPECT_EQ(read_text(snapshot() / "model.safetensors"), kWeights);
  EXPECT_EQ(read_text(snapshot() / "config.json"), R"({"model_type": "llama"})");
  EXPECT_EQ(read_text(folder() / "refs/main"), hub_.commit());
  EXPECT_TRUE(fs::is_regular_file(folder() / ".no_exist" / hub_.commit() / "generation_config.json"));
  EXPECT_TRUE(fs::is_regular_file(cache() / "CACHEDIR.TAG"));
  EXPECT_TRUE(fs::is_regular_file(cache() / ".locks/models--org--tiny" / (etag + ".lock")));
  EXPECT_EQ(blobs(/*whole=*/true), 3);
  EXPECT_EQ(blobs(/*whole=*/false), 0);
}

TEST_F(HubTest, TheSecondTimeAsksForTheCommitAlone) {
  add_model();
  snapshot_download("org/tiny", options());
  hub_.server().forget_requests();
  snapshot_download("org/tiny", options());
  EXPECT_EQ(hub_.count("HEAD"), 1);
  EXPECT_EQ(hub_.server().requests().size(), 1);
}

TEST_F(HubTest, AFullCommitInTheCacheAsksNothing) {
  add_model();
  HubOptions at_commit = options();
  at_commit.revision = hub_.commit();
  snapshot_download("org/tiny", at_commit);
  EXPECT_FALSE(fs::exists(folder() / "refs" / hub_.commit()));
  hub_.server().forget_requests();
  EXPECT_EQ(snapshot_download("org/tiny", at_commit), snapshot());
  EXPECT_THAT(hub_.server().requests(), IsEmpty());
}

TEST_F(HubTest, ANewCommitFetchesWhatChanged) {
  add_model();
  snapshot_download("org/tiny", options());
  hub_.set_commit(std::string(40, 'a'));
  hub_.add("org/tiny", "config.json", R"({"model_type": "qwen2"})");
  hub_.server().forget_requests();
  EXPECT_EQ(snapshot_download("org/tiny", options()), snapshot());
  EXPECT_EQ(read_text(snapshot() / "config.json"), R"({"model_type": "qwen2"})");
  EXPECT_EQ(read_text(snapshot() / "model.safetensors"), kWeights);
  EXPECT_EQ(hub_.count("GET", "config.json"), 1);
  EXPECT_EQ(hub_.count("GET", hub_.commit() + "/model.safetensors"), 0);
}

TEST_F(HubTest, ForceDownloadFetchesAgain) {
  add_model();
  snapshot_download("org/tiny", options());
  HubOptions force = options();
  force.force_download = true;
  snapshot_download("org/tiny", force);
  EXPECT_EQ(hub_.count("GET", "config.json"), 2);
  EXPECT_EQ(hub_.count("GET", hub_.commit() + "/model.safetensors"), 2);
  EXPECT_EQ(read_text(snapshot() / "model.safetensors"), kWeights);
}

TEST_F(HubTest, FetchesEveryShardOfAnIndex) {
  add_sharded_model();
  snapshot_download("org/tiny", options());
  EXPECT_EQ(read_text(snapshot() / "model-00001-of-00002.safetensors"), "one");
  EXPECT_EQ(read_text(snapshot() / "model-00002-of-00002.safetensors"), "two");
}

TEST_F(HubTest, PrefersSafetensorsToPyTorchFiles) {
  hub_.add("org/tiny", "config.json", "{}");
  hub_.add_large("org/tiny", "pytorch_model.bin", "torch");
  snapshot_download("org/tiny", options());
  EXPECT_EQ(read_text(snapshot() / "pytorch_model.bin"), "torch");

  add_model();
  hub_.set_commit(std::string(40, 'b'));
  snapshot_download("org/tiny", options());
  EXPECT_TRUE(fs::exists(snapshot() / "model.safetensors"));
  EXPECT_FALSE(fs::exists(snapshot() / "pytorch_model.bin"));
}

TEST_F(HubTest, RefusesAnIndexThatLeavesTheRepository) {
  for (const std::string file :
       {"../../../../outside", "/etc/passwd", "sub/shard.safetensors", "..", "a\\\\b"}) {
    hub_.add("org/tiny", "config.json", "{}");
    hub_.add("org/tiny", "model.safetensors.index.json", R"({"weight_map": {"a": ")" + file + "\"}}");
    hub_.set_commit(FakeHub::etag_of(file, false));
    EXPECT_THAT(coded_error_of([&] { snapshot_download("org/tiny", options()); }),
                AllOf(StartsWith("corrupt file"), HasSubstr("model.safetensors.index.json")))
        << file;
  }
  EXPECT_FALSE(fs::exists(scratch_ / "outside"));
}

TEST_F(HubTest, SubfolderAndVariantChooseFiles) {
  hub_.add("org/tiny", "sub/config.json", "{}");
  hub_.add_large("org/tiny", "sub/model.fp16.safetensors", "half");
  hub_.add_large("org/tiny", "sub/model.safetensors", "full");
  HubOptions chosen = options();
  chosen.subfolder = "sub";
  chosen.variant = "fp16";
  const fs::path path = snapshot_download("org/tiny", chosen);
  EXPECT_EQ(path, snapshot() / "sub");
  EXPECT_EQ(read_text(path / "model.fp16.safetensors"), "half");
  EXPECT_FALSE(fs::exists(path / "model.safetensors"));
  chosen.variant = "int4";
  EXPECT_THAT(coded_error_of([&] { snapshot_download("org/tiny", chosen); }),
              AllOf(StartsWith("not found"), HasSubstr("org/tiny"), HasSubstr("sub/model.int4.safetensors")));
}

TEST_F(HubTest, ChecksNamesBeforeTheyBecomePaths) {
  for (const auto& [change, part] : std::vector<std::pair<std::function<void(HubOptions&)>, std::string>>{
           {[](HubOptions& o) { o.revision = "../../main"; }, "revision"},
           {[](HubOptions& o) { o.revision = ""; }, "revision"},
           {[](HubOptions& o) { o.subfolder = "/etc"; }, "subfolder"},
           {[](HubOptions& o) { o.variant = "../x"; }, "variant"}}) {
    HubOptions wrong = options();
    change(wrong);
    EXPECT_THAT(coded_error_of([&] { snapshot_download("org/tiny", wrong); }),
                AllOf(StartsWith("invalid argument"), HasSubstr(part)));
  }
  EXPECT_THAT(coded_error_of([&] { snapshot_download("../tiny", options()); }),
              StartsWith("invalid argument"));
  EXPECT_THAT(hub_.server().requests(), IsEmpty());
}

TEST_F(HubTest, OfflineTheCacheServes) {
  add_model();
  snapshot_download("org/tiny", options());
  hub_.server().forget_requests();
  HubOptions offline = options();
  offline.local_files_only = true;
  EXPECT_EQ(snapshot_download("org/tiny", offline), snapshot());
  test_support::use_hub_environment({{"HF_HUB_OFFLINE", "1"}});
  EXPECT_EQ(snapshot_download("org/tiny", options()), snapshot());
  EXPECT_THAT(hub_.server().requests(), IsEmpty());
}

TEST_F(HubTest, OfflineNamesWhatIsMissing) {
  add_model();
  HubOptions offline = options();
  offline.local_files_only = true;
  const auto error = [&] { return coded_error_of([&] { snapshot_download("org/tiny", offline); }); };
  EXPECT_THAT(error(), AllOf(StartsWith("not found: hub: org/tiny at main: config.json"),
                             HasSubstr(cache().string()), HasSubstr("--offline")));
  fetch_snapshot("org/tiny", kConfigFiles, options());
  EXPECT_THAT(error(), AllOf(HasSubstr("model.safetensors"), HasSubstr("--offline")));
  offline.force_download = true;
  EXPECT_THAT(error(), AllOf(StartsWith("invalid argument"), HasSubstr("force_download")));
}

TEST_F(HubTest, WithoutANetworkTheCacheServesWithANote) {
  add_model();
  snapshot_download("org/tiny", options());
  for (const auto& [status, text] : {std::pair(500, "status 500"), {429, "status 429"}, {403, "forbids"}}) {
    hub_.on([code = status](const ServerRequest&, int) { return test_support::Reply{.status = code}; });
    notes_.clear();
    EXPECT_EQ(snapshot_download("org/tiny", options()), snapshot());
    EXPECT_THAT(notes_, ::testing::ElementsAre(
                            AllOf(HasSubstr("using what the cache has of org/tiny"), HasSubstr(text))))
        << status;
  }
  HubOptions nowhere = options();
  nowhere.endpoint = "http://127.0.0.1:1";
  EXPECT_EQ(snapshot_download("org/tiny", nowhere), snapshot());
  nowhere.force_download = true;
  EXPECT_THAT(coded_error_of([&] { snapshot_download("org/tiny", nowhere); }), HasSubstr("127.0.0.1:1"));
}

TEST_F(HubTest, ReadsACacheThatHuggingFaceHubWrote) {
  const std::string commit = "a6344aac8c09253b3b630fb776ae94478aa0275b";
  fs::create_directories(folder() / "blobs");
  fs::create_directories(folder() / "refs");
  fs::create_directories(folder() / "snapshots" / commit);
  fs::create_directories(folder() / ".no_exist" / commit);
  io::write_text(folder() / "refs/main", commit);
  for (const auto& [name, blob] : {std::pair("config.json", "b0cf4ab2ee68dfbcd0ca6e5bbe7ee8f0ee23e0ed"),
                                   std::pair("model.safetensors", "5e8f8cf2dffc7a1b0b0f3b9d5a0d9f6e")}) {
    io::write_text(folder() / "blobs" / blob, name);
    fs::create_symlink(fs::path("../../blobs") / blob, folder() / "snapshots" / commit / name);
  }
  io::write_text(folder() / ".no_exist" / commit / "chat_template.jinja", "");
  HubOptions offline = options();
  offline.local_files_only = true;
  const fs::path path = snapshot_download("org/tiny", offline);
  EXPECT_EQ(path, folder() / "snapshots" / commit);
  EXPECT_EQ(read_text(path / "model.safetensors"), "model.safetensors");
  offline.revision = commit;
  EXPECT_EQ(snapshot_download("org/tiny", offline), path);

  // What it knows nothing about is asked for, and done without where nobody answers.
  HubOptions nowhere = options();
  nowhere.endpoint = "http://127.0.0.1:1";
  nowhere.revision = commit;
  EXPECT_EQ(snapshot_download("org/tiny", nowhere), path);
  EXPECT_THAT(notes_, ::testing::ElementsAre(HasSubstr("using what the cache has of org/tiny")));
}

TEST_F(HubTest, TwoThreadsFetchOnce) {
  add_model();
  hub_.on([](const ServerRequest& request, int) -> std::optional<test_support::Reply> {
    if (request.method == "GET") std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return std::nullopt;
  });
  {
    std::vector<std::jthread> threads;
    for (int index = 0; index < 4; ++index)
      threads.emplace_back([&] { EXPECT_EQ(snapshot_download("org/tiny", options()), snapshot()); });
  }
  EXPECT_EQ(hub_.count("GET", "config.json"), 1);
  EXPECT_EQ(hub_.count("GET", hub_.commit() + "/model.safetensors"), 1);
  EXPECT_EQ(read_text(snapshot() / "model.safetensors"), kWeights);
}

class Sink : public ProgressSink {
 public:
  void begin(std::string_view label, uint64_t total, ProgressUnit) override {
    labels.emplace_back(label);
    wanted += total;
  }
  void advance(uint64_t amount) override { done += amount; }
  void end() override { ++ended; }

  std::vector<std::string> labels;
  uint64_t wanted = 0, done = 0;
  size_t ended = 0;
};

TEST_F(HubTest, ProgressCountsEveryByte) {
  add_model();
  Sink sink;
  HubOptions watched = options();
  watched.progress = &sink;
  snapshot_download("org/tiny", watched);
  EXPECT_THAT(sink.labels, Contains("Downloading org/tiny"));
  EXPECT_EQ(sink.done, kWeights.size() + 23 + 2);
  EXPECT_EQ(sink.wanted, sink.done);
  EXPECT_EQ(sink.ended, sink.labels.size());
}

TEST_F(HubTest, ADirectoryComesBeforeARepository) {
  fs::create_directories(scratch_ / "org/tiny/sub");
  HubOptions chosen = options();
  EXPECT_EQ(model_directory(scratch_ / "org/tiny", kModelFiles, chosen), scratch_ / "org/tiny");
  chosen.subfolder = "sub";
  EXPECT_EQ(model_directory(scratch_ / "org/tiny", kModelFiles, chosen), scratch_ / "org/tiny/sub");
  EXPECT_EQ(model_directory("no/such/directory", kModelFiles, options()), "no/such/directory");
  EXPECT_THAT(coded_error_of([&] { model_directory("org/tiny", kModelFiles, options()); }),
              AllOf(StartsWith("not found"), HasSubstr("no directory of that name either")));
}

}  // namespace
}  // namespace easydel::hub
