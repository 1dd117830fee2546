// Arithmetic on sizes that come from outside: overflow is an error, never a wrap.
#pragma once

#include <cstdint>
#include <string_view>

#include "easydel/error.h"

namespace easydel {

inline uint64_t checked_mul(uint64_t a, uint64_t b, std::string_view what = "size") {
  uint64_t result = 0;
  if (__builtin_mul_overflow(a, b, &result))
    throw Error(ErrorCode::kInvalidArgument, std::string(what),
                "overflows 64 bits; the sizes are impossible");
  return result;
}

inline uint64_t checked_add(uint64_t a, uint64_t b, std::string_view what = "size") {
  uint64_t result = 0;
  if (__builtin_add_overflow(a, b, &result))
    throw Error(ErrorCode::kInvalidArgument, std::string(what),
                "overflows 64 bits; the sizes are impossible");
  return result;
}

}  // namespace easydel
