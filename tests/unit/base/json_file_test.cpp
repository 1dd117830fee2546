#include "base/json_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "easydel/error.h"

namespace easydel {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string parse_error(const std::string& text, const JsonLimits& limits = {}) {
  try {
    parse_json(text, "config.json", limits);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorruptFile);
    return error.what();
  }
  return "";
}

TEST(JsonFile, BuildsTheValueThatTheLibraryBuilds) {
  const std::string text =
      R"({"a":[1,-2,3.5,true,null,{"b":[]}],"c":{},"d":"\u00e9\n","e":18446744073709551615,"a2":[[],[1]]})";
  EXPECT_EQ(parse_json(text, "x"), nlohmann::json::parse(text));
  EXPECT_EQ(parse_json("3", "x"), 3);
}

TEST(JsonFile, NamesLineAndColumn) {
  EXPECT_THAT(parse_error("{\n  \"a\": 1,\n  \"b\": x\n}"),
              AllOf(HasSubstr("config.json"), HasSubstr("line 3, column 8")));
  EXPECT_THAT(parse_error("{\"a\": 1"), HasSubstr("ends too early"));
  EXPECT_THAT(parse_error(""), HasSubstr("ends too early"));
  EXPECT_THAT(parse_error("{} x"), HasSubstr("column 4"));
  EXPECT_THAT(parse_error("\"\xff\""), HasSubstr("not valid JSON"));
}

TEST(JsonFile, LimitsDepthAndSize) {
  EXPECT_EQ(parse_error(std::string(512, '[') + std::string(512, ']')), "");
  EXPECT_THAT(parse_error(std::string(513, '[') + std::string(513, ']')), HasSubstr("more than 512 levels"));
  EXPECT_THAT(parse_error(std::string(1000000, '[')), HasSubstr("more than 512 levels"));
  EXPECT_THAT(parse_error("[1,2,3]", {.max_bytes = 4}), HasSubstr("7 bytes"));
}

TEST(JsonFile, DuplicateKeysFollowTheLimits) {
  EXPECT_EQ(parse_json(R"({"a":{"x":1},"a":2})", "x")["a"], 2);
  EXPECT_THAT(parse_error(R"({"a":1,"a":2})", {.allow_duplicate_keys = false}),
              HasSubstr("\"a\" appears twice"));
  EXPECT_EQ(parse_error(R"({"a":1,"b":{"a":2}})", {.allow_duplicate_keys = false}), "");
}

TEST(JsonFile, WritesAsPythonDoes) {
  // json.dumps({"b": [1, 1e-06, 10000.0], "a": {}, "c": "\u00e9", "d": []}, indent=2, sort_keys=True) + "\n"
  EXPECT_EQ(to_json_text({{"b", {1, 1e-06, 10000.0}},
                          {"a", nlohmann::json::object()},
                          {"c", "\u00e9"},
                          {"d", nlohmann::json::array()}}),
            "{\n  \"a\": {},\n  \"b\": [\n    1,\n    1e-06,\n    10000.0\n  ],\n  \"c\": \"\\u00e9\",\n  "
            "\"d\": []\n}\n");
}

}  // namespace
}  // namespace easydel
