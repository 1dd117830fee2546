// Unicode as the `tokenizers` package sees it: character classes and normalization forms.
//
//   if (has_class(point, unicode::kLetter)) ...
//   std::string composed = normalize("e\u0301", NormalForm::kNfc);   // "é"
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace easydel::text {

namespace unicode {
#include "text/unicode_tables.inc"
}  // namespace unicode

/// The class bits (unicode::kLetter and so on) of a code point.
inline uint16_t class_bits(uint32_t point) {
  const uint32_t block = unicode::kFlagStage1[point >> unicode::kFlagShift];
  const uint32_t offset = point & ((1U << unicode::kFlagShift) - 1);
  return unicode::kFlagSets[unicode::kFlagStage2[block << unicode::kFlagShift | offset]];
}

inline bool has_class(uint32_t point, uint16_t bits) {
  return (class_bits(point) & bits) != 0;
}

/// ASCII punctuation and what the package's Unicode version counts as punctuation.
inline bool is_punctuation(uint32_t point) {
  return has_class(point, unicode::kPunctuation);
}
inline bool is_space(uint32_t point) {
  return has_class(point, unicode::kSpace);
}

enum class NormalForm { kNfc, kNfd, kNfkc, kNfkd };

/// `text` (valid UTF-8) in the given form; nullopt when it already is, which costs one pass and no memory.
std::optional<std::string> normalize(std::string_view text, NormalForm form);

/// Appends the lower case of one code point (U+0130 gives two; final sigma is not special, as in the
/// package).
void append_lowercase(std::string& text, uint32_t point);

}  // namespace easydel::text
