// What the tests of errors share.
#pragma once

#include <string>

#include "easydel/error.h"

namespace easydel {

/// The message of the Error that `call` throws; empty without one.
template <typename Call>
std::string error_of(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

/// The same as "code: message".
template <typename Call>
std::string coded_error_of(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return std::string(to_string(error.code())) + ": " + error.what();
  }
  return "";
}

}  // namespace easydel
