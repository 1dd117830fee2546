#include "base/layer_name.h"

#include <charconv>

#include "base/format.h"

namespace easydel {
namespace {

bool is_digit(std::string_view text, size_t at) {
  return at < text.size() && text[at] >= '0' && text[at] <= '9';
}

/// Whether a layer's number starts here: digits behind a dot.
bool is_number(std::string_view text, size_t at) {
  return is_digit(text, at) && at > 0 && text[at - 1] == '.';
}

size_t end_of_number(std::string_view text, size_t at) {
  while (is_digit(text, at)) ++at;
  return at;
}

}  // namespace

std::string any_layer(std::string_view text) {
  std::string result;
  for (size_t at = 0; at < text.size();) {
    const bool number = is_number(text, at);
    result += number ? '*' : text[at];
    at = number ? end_of_number(text, at) : at + 1;
  }
  return result;
}

std::optional<LayerName> split_layer_name(std::string_view name) {
  size_t at = 0;
  while (at < name.size() && !is_number(name, at)) ++at;
  const size_t end = end_of_number(name, at);
  int64_t layer = 0;
  const auto status = std::from_chars(name.data() + at, name.data() + end, layer).ec;
  if (at == end || status != std::errc()) return std::nullopt;
  return LayerName{fmt::format("{}*{}", name.substr(0, at), name.substr(end)), layer};
}

}  // namespace easydel
