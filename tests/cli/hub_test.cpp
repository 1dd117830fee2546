// `easydel download`, and every command with a repository's name in place of a directory.
#include <thread>

#include "cli/program.h"
#include "fake_hub/fake_hub.h"
#include "fake_hub/hub_environment.h"

namespace easydel::cli_test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class HubProgram : public ::testing::Test {
 protected:
  HubProgram() {
    for (const auto& entry : fs::directory_iterator(kModel)) {
      const std::string name = entry.path().filename().string(), content = read_file(entry.path());
      if (name == "model.safetensors")
        hub_.add_large("org/shakespeare", name, content);
      else
        hub_.add("org/shakespeare", name, content);
    }
    test_support::use_hub_environment(
        {{"HF_ENDPOINT", hub_.url()}, {"HF_HUB_CACHE", scratch_.path("cache")}});
  }

  std::string snapshot(const std::string& cache = "cache") const {
    return scratch_.path(cache + "/models--org--shakespeare/snapshots/" + hub_.commit());
  }

  Scratch scratch_;
  test_support::FakeHub hub_;
};

TEST_F(HubProgram, DownloadPrintsTheSnapshot) {
  const Result result = easydel_program({"download", "org/shakespeare"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, snapshot() + "\n");
  EXPECT_EQ(read_file(snapshot() + "/model.safetensors"), read_file(kModel + "/model.safetensors"));

  EXPECT_EQ(easydel_program({"download", "org/shakespeare", "--cache-dir", scratch_.path("other"),
                             "--revision", hub_.commit()})
                .out,
            snapshot("other") + "\n");
  hub_.server().forget_requests();
  EXPECT_EQ(easydel_program({"download", "org/shakespeare", "--offline"}).out, snapshot() + "\n");
  EXPECT_EQ(hub_.server().requests().size(), 0u);
  EXPECT_EQ(easydel_program({"download", "org/shakespeare", "--force-download"}).exit_code, 0);
  EXPECT_EQ(hub_.count("GET", "/config.json"), 1);
}

TEST_F(HubProgram, CommandsTakeRepositories) {
  const auto run = [](std::vector<std::string> words, const std::string& model) {
    words.insert(words.begin() + 1, model);
    words.push_back("--quiet");
    return easydel_program(words);
  };
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"tokenize", "--text", "ROMEO:"},
                                             {"detokenize", "--ids", "27,28"},
                                             {"info", "--plan", "--mesh", "dp=1"},
                                             {"generate", "--prompt", "ROMEO:", "--greedy", "-n", "4"}}) {
    const Result result = run(words, "org/shakespeare");
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.out, run(words, kModel).out) << words.front();
  }
  EXPECT_EQ(run({"doctor"}, "org/shakespeare").exit_code, 0);
  EXPECT_THAT(run({"info"}, "org/shakespeare").out, HasSubstr("# shakespeare"));
  EXPECT_EQ(run({"convert", scratch_.path("copy")}, "org/shakespeare").exit_code, 0);
  EXPECT_EQ(read_file(scratch_.path("copy/tokenizer.json")), read_file(kModel + "/tokenizer.json"));
}

TEST_F(HubProgram, RefusalsAreOneLine) {
  expect_refused(easydel_program({"download", "org/none"}), {"org/none", "check the name"});
  expect_refused(easydel_program({"download", "org/shakespeare", "--revision", "v9"}),
                 {"org/shakespeare", "\"v9\""});
  expect_refused(easydel_program({"generate", "org/shakespeare", "--prompt", "a", "--offline"}),
                 {"org/shakespeare", "--offline", "easydel download"});
  expect_refused(easydel_program({"download", "../x"}), {"\"../x\" is no repository"});
}

TEST_F(HubProgram, TwoProcessesFetchOnce) {
  hub_.on([](const test_support::ServerRequest& request, int) -> std::optional<test_support::Reply> {
    if (request.method == "GET") std::this_thread::sleep_for(std::chrono::milliseconds(100));
    return std::nullopt;
  });
  {
    std::vector<std::jthread> threads;
    for (int index = 0; index < 3; ++index)
      threads.emplace_back([&] {
        EXPECT_EQ(easydel_program({"download", "org/shakespeare"}).out, snapshot() + "\n");
      });
  }
  EXPECT_EQ(hub_.count("GET", hub_.commit() + "/model.safetensors"), 1);
  EXPECT_EQ(read_file(snapshot() + "/model.safetensors"), read_file(kModel + "/model.safetensors"));
}

}  // namespace
}  // namespace easydel::cli_test
