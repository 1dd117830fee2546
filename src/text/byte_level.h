// GPT-2's byte alphabet: every byte as one printable character, so that a vocabulary of text can hold bytes.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace easydel::text {

namespace internal {
struct ByteAlphabet {
  std::array<uint16_t, 256> character{};  // byte -> code point
  std::array<int16_t, 324> byte{};        // code point -> byte, or -1
};
constexpr ByteAlphabet make_byte_alphabet() {
  ByteAlphabet alphabet;
  alphabet.byte.fill(-1);
  uint16_t next = 256;
  for (uint16_t b = 0; b < 256; ++b) {
    const bool printable = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
    const uint16_t point = printable ? b : next++;
    alphabet.character[b] = point;
    alphabet.byte[point] = static_cast<int16_t>(b);
  }
  return alphabet;
}
}  // namespace internal

inline constexpr internal::ByteAlphabet kByteAlphabet = internal::make_byte_alphabet();

/// The character that stands for `byte`.
inline uint32_t byte_to_character(char byte) {
  return kByteAlphabet.character[static_cast<unsigned char>(byte)];
}

/// The byte that `point` stands for, or -1.
inline int character_to_byte(uint32_t point) {
  return point < kByteAlphabet.byte.size() ? kByteAlphabet.byte[point] : -1;
}

/// Every byte of `bytes` as its character.
std::string to_byte_level(std::string_view bytes);

/// Appends the bytes that a token stands for; a token with any other character stands for itself.
void append_from_byte_level(std::string& bytes, std::string_view token);

}  // namespace easydel::text
