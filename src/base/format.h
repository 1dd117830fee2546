// fmt support for the library's small types: fmt::format("{} {}", shape, dtype).
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "easydel/shape.h"

template <>
struct fmt::formatter<easydel::Shape> : fmt::formatter<std::string_view> {
  auto format(const easydel::Shape& shape, format_context& context) const {
    return fmt::formatter<std::string_view>::format(shape.to_string(), context);
  }
};

template <>
struct fmt::formatter<easydel::DType> : fmt::formatter<std::string_view> {
  auto format(easydel::DType dtype, format_context& context) const {
    return fmt::formatter<std::string_view>::format(easydel::to_string(dtype), context);
  }
};
