#include "base/layer_name.h"

namespace easydel {

std::string any_layer(std::string_view text) {
  const auto is_digit = [&](size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '9'; };
  std::string result;
  for (size_t at = 0; at < text.size(); ++at) {
    const bool is_number = is_digit(at) && at > 0 && text[at - 1] == '.';
    result += is_number ? '*' : text[at];
    while (is_number && is_digit(at + 1)) ++at;
  }
  return result;
}

}  // namespace easydel
