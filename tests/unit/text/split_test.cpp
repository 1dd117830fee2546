// The scanners against the regular expressions that they replace, and Oniguruma's syntax on PCRE2.
#include <gtest/gtest.h>

#include <random>

#include "easydel/error.h"
#include "text/regex.h"
#include "text/scanners.h"
#include "text/utf8.h"

namespace easydel::text {
namespace {

constexpr const char* kPatterns[] = {
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)",
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
    R"('(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+)",
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
};

// Short texts over the characters on which the patterns decide; any order of them must split alike.
TEST(Scanners, EqualTheirPatterns) {
  constexpr const char* kAlphabet[] = {
      "a",      "b",      "A",      "S",      "s",      "l",      "e",      "r",      "'", "'",
      "1",      "\u0664", " ",      " ",      "\n",     "\r",     "\t",     "\u00a0", "!", "/",
      "\u0301", "\u4e2d", "\u01c5", "\u02b0", "\u017f", "\u2028", "\u00e9", "\u00c9", "$", "d"};
  std::mt19937 random(1);
  for (const char* pattern : kPatterns) {
    const Scanner scan = find_scanner(pattern);
    ASSERT_NE(scan, nullptr) << pattern;
    const Regex regex(pattern, "test");
    for (int i = 0; i < 20'000; ++i) {
      std::string text;
      for (size_t length = random() % 12; length > 0; --length)
        text += kAlphabet[random() % std::size(kAlphabet)];
      std::vector<size_t> expected, actual;
      regex.find(text, [&](size_t, size_t end) { expected.push_back(end); });
      for (size_t at = 0; at < text.size();) actual.push_back(at = scan(text, at));
      ASSERT_EQ(actual, expected) << pattern << " on \"" << text << '"';
    }
  }
  EXPECT_EQ(find_scanner(R"(\s+)"), nullptr);
}

TEST(Regex, TakesOnigurumaSyntax) {
  const auto translated = [](std::string_view expression) { return oniguruma_to_pcre2(expression, "test"); };
  EXPECT_EQ(translated(R"(\p{L}+|a(?:b)[^c]\])"), R"(\p{L}+|a(?:b)[^c]\])");
  EXPECT_EQ(translated(R"((?m:.)(?i)(?mi:x)(?=m)(?<!m))"), R"((?s:.)(?i)(?si:x)(?=m)(?<!m))");
  EXPECT_EQ(translated(R"(\h[\h_]\H)"), R"([0-9A-Fa-f][0-9A-Fa-f_][^0-9A-Fa-f])");
  EXPECT_EQ(translated("[]a]"), "[\\]a]");
  EXPECT_EQ(translated(R"([\p{L}&&[^\p{Han}]]+)"), R"((?:(?=[^\p{Han}])[\p{L}])+)");
}

TEST(Regex, RefusesWhatItCannotSay) {
  for (const char* expression :
       {"(", "[a", "a\\", "[a[b]]", "[a&&b]", "[^a&&[b]]", "(?<name", "*a", "\\p{Nope}", "[[:x"})
    EXPECT_THROW(Regex(expression, "test"), Error) << expression;
  EXPECT_THROW(Regex(std::string(70'000, 'a'), "test"), Error);
}

TEST(Regex, EmptyMatchesAreThoseOfOniguruma) {
  std::vector<std::pair<size_t, size_t>> spans;
  Regex("x*", "test").find("axxé", [&](size_t begin, size_t end) { spans.emplace_back(begin, end); });
  EXPECT_EQ(spans, (std::vector<std::pair<size_t, size_t>>{{0, 0}, {1, 3}, {5, 5}}));
}

}  // namespace
}  // namespace easydel::text
