#include "io/hub/settings.h"

#include "unit/io/hub_testing.h"

namespace easydel::hub {
namespace {

using test_support::use_hub_environment;
using ::testing::HasSubstr;

TEST(HubSettings, TheCacheIsWhereHuggingFaceHubHasIt) {
  const auto cache = [](const std::map<std::string, std::string>& variables, const HubOptions& options = {}) {
    use_hub_environment(variables);
    setenv("HOME", "/home/ann", 1);
    return HubSettings::of(options).cache.string();
  };
  EXPECT_EQ(cache({}), "/home/ann/.cache/huggingface/hub");
  EXPECT_EQ(cache({{"XDG_CACHE_HOME", "/x"}}), "/x/huggingface/hub");
  EXPECT_EQ(cache({{"XDG_CACHE_HOME", "/x"}, {"HF_HOME", "~/hf"}}), "/home/ann/hf/hub");
  EXPECT_EQ(cache({{"HF_HOME", "/hf"}, {"HUGGINGFACE_HUB_CACHE", "/old"}}), "/old");
  EXPECT_EQ(cache({{"HUGGINGFACE_HUB_CACHE", "/old"}, {"HF_HUB_CACHE", "/new"}}), "/new");
  EXPECT_EQ(cache({{"HF_HUB_CACHE", "/new"}}, {.cache_dir = "/option"}), "/option");
}

TEST(HubSettings, TokensComeFromOptionsEnvironmentAndFile) {
  const io::ScratchDirectory home;
  io::write_text(home / "token", "from_file\n");
  const auto token = [&](std::map<std::string, std::string> variables, const HubOptions& options = {}) {
    variables["HF_HOME"] = home.path();
    use_hub_environment(variables);
    return HubSettings::of(options).token;
  };
  EXPECT_EQ(token({}), "from_file");
  EXPECT_EQ(token({{"HUGGING_FACE_HUB_TOKEN", "old"}}), "old");
  EXPECT_EQ(token({{"HUGGING_FACE_HUB_TOKEN", "old"}, {"HF_TOKEN", " new\n"}}), "new");
  EXPECT_EQ(token({{"HF_TOKEN", "new"}, {"HF_HUB_DISABLE_IMPLICIT_TOKEN", "true"}}), "");
  EXPECT_EQ(token({{"HF_TOKEN", "new"}}, {.token = "option"}), "option");
  EXPECT_EQ(token({{"HF_TOKEN", "new"}}, {.token = ""}), "");
  EXPECT_EQ(token({{"HF_TOKEN_PATH", home / "none"}}), "");
}

TEST(HubSettings, TheRestOfTheEnvironment) {
  use_hub_environment(
      {{"HF_ENDPOINT", "https://mirror/hub/"}, {"HF_HUB_DOWNLOAD_TIMEOUT", "3"}, {"HF_HUB_OFFLINE", "yes"}});
  const HubSettings settings = HubSettings::of({});
  EXPECT_EQ(settings.endpoint, "https://mirror/hub");
  EXPECT_EQ(settings.timeout, std::chrono::seconds(3));
  EXPECT_TRUE(settings.offline);
  use_hub_environment({{"HF_HUB_OFFLINE", "0"}});
  EXPECT_EQ(HubSettings::of({}).endpoint, "https://huggingface.co");
  EXPECT_FALSE(HubSettings::of({}).offline);
  use_hub_environment({{"HF_HUB_DOWNLOAD_TIMEOUT", "soon"}});
  EXPECT_THAT(coded_error_of([] { HubSettings::of({}); }), HasSubstr("\"soon\""));
}

}  // namespace
}  // namespace easydel::hub
