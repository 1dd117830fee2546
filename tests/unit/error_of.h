// What the tests of errors share.
#pragma once

#include <string>

#include "easydel/error.h"

namespace easydel {

/// What `text` makes of the Error that `call` throws; empty without one.
template <typename Call, typename Text>
std::string error_text(Call&& call, Text&& text) {
  try {
    call();
  } catch (const Error& error) {
    return text(error);
  }
  return "";
}

/// The message of the Error that `call` throws; empty without one.
template <typename Call>
std::string error_of(Call&& call) {
  return error_text(call, [](const Error& error) { return std::string(error.what()); });
}

/// The same as "code: message".
template <typename Call>
std::string coded_error_of(Call&& call) {
  return error_text(
      call, [](const Error& error) { return std::string(to_string(error.code())) + ": " + error.what(); });
}

}  // namespace easydel
