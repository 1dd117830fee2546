// `easydel download`, killed at random points and started again: the cache never holds a wrong file under a right name.
#include <algorithm>
#include <chrono>
#include <map>
#include <random>

#include "cli/program.h"
#include "fake_hub/fake_hub.h"
#include "fake_hub/hub_environment.h"

namespace easydel::cli_test {
namespace {

namespace fs = std::filesystem;

constexpr int kKilled = 128 + 9;

class KilledDownload : public ::testing::Test {
 protected:
  KilledDownload() {
    const auto add = [&](const std::string& name, const std::string& content, bool large) {
      contents_[name] = content;
      blobs_[test_support::FakeHub::etag_of(content, large)] = content;
      large ? hub_.add_large("org/tiny", name, content) : hub_.add("org/tiny", name, content);
    };
    add("config.json", R"({"model_type": "llama"})", false);
    add("tokenizer.json", "{}", false);
    add("model.safetensors.index.json",
        R"({"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}})",
        false);
    for (const char* name : {"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"})
      add(name, random_bytes(1'500'000), true);
    test_support::use_hub_environment(
        {{"HF_ENDPOINT", hub_.url()}, {"HF_HUB_CACHE", scratch_.path("cache")}});
  }

  std::string random_bytes(size_t count) {
    std::string bytes(count, '\0');
    std::ranges::generate(bytes, [&] { return static_cast<char>(random_()); });
    return bytes;
  }

  fs::path folder() const { return scratch_.path("cache/models--org--tiny"); }

  /// Whatever goes by its final name is whole, what does not is a beginning, and links lead to what they should.
  void expect_sound_cache() const {
    if (!fs::exists(folder())) return;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder())) {
      const std::string name = entry.path().filename().string(), kind = kind_of(entry.path());
      if (entry.is_directory() || kind == ".no_exist") continue;
      const std::string content = read_file(entry.path().string());
      if (kind == "blobs" && entry.path().extension() == ".incomplete") {
        EXPECT_TRUE(blobs_.at(entry.path().stem().string()).starts_with(content)) << name;
      } else if (kind == "blobs") {
        EXPECT_TRUE(content == blobs_.at(name)) << name;
      } else if (kind == "snapshots") {
        EXPECT_TRUE(entry.is_symlink()) << name;
        EXPECT_TRUE(content == contents_.at(name)) << name;
      } else if (kind == "refs" && name == "main") {
        EXPECT_EQ(content, hub_.commit());
      }
    }
  }

  /// "blobs", "snapshots", ...
  std::string kind_of(const fs::path& path) const {
    return path.lexically_relative(folder()).begin()->string();
  }

  void expect_whole_cache() const {
    expect_sound_cache();
    const fs::path snapshot = folder() / "snapshots" / hub_.commit();
    for (const auto& [name, content] : contents_) EXPECT_TRUE(fs::is_symlink(snapshot / name)) << name;
    EXPECT_EQ(read_file((folder() / "refs/main").string()), hub_.commit());
    for (const fs::directory_entry& entry : fs::directory_iterator(folder() / "blobs"))
      EXPECT_TRUE(blobs_.contains(entry.path().filename().string())) << entry.path();
  }

  std::mt19937 random_{11};
  Scratch scratch_;
  test_support::FakeHub hub_;
  std::map<std::string, std::string> contents_, blobs_;  // by file, by etag
};

TEST_F(KilledDownload, FiftyKillsLeaveARightCache) {
  const auto start = std::chrono::steady_clock::now();
  ASSERT_EQ(easydel_program({"download", "org/tiny"}).exit_code, 0);
  const std::chrono::duration<double, std::micro> whole = std::chrono::steady_clock::now() - start;
  expect_whole_cache();
  fs::remove_all(scratch_.path("cache"));
  // Half of the answers of the storage end early, so that the program is also killed while it waits to go on.
  hub_.on(
      [this](const test_support::ServerRequest& request, int count) -> std::optional<test_support::Reply> {
        if (request.method != "GET" || !request.path.ends_with("signature=secret") || count % 2 == 1)
          return std::nullopt;
        const std::string name = fs::path(request.path.substr(0, request.path.find('?'))).filename().string();
        const std::string range = request.header("range"), &content = contents_.at(name);
        const size_t offset = range.empty() ? 0 : std::stoul(range.substr(range.find('=') + 1));
        test_support::Reply reply{.body = content.substr(offset), .cut_after = 200'000};
        if (offset > 0) {
          reply.status = 206;
          reply.headers["Content-Range"] = "bytes " + std::to_string(offset) + "-" +
                                           std::to_string(content.size() - 1) + "/" +
                                           std::to_string(content.size());
        }
        return reply;
      });
  std::uniform_int_distribution<int> wait(static_cast<int>(whole.count() / 10),
                                          static_cast<int>(2 * whole.count()));
  int kills = 0, resumed = 0;
  for (int run = 0; kills < 50 && run < 500; ++run) {
    if (fs::exists(folder() / "blobs"))
      for (const fs::directory_entry& entry : fs::directory_iterator(folder() / "blobs"))
        resumed += entry.path().extension() == ".incomplete" && entry.file_size() > 0;
    const Result result = easydel_program({"download", "org/tiny"}, {.kill_after_us = wait(random_)});
    expect_sound_cache();
    if (result.exit_code == kKilled) {
      ++kills;
      continue;
    }
    ASSERT_EQ(result.exit_code, 0) << result.err;
    expect_whole_cache();
    fs::remove_all(scratch_.path("cache"));
  }
  EXPECT_EQ(kills, 50);
  EXPECT_GT(resumed, 5);
  hub_.on({});
  const Result result = easydel_program({"download", "org/tiny"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  expect_whole_cache();
  hub_.server().forget_requests();
  hub_.storage().forget_requests();
  EXPECT_EQ(easydel_program({"download", "org/tiny", "--offline"}).exit_code, 0);
  EXPECT_EQ(hub_.count("GET") + hub_.count("HEAD"), 0);
}

}  // namespace
}  // namespace easydel::cli_test
