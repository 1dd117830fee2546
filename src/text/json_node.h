// JsonNode: a place in tokenizer.json that knows its own path, so that every error names the key.
//
//   JsonNode root = ...;
//   std::string type = root.at("model").at("type").string();   // "model.type must be a string, but is a
//   number"
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace easydel::text {

/// `text` (valid UTF-8) for an error message: long ones lose their end.
std::string clipped(std::string_view text);

/// Throws Error(kCorruptFile) that says what is wrong at `path` of tokenizer.json.
[[noreturn]] void corrupt(std::string_view path, std::string_view problem);

/// Throws Error(kUnsupported) that names the part at `path` and those that are known.
[[noreturn]] void unknown_part(std::string_view path, std::string_view name, std::string_view known);

/// corrupt() where the part at `path` lies in more than 16 others.
void check_depth(std::string_view path, int depth);

/// Bounds how much a chain of rewriting parts can lengthen a text: a few kilobytes of hostile file could
/// otherwise ask for any amount of memory.
class GrowthBudget {
 public:
  /// The part at `path` makes a text up to `factor` times as long. Error(kUnsupported) when all of them
  /// together may exceed 4,096 times.
  void multiply(double factor, std::string_view path);

 private:
  double product_ = 1;
};

class JsonNode {
 public:
  JsonNode(simdjson::dom::element element, std::string path) : element_(element), path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  const simdjson::dom::element& element() const { return element_; }

  /// A member that must exist.
  JsonNode at(std::string_view key) const;
  /// A member; nullopt where it is missing or null.
  std::optional<JsonNode> find(std::string_view key) const;
  std::vector<JsonNode> items() const;

  std::string_view string() const;
  /// A string of exactly one character.
  std::string_view character() const;
  bool boolean() const;
  int64_t integer() const;
  double number() const;
  /// A token id: 0 .. kMaxId.
  int32_t token_id() const;

  std::string string_or(std::string_view key, std::string_view otherwise) const;
  bool boolean_or(std::string_view key, bool otherwise) const;

  static constexpr int64_t kMaxId = (1 << 24) - 1;

 private:
  [[noreturn]] void wrong_type(std::string_view wanted) const;
  simdjson::dom::element element_;
  std::string path_;
};

}  // namespace easydel::text
