#include "base/byte_cursor.h"

#include <fmt/format.h>

namespace easydel {

void ByteCursor::seek(uint64_t position, std::string_view what) {
  if (position > bytes_.size())
    throw error(what, position, fmt::format("is past the end ({} bytes)", bytes_.size()));
  position_ = position;
}

uint64_t ByteCursor::read_little_endian(size_t width, std::string_view what) {
  uint64_t value = 0;
  const std::span<const std::byte> raw = slice(width, what);
  for (size_t i = 0; i < width; ++i) value |= std::to_integer<uint64_t>(raw[i]) << (8 * i);
  return value;
}

std::span<const std::byte> ByteCursor::slice(uint64_t count, std::string_view what) {
  if (count > remaining())
    throw error(
        what, fmt::format("needs {} bytes but only {} are left; the file is truncated, fetch it again", count,
                          remaining()));
  const std::span<const std::byte> result = bytes_.subspan(position_, count);
  position_ += count;
  return result;
}

std::string_view ByteCursor::text(uint64_t count, std::string_view what) {
  const std::span<const std::byte> raw = slice(count, what);
  return {reinterpret_cast<const char*>(raw.data()), raw.size()};
}

Error ByteCursor::error(std::string_view what, uint64_t value, std::string_view why) const {
  return Error(ErrorCode::kCorruptFile, source_,
               fmt::format("{} {} at offset {} {}", what, value, position_, why));
}

Error ByteCursor::error(std::string_view what, std::string_view why) const {
  return Error(ErrorCode::kCorruptFile, source_, fmt::format("{} at offset {} {}", what, position_, why));
}

}  // namespace easydel
