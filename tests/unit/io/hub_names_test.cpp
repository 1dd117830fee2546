#include "io/hub/names.h"

#include <gtest/gtest.h>

#include "io/hub/http.h"

namespace easydel::hub {
namespace {

TEST(HubNames, RepositoriesByHuggingFaceHubsRules) {
  const std::string longest(96, 'a');
  for (const std::string& name :
       {std::string("gpt2"), std::string("foo/bar"), std::string("123"), std::string("Foo-BAR_foo.bar123"),
        std::string("_a/b_"), longest + "/" + longest})
    EXPECT_TRUE(is_repo_id(name)) << name;
  for (const std::string& name :
       {std::string(""), std::string("datasets/foo/bar"), std::string(".repo_id"), std::string("foo--bar"),
        std::string("foo.git"), std::string("a..b"), std::string("../x"), std::string("-a"),
        std::string("a-"), std::string("a/"), std::string("/a"), std::string("a b"),
        std::string("caf\xc3\xa9"), longest + "a"})
    EXPECT_FALSE(is_repo_id(name)) << name;
}

TEST(HubNames, PathsStayInside) {
  for (const char* path : {"config.json", "a/b/c.json", "refs/pr/1", "..."})
    EXPECT_TRUE(is_inner_path(path)) << path;
  for (const char* path : {"", "/etc", "..", "a/../b", "a//b", "./a", "a/", "a\\b", "C:\\x"})
    EXPECT_FALSE(is_inner_path(path)) << path;
  EXPECT_FALSE(is_file_name("a/b"));
}

TEST(HubNames, AddressesAreQuoted) {
  EXPECT_EQ(file_url("https://hub", "org/name", "refs/pr/1", "a b/c#?.json"),
            "https://hub/org/name/resolve/refs%2Fpr%2F1/a%20b/c%23%3F.json");
  EXPECT_EQ(folder_name("org/name"), "models--org--name");
  EXPECT_EQ(folder_name("gpt2"), "models--gpt2");
}

TEST(HubNames, EtagsWithoutQuotes) {
  EXPECT_EQ(plain_etag("\"abc\""), "abc");
  EXPECT_EQ(plain_etag("W/\"abc\""), "abc");
  EXPECT_EQ(plain_etag("abc"), "abc");
}

TEST(HubNames, OriginsCompareSchemeHostAndPort) {
  EXPECT_EQ(origin_of("https://huggingface.co/a?b"), origin_of("https://huggingface.co:443/c"));
  for (const char* other : {"http://huggingface.co/", "https://huggingface.co:444/",
                            "https://cdn.huggingface.co/", "https://huggingface.co@evil.example/"})
    EXPECT_NE(origin_of("https://huggingface.co/"), origin_of(other)) << other;
  EXPECT_EQ(origin_of("file:///etc/passwd"), "");
  EXPECT_EQ(joined_url("https://hub/a/b?c", "/d"), "https://hub/d");
  EXPECT_EQ(joined_url("https://hub/a", "https://cdn/x"), "https://cdn/x");
  EXPECT_EQ(joined_url("https://hub/a", "file:///etc/passwd"), "");
}

}  // namespace
}  // namespace easydel::hub
