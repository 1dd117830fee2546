#include "text/byte_level.h"

#include "text/utf8.h"

namespace easydel::text {

std::string to_byte_level(std::string_view bytes) {
  std::string result;
  result.reserve(bytes.size() * 2);
  for (const char byte : bytes) append_utf8(result, byte_to_character(byte));
  return result;
}

void append_from_byte_level(std::string& bytes, std::string_view token) {
  const size_t before = bytes.size();
  for (size_t at = 0; at < token.size();) {
    const int byte = character_to_byte(decode_utf8(token, at));
    if (byte < 0) {
      bytes.resize(before);
      bytes.append(token);
      return;
    }
    bytes.push_back(static_cast<char>(byte));
  }
}

}  // namespace easydel::text
