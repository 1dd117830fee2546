// The cache beside the one that huggingface_hub itself made of the same repository (tests/golden/hub/make.py).
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json_file.h"
#include "io/hub/snapshot.h"
#include "unit/io/hub_testing.h"

namespace easydel::hub {
namespace {

namespace fs = std::filesystem;

class HubLayout : public HubTest {
 protected:
  HubLayout() {
    hub_.set_commit(golden_.at("commit"));
    for (const auto& [name, file] : golden_.at("repository").items()) {
      const std::string content = file.at("content");
      EXPECT_EQ(test_support::FakeHub::etag_of(content, file.at("large")), file.at("etag"));
      if (file.at("large"))
        hub_.add_large("org/tiny", name, content);
      else
        hub_.add("org/tiny", name, content);
    }
  }

  /// Files and links below the cache, as the golden file has them.
  nlohmann::json listing() const {
    nlohmann::json entries = nlohmann::json::object();
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(cache())) {
      const std::string name = entry.path().lexically_relative(cache()).string();
      if (entry.is_symlink())
        entries[name] = {{"link", fs::read_symlink(entry.path()).string()}};
      else if (entry.is_regular_file())
        entries[name] = {{"text", io::read_text(entry.path())}};
    }
    return entries;
  }

  /// Makes the cache that huggingface_hub made.
  void make_theirs() const {
    for (const auto& [name, entry] : golden_.at("cache").items()) {
      fs::create_directories((cache() / name).parent_path());
      if (entry.contains("link"))
        fs::create_symlink(entry.at("link").get<std::string>(), cache() / name);
      else
        io::write_text(cache() / name, entry.at("text"));
    }
  }

  nlohmann::json golden_ = read_json_file(EASYDEL_SOURCE_DIR "/tests/golden/hub/cache.json");
};

// What either keeps for itself: locks, which files there are not, how the repository's tree was.
bool is_private(const std::string& name) {
  return name.starts_with(".locks/") || name.find("/.no_exist/") != std::string::npos ||
         name.find("/trees/") != std::string::npos || name == "CACHEDIR.TAG";
}

TEST_F(HubLayout, IsHuggingFaceHubs) {
  snapshot_download("org/tiny", options());
  nlohmann::json ours = listing(), theirs = golden_.at("cache");
  const std::string tag = ours.at("CACHEDIR.TAG").at("text"),
                    golden_tag = theirs.at("CACHEDIR.TAG").at("text");
  EXPECT_EQ(tag.substr(0, tag.find('\n')), golden_tag.substr(0, golden_tag.find('\n')));
  for (nlohmann::json* entries : {&ours, &theirs})
    for (auto entry = entries->begin(); entry != entries->end();)
      entry = is_private(entry.key()) ? entries->erase(entry) : std::next(entry);
  EXPECT_EQ(ours, theirs);
  EXPECT_GT(ours.size(), 10u);
}

TEST_F(HubLayout, OfHuggingFaceHubIsUsedWithoutADownload) {
  make_theirs();
  HubOptions offline = options();
  offline.local_files_only = true;
  EXPECT_EQ(snapshot_download("org/tiny", offline), snapshot());
  EXPECT_THAT(hub_.server().requests(), ::testing::IsEmpty());

  EXPECT_EQ(snapshot_download("org/tiny", options()),
            snapshot());  // asks for the commit and for what may have come
  EXPECT_EQ(hub_.count("GET"), 0);
  EXPECT_THAT(hub_.storage().requests(), ::testing::IsEmpty());
  for (const auto& [name, file] : golden_.at("repository").items())
    EXPECT_EQ(io::read_text(snapshot() / name), file.at("content").get<std::string>()) << name;
}

}  // namespace
}  // namespace easydel::hub
