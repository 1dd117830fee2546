// Servers, networks and disks that fail: what can pass is tried again, the rest ends in one clear error, and nothing
// that is not whole is ever put in place.
#include "easydel/error.h"
#include "unit/io/hub_testing.h"

namespace easydel::hub {
namespace {

namespace fs = std::filesystem;
using io::read_text;
using test_support::FakeHub;
using test_support::Reply;
using test_support::ServerRequest;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Answer = std::optional<Reply>;

class HubFaults : public HubTest {
 protected:
  std::string download_error(const HubOptions& with) {
    return coded_error_of([&] { snapshot_download("org/tiny", with); });
  }
  std::string download_error() { return download_error(options()); }

  /// Misbehaves when the storage is asked for the weights.
  void on_weights(std::function<Answer(const ServerRequest&, int)> fault) {
    hub_.on([this, fault = std::move(fault)](const ServerRequest& request, int count) -> Answer {
      return request.path.starts_with("/org/tiny/model.safetensors?") ? fault(request, count) : std::nullopt;
    });
  }

  std::string etag_ = FakeHub::etag_of(kWeights, true);
  fs::path blob_ = folder() / "blobs" / etag_, partial_ = folder() / "blobs" / (etag_ + ".incomplete");

  void expect_whole() const { EXPECT_EQ(read_text(snapshot() / "model.safetensors"), kWeights); }
  void expect_nothing_in_place() const {
    EXPECT_FALSE(fs::exists(blob_));
    EXPECT_FALSE(fs::exists(fs::symlink_status(snapshot() / "model.safetensors")));
  }
};

TEST_F(HubFaults, RefusalsNameTheRepositoryAndTheMend) {
  struct Row {
    int status;
    std::string code, error, mend;
  };
  for (const Row& row :
       {Row{401, "RepoNotFound", "not found: hub: ", "private; check the name"},
        Row{404, "", "not found: hub: ", "private; check the name"},
        Row{403, "GatedRepo", "not found: hub: org/tiny is gated", "ask for access"},
        Row{404, "RevisionNotFound", "not found: hub: org/tiny has no revision \"main\"",
            "branch, a tag or a commit"},
        Row{403, "", "not found: hub: ", "HF_TOKEN"}, Row{429, "", "input/output: hub: ", "wait"},
        Row{500, "", "input/output: hub: ", "try again later"},
        Row{418, "", "input/output: hub: ", "status 418"}}) {
    hub_.on([&](const ServerRequest&, int) -> Answer {
      return Reply{.status = row.status, .headers = {{"X-Error-Code", row.code}}};
    });
    EXPECT_THAT(download_error(), AllOf(StartsWith(row.error), HasSubstr("org/tiny"), HasSubstr(row.mend)))
        << row.status;
  }
}

TEST_F(HubFaults, AMissingFileIsNamed) {
  hub_.add("org/tiny", "README.md", "");
  EXPECT_THAT(download_error(),
              AllOf(StartsWith("not found"), HasSubstr("org/tiny"), HasSubstr("config.json")));
  hub_.add("org/tiny", "config.json", "{}");
  hub_.set_commit(std::string(40, 'd'));
  EXPECT_THAT(download_error(),
              AllOf(StartsWith("not found"), HasSubstr("weights"), HasSubstr("pytorch_model.bin")));
  add_sharded_model();
  hub_.set_commit(std::string(40, 'e'));
  hub_.add("org/tiny", "model.safetensors.index.json", R"({"weight_map": {"a": "lost.safetensors"}})");
  EXPECT_THAT(download_error(), AllOf(StartsWith("not found"), HasSubstr("lost.safetensors")));
}

TEST_F(HubFaults, BusyServersAreAskedAgain) {
  add_model();
  for (const int status : {408, 429, 500, 502, 503, 504}) {
    hub_.set_commit(FakeHub::etag_of(std::to_string(status), false));
    hub_.on([&](const ServerRequest&, int count) -> Answer {
      return count < 1 ? Answer(Reply{.status = status}) : std::nullopt;
    });
    EXPECT_EQ(download_error(), "") << status;
  }
  EXPECT_THAT(notes_, Contains(HasSubstr("trying again")));
  hub_.set_commit(std::string(40, 'f'));
  hub_.on([&](const ServerRequest&, int count) -> Answer {
    return count < 3 ? Answer(Reply{.status = 503}) : std::nullopt;
  });
  HubOptions fresh = options();
  fresh.cache_dir = scratch_ / "other";
  EXPECT_THAT(download_error(fresh), AllOf(HasSubstr("status 503"), HasSubstr("tried 3 times")));
}

TEST_F(HubFaults, RetryAfterIsObeyed) {
  add_model();
  hub_.on([&](const ServerRequest& request, int count) -> Answer {
    if (!request.path.ends_with("main/config.json") || count > 0) return std::nullopt;
    return Reply{.status = 429, .headers = {{"Retry-After", "1"}}};
  });
  const auto started = std::chrono::steady_clock::now();
  EXPECT_EQ(download_error(), "");
  EXPECT_GE(std::chrono::steady_clock::now() - started, std::chrono::seconds(1));

  hub_.on([&](const ServerRequest&, int) -> Answer {
    return Reply{.status = 429, .headers = {{"Retry-After", "3600"}}};
  });
  HubOptions fresh = options();
  fresh.cache_dir = scratch_ / "other";
  EXPECT_THAT(download_error(fresh), HasSubstr("wait 3600 s"));
}

TEST_F(HubFaults, DroppedConnectionsGoOnWhereTheyEnded) {
  add_model();
  std::vector<std::string> ranges;
  on_weights([&](const ServerRequest& request, int count) -> Answer {
    ranges.push_back(request.header("range"));
    if (count == 0) return Reply{.body = kWeights, .cut_after = 40'000};
    if (count == 1)
      return Reply{.status = 206,
                   .headers = {{"Content-Range", "bytes 40000-100002/100003"}},
                   .body = kWeights.substr(40'000),
                   .cut_after = 1'000};
    return std::nullopt;
  });
  EXPECT_EQ(download_error(), "");
  EXPECT_THAT(ranges, ::testing::ElementsAre("", "bytes=40000-", "bytes=41000-"));
  expect_whole();
}

TEST_F(HubFaults, ProgressRenewsTheTries) {
  add_model();
  on_weights([&](const ServerRequest&, int count) -> Answer {
    if (count >= 8) return std::nullopt;
    const size_t at = static_cast<size_t>(count) * 1000;
    Reply reply{.status = count == 0 ? 200 : 206, .body = kWeights.substr(at), .cut_after = 1000};
    if (count > 0) reply.headers["Content-Range"] = "bytes " + std::to_string(at) + "-100002/100003";
    return reply;
  });
  EXPECT_EQ(download_error(), "");
  expect_whole();
}

TEST_F(HubFaults, AServerWithoutRangesSendsAllAgain) {
  add_model();
  hub_.ignore_ranges();
  on_weights([&](const ServerRequest&, int count) -> Answer {
    return count == 0 ? Answer(Reply{.body = kWeights, .cut_after = 40'000}) : std::nullopt;
  });
  EXPECT_EQ(download_error(), "");
  expect_whole();

  // One that always drops at the same place is given up.
  hub_.set_commit(std::string(40, 'a'));
  hub_.add_large("org/tiny", "model.safetensors", kWeights + "new");
  on_weights([&](const ServerRequest&, int) -> Answer {
    return Reply{.body = kWeights + "new", .cut_after = 40'000};
  });
  EXPECT_THAT(download_error(),
              AllOf(HasSubstr("model.safetensors of org/tiny"), HasSubstr("tried 3 times")));
}

TEST_F(HubFaults, AnEarlierTryIsGoneOnWith) {
  add_model();
  fs::create_directories(folder() / "blobs");
  io::write_text(partial_, kWeights.substr(0, 70'000));
  std::vector<std::string> ranges;
  on_weights([&](const ServerRequest& request, int) -> Answer {
    ranges.push_back(request.header("range"));
    return std::nullopt;
  });
  EXPECT_EQ(download_error(), "");
  EXPECT_THAT(ranges, ::testing::ElementsAre("bytes=70000-"));
  expect_whole();
  EXPECT_FALSE(fs::exists(partial_));
}

TEST_F(HubFaults, WrongBytesOfAnEarlierTryAreThrownAway) {
  add_model();
  for (const size_t size : {size_t{70'000}, kWeights.size(), kWeights.size() + 5}) {
    fs::remove_all(cache());
    fs::create_directories(folder() / "blobs");
    io::write_text(partial_, std::string(size, 'x'));
    EXPECT_EQ(download_error(), "") << size;
    expect_whole();
  }
}

TEST_F(HubFaults, AWrongHashIsRefused) {
  add_model();
  std::string wrong = kWeights;
  wrong[500] = 'x';
  on_weights([&](const ServerRequest&, int) -> Answer { return Reply{.body = wrong}; });
  EXPECT_THAT(download_error(), AllOf(StartsWith("corrupt file"), HasSubstr("model.safetensors of org/tiny"),
                                      HasSubstr("SHA-256"), HasSubstr(etag_)));
  EXPECT_EQ(hub_.count("GET", "org/tiny/model.safetensors"), 1);
  expect_nothing_in_place();
  EXPECT_FALSE(fs::exists(partial_));
  on_weights([](const ServerRequest&, int) -> Answer { return std::nullopt; });
  EXPECT_EQ(download_error(), "");
  expect_whole();
}

TEST_F(HubFaults, AWrongLengthIsRefused) {
  add_model();
  on_weights([&](const ServerRequest&, int) -> Answer { return Reply{.body = kWeights + "more"}; });
  EXPECT_THAT(download_error(), AllOf(StartsWith("corrupt file"), HasSubstr("longer than the 100003 bytes")));
  expect_nothing_in_place();

  on_weights([&](const ServerRequest& request, int) -> Answer {
    if (request.header("range").empty()) return Reply{.body = kWeights.substr(0, 10)};
    return Reply{.status = 206, .headers = {{"Content-Range", "bytes 10-9/100003"}}};
  });
  EXPECT_THAT(download_error(), AllOf(StartsWith("corrupt file"), HasSubstr("10 of 100003 bytes")));
  expect_nothing_in_place();
}

TEST_F(HubFaults, ASilentServerTimesOut) {
  add_model();
  on_weights([&](const ServerRequest&, int) -> Answer {
    return Reply{.body = kWeights, .stall = std::chrono::seconds(30)};
  });
  HubOptions impatient = options();
  impatient.timeout = std::chrono::milliseconds(200);
  impatient.max_retries = 0;
  const auto started = std::chrono::steady_clock::now();
  EXPECT_THAT(download_error(impatient),
              AllOf(StartsWith("input/output"), HasSubstr("no answer within 0.2 s")));
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(10));
}

TEST_F(HubFaults, AnUnreachableHubIsNamed) {
  HubOptions nowhere = options();
  nowhere.endpoint = "http://127.0.0.1:1";
  EXPECT_THAT(download_error(nowhere), AllOf(StartsWith("input/output: hub: config.json of org/tiny"),
                                             HasSubstr("http://127.0.0.1:1"), HasSubstr("tried 3 times")));
  nowhere.endpoint = "http://no-such-host.invalid";
  EXPECT_THAT(download_error(nowhere), AllOf(HasSubstr("no-such-host.invalid"), Not(HasSubstr("tried"))));
  nowhere.endpoint = "ftp://127.0.0.1";
  EXPECT_THAT(download_error(nowhere), StartsWith("invalid argument"));
}

TEST_F(HubFaults, ADiskWithoutRoomIsNoticedFirst) {
  add_model();
  hub_.on([&](const ServerRequest& request, int) -> Answer {
    if (request.method != "HEAD" || !request.path.ends_with("model.safetensors")) return std::nullopt;
    return Reply{.status = 302,
                 .headers = {{"X-Repo-Commit", hub_.commit()},
                             {"X-Linked-Etag", etag_},
                             {"X-Linked-Size", "1000000000000000000"},
                             {"Location", "http://127.0.0.1:1/"}}};
  });
  EXPECT_THAT(download_error(), AllOf(StartsWith("input/output"), HasSubstr("1000000000.0 GB"),
                                      HasSubstr("are free"), HasSubstr("--cache-dir")));
  EXPECT_EQ(hub_.count("GET", "model.safetensors"), 0);
}

TEST_F(HubFaults, TheTokenGoesToTheHubAlone) {
  add_model();
  hub_.require_token("org/tiny", "hf_secret");
  const std::string refused = download_error();
  EXPECT_THAT(refused, AllOf(HasSubstr("HF_TOKEN"), HasSubstr("private")));
  HubOptions with = options();
  with.token = "hf_secret\n";
  EXPECT_EQ(download_error(with), "");
  ASSERT_GT(hub_.storage().requests().size(), 0);
  for (const ServerRequest& request : hub_.storage().requests())
    EXPECT_EQ(request.header("authorization"), "");

  // Nor does it appear in what is said.
  with.cache_dir = scratch_ / "other";
  hub_.on([](const ServerRequest&, int) -> Answer { return Reply{.status = 500}; });
  EXPECT_THAT(download_error(with), Not(HasSubstr("hf_secret")));
  EXPECT_THAT(notes_, Not(Contains(HasSubstr("hf_secret"))));
  with.token = "hf secret";
  EXPECT_THAT(download_error(with), AllOf(StartsWith("invalid argument"), Not(HasSubstr("hf secret"))));
}

TEST_F(HubFaults, ARenamedRepositoryIsFollowed) {
  add_model();
  hub_.on([](const ServerRequest& request, int) -> Answer {
    if (!request.path.starts_with("/old/name/")) return std::nullopt;
    return Reply{.status = 307, .headers = {{"Location", "/org/tiny/" + request.path.substr(10)}}};
  });
  EXPECT_EQ(snapshot_download("old/name", options()),
            folder("models--old--name") / "snapshots" / hub_.commit());
  hub_.on([](const ServerRequest& request, int) -> Answer {
    return Reply{.status = 307, .headers = {{"Location", request.path}}};
  });
  EXPECT_THAT(download_error(), HasSubstr("redirected without end"));
  hub_.on([](const ServerRequest&, int) -> Answer {
    return Reply{.status = 302, .headers = {{"Location", "file:///etc/passwd"}}};
  });
  EXPECT_THAT(download_error(), HasSubstr("not followed"));
}

TEST_F(HubFaults, AMirrorThatLeadsToAnotherHostGetsNoToken) {
  add_model();
  test_support::HttpServer mirror([&](const ServerRequest& request) {
    return Reply{.status = 302, .headers = {{"Location", hub_.url() + request.path}}};
  });
  HubOptions mirrored = options();
  mirrored.endpoint = mirror.url();
  mirrored.token = "hf_secret";
  EXPECT_EQ(download_error(mirrored), "");
  EXPECT_EQ(mirror.requests().front().header("authorization"), "Bearer hf_secret");
  for (const ServerRequest& request : hub_.server().requests())
    EXPECT_EQ(request.header("authorization"), "");
}

TEST_F(HubFaults, AServerThatIsNoHubIsRefused) {
  hub_.on([](const ServerRequest&, int) -> Answer { return Reply{.body = "<html>"}; });
  EXPECT_THAT(download_error(), AllOf(HasSubstr("is no Hub"), HasSubstr("HF_ENDPOINT")));
  for (const auto& [commit, etag] :
       {std::pair("../../../outside", "abc"), std::pair("abc", "../../outside")}) {
    hub_.on([&](const ServerRequest&, int) -> Answer {
      return Reply{.headers = {{"X-Repo-Commit", commit}, {"ETag", etag}}};
    });
    EXPECT_THAT(download_error(), HasSubstr("is no Hub")) << commit;
  }
  EXPECT_FALSE(fs::exists(scratch_ / "outside"));
}

}  // namespace
}  // namespace easydel::hub
