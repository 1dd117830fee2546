// ByteCursor: reads little-endian numbers and slices from bytes that nobody vouches for.
//
//   ByteCursor cursor(file->bytes(), "model.safetensors");
//   const uint64_t count = cursor.read_u64("tensor count");
//   if (count > kMaxTensors) throw cursor.error("tensor count", count, "is above the limit");
//   std::span<const std::byte> data = cursor.slice(count * sizeof(Entry), "entries");
//
// Every read is checked against the end; an Error(kCorruptFile) names the file, the field and its offset.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "easydel/error.h"

namespace easydel {

class ByteCursor {
 public:
  /// `source` names the bytes in errors, usually a file's path. The bytes must outlive the cursor.
  ByteCursor(std::span<const std::byte> bytes, std::string source)
      : bytes_(bytes), source_(std::move(source)) {}

  uint64_t position() const { return position_; }
  uint64_t size() const { return bytes_.size(); }
  uint64_t remaining() const { return bytes_.size() - position_; }
  const std::string& source() const { return source_; }

  /// Moves to an offset from the start; the end itself is a valid place.
  void seek(uint64_t position, std::string_view what);

  uint8_t read_u8(std::string_view what) { return static_cast<uint8_t>(read_little_endian(1, what)); }
  uint16_t read_u16(std::string_view what) { return static_cast<uint16_t>(read_little_endian(2, what)); }
  uint32_t read_u32(std::string_view what) { return static_cast<uint32_t>(read_little_endian(4, what)); }
  uint64_t read_u64(std::string_view what) { return read_little_endian(8, what); }

  /// The next `count` bytes, in place.
  std::span<const std::byte> slice(uint64_t count, std::string_view what);
  /// The next `count` bytes as text, in place.
  std::string_view text(uint64_t count, std::string_view what);

  /// An Error(kCorruptFile) that says "<source>: <what> <value> at offset <position> <why>".
  Error error(std::string_view what, uint64_t value, std::string_view why) const;
  /// As above, for a problem without a number: "<source>: <what> at offset <position> <why>".
  Error error(std::string_view what, std::string_view why) const;

 private:
  uint64_t read_little_endian(size_t width, std::string_view what);

  std::span<const std::byte> bytes_;
  uint64_t position_ = 0;
  std::string source_;
};

}  // namespace easydel
