// JSON from files that nobody vouches for, and JSON as Hugging Face writes it.
//
//   nlohmann::json config = read_json_file("model/config.json");
//   write_json_file("out/config.json", config);   // atomic; keys sorted, two spaces, as Transformers does
//
// nlohmann/json alone sets no limit on depth, where printing and destroying a deep value would overflow the
// stack, and cannot refuse a key that appears twice. Errors name the file, the line and the column.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace easydel {

struct JsonLimits {
  int max_depth = 512;                     ///< nested arrays and objects
  uint64_t max_bytes = uint64_t{1} << 30;  ///< size of the text
  bool allow_duplicate_keys = true;        ///< keep the last of equal keys, as Python does; false: fail
};

/// Parses one JSON value. `source` names the text in errors. Throws Error(kCorruptFile).
nlohmann::json parse_json(std::string_view text, const std::string& source, const JsonLimits& limits = {});

/// Reads one file. Throws Error(kNotFound), Error(kIo) or Error(kCorruptFile).
nlohmann::json read_json_file(const std::filesystem::path& path, const JsonLimits& limits = {});

/// The text of Python's `json.dumps(value, indent=2, sort_keys=True) + "\n"`.
std::string to_json_text(const nlohmann::json& value);

/// Writes to_json_text(value) atomically.
void write_json_file(const std::filesystem::path& path, const nlohmann::json& value);

}  // namespace easydel
