// Reads tests/golden/tokenizers for the tests.
#pragma once

#include <cstdint>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "text/utf8.h"

namespace easydel::test_support {

inline std::string golden_path(const std::string& name) {
  return std::string(EASYDEL_SOURCE_DIR "/tests/golden/tokenizers/") + name;
}

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("missing " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::string from_base64(std::string_view line) {
  std::string bytes;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : line) {
    constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) break;
    bits = bits << 6 | static_cast<uint32_t>(digit);
    if ((count += 6) >= 8) bytes.push_back(static_cast<char>(bits >> (count -= 8) & 0xFF));
  }
  return bytes;
}

/// The 2,000 texts; some are not UTF-8.
inline std::vector<std::string> golden_texts() {
  std::vector<std::string> texts;
  std::ifstream file(golden_path("texts.b64"));
  for (std::string line; std::getline(file, line);) texts.push_back(from_base64(line));
  return texts;
}

/// Ids spelled as code points, id + offset.
inline std::vector<int32_t> ids_of(const std::string& spelled, int32_t offset) {
  std::vector<int32_t> ids;
  for (size_t at = 0; at < spelled.size();)
    ids.push_back(static_cast<int32_t>(text::decode_utf8(spelled, at)) - offset);
  return ids;
}

inline std::string fnv1a(std::string_view data) {
  uint64_t value = 0xCBF29CE484222325ULL;
  for (const char byte : data) value = (value ^ static_cast<unsigned char>(byte)) * 0x100000001B3ULL;
  char hex[17];
  std::snprintf(hex, sizeof hex, "%016llx", static_cast<unsigned long long>(value));
  return hex;
}

}  // namespace easydel::test_support
