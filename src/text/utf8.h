// UTF-8: decode, encode and repair.
//
//   size_t at = 0;
//   while (at < text.size()) use(decode_utf8(text, at));   // text must be valid; see repair_utf8
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace easydel::text {

/// The code point at `at`, which moves behind it. `text` must be valid UTF-8 and `at` a character boundary.
inline uint32_t decode_utf8(std::string_view text, size_t& at) {
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(text[at + i])); };
  const uint32_t lead = byte(0);
  if (lead < 0x80) {
    at += 1;
    return lead;
  }
  if (lead < 0xE0) {
    const uint32_t point = (lead & 0x1F) << 6 | (byte(1) & 0x3F);
    at += 2;
    return point;
  }
  if (lead < 0xF0) {
    const uint32_t point = (lead & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
    at += 3;
    return point;
  }
  const uint32_t point =
      (lead & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F);
  at += 4;
  return point;
}

/// The length in bytes of the character that starts with `lead`, in valid UTF-8.
inline size_t utf8_length(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

/// Where the character before `at` (> 0) starts, in valid UTF-8.
inline size_t previous_character(std::string_view text, size_t at) {
  do --at;
  while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80);
  return at;
}

void append_utf8(std::string& text, uint32_t point);

/// The state of the character at `at` in bytes that may be anything.
struct Utf8Step {
  enum State { kValid, kInvalid, kIncomplete } state;
  size_t length;  ///< kValid: the character's bytes; kInvalid: the maximal subpart; kIncomplete: all that is
                  ///< left
};

/// Looks at one character. kIncomplete: the bytes end inside what could still become a character.
Utf8Step inspect_utf8(std::string_view bytes, size_t at);

bool is_valid_utf8(std::string_view bytes);

/// Replaces each maximal invalid subpart by U+FFFD, as `bytes.decode("utf-8", errors="replace")` does in
/// Python.
std::string repair_utf8(std::string_view bytes);

}  // namespace easydel::text
