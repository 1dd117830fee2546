// UTF-8 repair, classes and normalization forms.
#include "text/unicode.h"

#include <gtest/gtest.h>

#include "text/utf8.h"

namespace easydel::text {
namespace {

constexpr char kBad[] = "\uFFFD";

TEST(Utf8, RepairsAsPythonDoes) {
  const std::string r = kBad;
  // bytes.decode("utf-8", errors="replace")
  const std::pair<std::string, std::string> kRows[] = {
      {"abc", "abc"},
      {"\xFF", r},
      {"\xC3", r},
      {"a\xC3z", "a" + r + "z"},
      {"\xE4\xBD", r},
      {"\xE4\xBD"
       "A",
       r + "A"},
      {"\xF0\x9F\x98", r},
      {"\xF0\x9F\x98"
       "A",
       r + "A"},
      {"\xF0\x80\x80\x80", r + r + r + r},
      {"\xC0\x80", r + r},
      {"\xE0\x80\x80", r + r + r},
      {"\xED\xA0\x80", r + r + r},
      {"\xF4\x90\x80\x80", r + r + r + r},
      {"\x80\xBF", r + r},
      {"\xE4\xBD\xA0\xE4\xBD", "你" + r},
  };
  for (const auto& [bytes, repaired] : kRows) {
    EXPECT_EQ(repair_utf8(bytes), repaired);
    EXPECT_EQ(is_valid_utf8(bytes), bytes == repaired);
  }
}

TEST(Utf8, EveryCodePointThereAndBack) {
  for (uint32_t point = 0; point < 0x110000; ++point) {
    if (point >= 0xD800 && point < 0xE000) continue;
    std::string text;
    append_utf8(text, point);
    size_t at = 0;
    ASSERT_EQ(decode_utf8(text, at), point);
    ASSERT_EQ(at, text.size());
    ASSERT_EQ(utf8_length(text[0]), text.size());
    ASSERT_EQ(previous_character(text, text.size()), 0U);
    ASSERT_EQ(inspect_utf8(text, 0).state, Utf8Step::kValid);
    for (size_t cut = 1; cut < text.size(); ++cut)
      ASSERT_EQ(inspect_utf8(std::string_view(text).substr(0, cut), 0).state, Utf8Step::kIncomplete);
  }
}

struct Forms {
  const char *text, *nfc, *nfd, *nfkc, *nfkd;
};

TEST(Normalize, Forms) {
  const Forms kRows[] = {
      {"plain", "plain", "plain", "plain", "plain"},
      {"\u00e9", "\u00e9", "e\u0301", "\u00e9", "e\u0301"},
      {"e\u0301x", "\u00e9x", "e\u0301x", "\u00e9x", "e\u0301x"},
      {"\u212b", "\u00c5", "A\u030a", "\u00c5", "A\u030a"},
      {"\ufb01", "\ufb01", "\ufb01", "fi", "fi"},
      {"\ud55c", "\ud55c", "\u1112\u1161\u11ab", "\ud55c", "\u1112\u1161\u11ab"},
      {"\u1112\u1161\u11ab", "\ud55c", "\u1112\u1161\u11ab", "\ud55c", "\u1112\u1161\u11ab"},
      {"\ud558\u11ab", "\ud55c", "\u1112\u1161\u11ab", "\ud55c", "\u1112\u1161\u11ab"},
      {"q\u0307\u0323", "q\u0323\u0307", "q\u0323\u0307", "q\u0323\u0307", "q\u0323\u0307"},
      {"\u1e9b\u0323", "\u1e9b\u0323", "\u017f\u0323\u0307", "\u1e69", "s\u0323\u0307"},
      {"a\u0328\u0301", "\u0105\u0301", "a\u0328\u0301", "\u0105\u0301", "a\u0328\u0301"},
      {"\u0958", "\u0915\u093c", "\u0915\u093c", "\u0915\u093c", "\u0915\u093c"},
      {"\u0301e", "\u0301e", "\u0301e", "\u0301e", "\u0301e"},
  };
  for (const Forms& row : kRows) {
    const auto form = [&](NormalForm f) { return normalize(row.text, f).value_or(row.text); };
    EXPECT_EQ(form(NormalForm::kNfc), row.nfc) << row.text;
    EXPECT_EQ(form(NormalForm::kNfd), row.nfd) << row.text;
    EXPECT_EQ(form(NormalForm::kNfkc), row.nfkc) << row.text;
    EXPECT_EQ(form(NormalForm::kNfkd), row.nfkd) << row.text;
  }
  EXPECT_EQ(normalize("already composed \u00e9", NormalForm::kNfc), std::nullopt);
}

// Normalizing twice changes nothing, and composing undoes decomposing, for every code point.
TEST(Normalize, IsStable) {
  for (uint32_t point = 0; point < 0x30000; ++point) {
    if (point >= 0xD800 && point < 0xE000) continue;
    std::string text;
    append_utf8(text, point);
    for (const auto form : {NormalForm::kNfc, NormalForm::kNfd, NormalForm::kNfkc, NormalForm::kNfkd}) {
      const std::string once = normalize(text, form).value_or(text);
      ASSERT_EQ(normalize(once, form).value_or(once), once) << point;
    }
    const std::string composed = normalize(text, NormalForm::kNfc).value_or(text);
    const std::string apart = normalize(text, NormalForm::kNfd).value_or(text);
    ASSERT_EQ(normalize(apart, NormalForm::kNfc).value_or(apart), composed) << point;
  }
}

TEST(Classes, HaveUnicode16) {
  EXPECT_TRUE(has_class(0x1C89, unicode::kLetter)) << "a letter that came with Unicode 16";
  EXPECT_TRUE(has_class(0x0664, unicode::kNumber));
  EXPECT_TRUE(is_space(0x3000));
  EXPECT_FALSE(is_space(0x200B));
  EXPECT_TRUE(is_punctuation('_'));
  EXPECT_TRUE(is_punctuation('$'));
  EXPECT_FALSE(is_punctuation(0x20AC));
  EXPECT_FALSE(has_class(0x10FFFF, 0x7FF));
}

TEST(Lowercase, MapsSingleCharacters) {
  std::string text;
  for (const uint32_t point : {0x41U, 0x5AU, 0x5BU, 0xC9U, 0xD7U, 0x130U, 0x3A3U, 0x1C4U, 0x10400U, 0x4E00U})
    append_lowercase(text, point);
  EXPECT_EQ(text, "az[\u00e9\u00d7i\u0307\u03c3\u01c6\U00010428\u4e00");
}

}  // namespace
}  // namespace easydel::text
