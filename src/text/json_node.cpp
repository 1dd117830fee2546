#include "text/json_node.h"

#include <fmt/format.h>

#include "easydel/error.h"
#include "text/utf8.h"

namespace easydel::text {
namespace {

std::string_view type_name(simdjson::dom::element_type type) {
  using enum simdjson::dom::element_type;
  switch (type) {
    case ARRAY:
      return "an array";
    case OBJECT:
      return "an object";
    case INT64:
    case UINT64:
    case DOUBLE:
      return "a number";
    case STRING:
      return "a string";
    case BOOL:
      return "a boolean";
    case NULL_VALUE:
      return "null";
  }
  return "unknown";
}

}  // namespace

std::string clipped(std::string_view text) {
  constexpr size_t kMost = 120;
  if (text.size() <= kMost) return std::string(text);
  return std::string(text.substr(0, previous_character(text, kMost + 1))) + "...";
}

void corrupt(std::string_view path, std::string_view problem) {
  throw Error(
      ErrorCode::kCorruptFile, "tokenizer.json",
      fmt::format("{} {}; fetch the file again or repair it", path.empty() ? "the document" : path, problem));
}

void unknown_part(std::string_view path, std::string_view name, std::string_view known) {
  throw Error(ErrorCode::kUnsupported, "tokenizer.json",
              fmt::format("{} is \"{}\", which is not known here; known are {}", path, clipped(name), known));
}

void check_depth(std::string_view path, int depth) {
  constexpr int kMost = 16;
  if (depth > kMost) corrupt(path, "is nested too deeply");
}

void GrowthBudget::multiply(double factor, std::string_view path) {
  constexpr double kMost = 4096;
  product_ *= factor;
  if (product_ > kMost)
    throw Error(
        ErrorCode::kUnsupported, "tokenizer.json",
        fmt::format("{} and the parts before it can make a text more than {} times as long; shorten the "
                    "replacements",
                    path, kMost));
}

void JsonNode::wrong_type(std::string_view wanted) const {
  corrupt(path_, fmt::format("must be {}, but is {}", wanted, type_name(element_.type())));
}

JsonNode JsonNode::at(std::string_view key) const {
  if (!element_.is_object()) wrong_type("an object");
  simdjson::dom::element member;
  if (element_.at_key(key).get(member) != simdjson::SUCCESS)
    corrupt(path_, fmt::format("has no \"{}\", which it needs", clipped(key)));
  return {member, path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key)};
}

std::optional<JsonNode> JsonNode::find(std::string_view key) const {
  if (!element_.is_object()) wrong_type("an object");
  simdjson::dom::element member;
  if (element_.at_key(key).get(member) != simdjson::SUCCESS || member.is_null()) return std::nullopt;
  return JsonNode(member, path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key));
}

std::vector<JsonNode> JsonNode::items() const {
  simdjson::dom::array array;
  if (element_.get_array().get(array) != simdjson::SUCCESS) wrong_type("an array");
  std::vector<JsonNode> result;
  for (const auto item : array) result.emplace_back(item, fmt::format("{}[{}]", path_, result.size()));
  return result;
}

std::string_view JsonNode::string() const {
  std::string_view value;
  if (element_.get_string().get(value) != simdjson::SUCCESS) wrong_type("a string");
  return value;
}

std::string_view JsonNode::character() const {
  const std::string_view value = string();
  if (value.empty() || utf8_length(value[0]) != value.size()) corrupt(path_, "must be one character");
  return value;
}

bool JsonNode::boolean() const {
  bool value = false;
  if (element_.get_bool().get(value) != simdjson::SUCCESS) wrong_type("true or false");
  return value;
}

int64_t JsonNode::integer() const {
  int64_t value = 0;
  if (element_.get_int64().get(value) != simdjson::SUCCESS) wrong_type("a whole number");
  return value;
}

double JsonNode::number() const {
  double value = 0;
  if (element_.get_double().get(value) != simdjson::SUCCESS) wrong_type("a number");
  return value;
}

int32_t JsonNode::token_id() const {
  const int64_t id = integer();
  if (id < 0 || id > kMaxId) corrupt(path_, fmt::format("is {}, but a token id lies in 0 .. {}", id, kMaxId));
  return static_cast<int32_t>(id);
}

std::string JsonNode::string_or(std::string_view key, std::string_view otherwise) const {
  const auto node = find(key);
  return std::string(node ? node->string() : otherwise);
}

bool JsonNode::boolean_or(std::string_view key, bool otherwise) const {
  const auto node = find(key);
  return node ? node->boolean() : otherwise;
}

}  // namespace easydel::text
