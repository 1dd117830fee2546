#include "text/scanners.h"

#include <array>

#include "text/unicode.h"
#include "text/utf8.h"

namespace easydel::text {
namespace {

using namespace unicode;

constexpr std::string_view kGpt2 =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
constexpr std::string_view kLlama3 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kCl100k =
    R"('(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+)";
constexpr std::string_view kQwen2 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kO200k =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

// ASCII needs one load; the rest goes through the two-stage table.
constexpr std::array<uint16_t, 128> make_ascii_bits() {
  std::array<uint16_t, 128> bits{};
  for (uint32_t c = 0; c < 128; ++c) {
    const uint32_t block = kFlagStage1[c >> kFlagShift];
    bits[c] = kFlagSets[kFlagStage2[block << kFlagShift | (c & ((1U << kFlagShift) - 1))]];
  }
  return bits;
}
constexpr std::array<uint16_t, 128> kAsciiBits = make_ascii_bits();

// The class bits of the character at `at`, and where the next one starts.
inline uint16_t step(std::string_view text, size_t at, size_t& next) {
  const auto lead = static_cast<unsigned char>(text[at]);
  next = at;
  if (lead < 0x80) {
    ++next;
    return kAsciiBits[lead];
  }
  return class_bits(decode_utf8(text, next));
}

// The end of the run of characters that have one of `bits` (or, negated, none of them).
template <bool kNegated = false>
inline size_t run(std::string_view text, size_t at, uint16_t bits) {
  size_t next = at;
  while (at < text.size() && ((step(text, at, next) & bits) != 0) != kNegated) at = next;
  return at;
}

inline bool is_newline(char c) {
  return c == '\r' || c == '\n';
}

// The end of a contraction ('s 't 're 've 'm 'll 'd) at `at`, or `at` where there is none.
template <bool kIgnoreCase>
inline size_t contraction(std::string_view text, size_t at) {
  if (at + 1 >= text.size() || text[at] != '\'') return at;
  const auto letter = [&](size_t i) {
    const char c = i < text.size() ? text[i] : '\0';
    return kIgnoreCase && c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  };
  const char first = letter(at + 1), second = letter(at + 2);
  if (first == 's' || first == 't' || first == 'm' || first == 'd') return at + 2;
  if ((first == 'r' || first == 'v') && second == 'e') return at + 3;
  if (first == 'l' && second == 'l') return at + 3;
  // U+017F, the long s, folds to s.
  if (kIgnoreCase && text.substr(at + 1).starts_with("\u017F")) return at + 3;
  return at;
}

// \s+(?!\S)|\s+ : a run of white space leaves its last character to the word behind it.
inline size_t spaces(std::string_view text, size_t at, size_t end) {
  if (end == text.size()) return end;
  const size_t last = previous_character(text, end);
  return last > at ? last : end;
}

// White space, in the patterns where \s*[\r\n]+ goes first: up to the last line end of the run.
inline size_t spaces_or_lines(std::string_view text, size_t at, size_t end) {
  for (size_t i = end; i > at; --i)
    if (is_newline(text[i - 1])) return i;
  return spaces(text, at, end);
}

//  ?[^\s\p{L}\p{N}]+ and what may trail it; `at` itself where it does not match.
inline size_t symbols(std::string_view text, size_t at) {
  const size_t begin = at + (text[at] == ' ' ? 1 : 0);
  const size_t end = run<true>(text, begin, kSpace | kLetter | kNumber);
  return end > begin ? end : at;
}

inline size_t digits(std::string_view text, size_t at, int most) {
  size_t next = at;
  for (; most > 0 && at < text.size() && (step(text, at, next) & kNumber) != 0; --most) at = next;
  return at;
}

template <int kDigits>
size_t scan_llama3(std::string_view text, size_t at) {
  if (const size_t end = contraction<true>(text, at); end > at) return end;
  size_t next = at;
  const uint16_t bits = step(text, at, next);
  if (bits & kLetter) return run(text, next, kLetter);
  if (bits & kNumber) return digits(text, at, kDigits);
  if (!is_newline(text[at])) {
    if (const size_t end = run(text, next, kLetter); end > next) return end;
  }
  if (size_t end = symbols(text, at); end > at) {
    while (end < text.size() && is_newline(text[end])) ++end;
    return end;
  }
  return spaces_or_lines(text, at, run(text, at, kSpace));
}

// [upper]*[lower]+ from `at`, where letters without case are in both sets; `at` where it does not match.
size_t upper_then_lower(std::string_view text, size_t at) {
  const size_t upper_end = run(text, at, kUpper);
  if (const size_t end = run(text, upper_end, kLower); end > upper_end) return end;
  // No lower-case letter follows: [upper]* gives back characters until one that is in both sets.
  for (size_t end = upper_end; end > at;) {
    const size_t begin = previous_character(text, end);
    size_t next = begin;
    if (step(text, begin, next) & kLower) return end;
    end = begin;
  }
  return at;
}

size_t scan_o200k(std::string_view text, size_t at) {
  size_t next = at;
  const uint16_t bits = step(text, at, next);
  if (bits & kNumber) return digits(text, at, 3);
  const bool prefix = !(bits & kLetter) && !is_newline(text[at]);
  size_t end = at;
  if (prefix) {
    end = upper_then_lower(text, next);
    if (end == next) end = at;
  }
  if (end == at) end = upper_then_lower(text, at);
  if (end == at && prefix) {
    end = run(text, next, kUpper);
    if (end == next) end = at;
  }
  if (end == at) end = run(text, at, kUpper);
  if (end > at) return contraction<true>(text, end);

  if (size_t last = symbols(text, at); last > at) {
    while (last < text.size() && (is_newline(text[last]) || text[last] == '/')) ++last;
    return last;
  }
  return spaces_or_lines(text, at, run(text, at, kSpace));
}

}  // namespace

size_t scan_gpt2(std::string_view text, size_t at) {
  if (const size_t end = contraction<false>(text, at); end > at) return end;
  const size_t begin = at + (text[at] == ' ' ? 1 : 0);
  if (begin < text.size()) {
    size_t next = begin;
    const uint16_t bits = step(text, begin, next);
    if (bits & kLetter) return run(text, next, kLetter);
    if (bits & kNumber) return run(text, next, kNumber);
    if (!(bits & kSpace)) return run<true>(text, next, kSpace | kLetter | kNumber);
  }
  return spaces(text, at, run(text, at, kSpace));
}

Scanner find_scanner(std::string_view pattern) {
  if (pattern == kGpt2) return scan_gpt2;
  if (pattern == kLlama3 || pattern == kCl100k) return scan_llama3<3>;
  if (pattern == kQwen2) return scan_llama3<1>;
  if (pattern == kO200k) return scan_o200k;
  return nullptr;
}

}  // namespace easydel::text
