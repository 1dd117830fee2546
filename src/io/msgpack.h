// msgpack (https://github.com/msgpack/msgpack/blob/master/spec.md), one token at a time.
//
//   MsgpackReader reader(bytes, "easydel-model.parameters");
//   const uint64_t parts = reader.read_array("key");
//   std::string_view part = reader.read_text("key");      // in place
//
//   std::string out;
//   msgpack_append_array(out, 2);                          // the smallest encoding, as Python's package chooses
//   msgpack_append_text(out, "step");
//
// The reader never recurses: callers ask for the structure they know, and anything else is an Error(kCorruptFile) that
// names the file, the field and its offset. A count or a length that the remaining bytes cannot hold is refused at once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/byte_cursor.h"

namespace easydel::io {

enum class MsgpackKind : uint8_t { kNil, kBool, kInteger, kFloat, kText, kBinary, kArray, kMap, kExtension };

struct MsgpackToken {
  MsgpackKind kind = MsgpackKind::kNil;
  bool boolean = false;
  int64_t integer = 0;
  double number = 0;
  uint64_t count = 0;                ///< entries of an array, pairs of a map; they follow
  int8_t extension = 0;              ///< the application's type of an extension
  std::span<const std::byte> bytes;  ///< of a text, a binary or an extension, in place

  std::string_view text() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
};

class MsgpackReader {
 public:
  /// `source` names the bytes in errors. The bytes must outlive the reader.
  MsgpackReader(std::span<const std::byte> bytes, std::string source) : cursor_(bytes, std::move(source)) {}

  bool at_end() const { return cursor_.remaining() == 0; }
  MsgpackToken read(std::string_view what);
  /// Tokens of one kind; another is an error that names both. Texts are valid UTF-8.
  uint64_t read_array(std::string_view what) { return read(MsgpackKind::kArray, what).count; }
  uint64_t read_map(std::string_view what) { return read(MsgpackKind::kMap, what).count; }
  int64_t read_integer(std::string_view what) { return read(MsgpackKind::kInteger, what).integer; }
  std::string_view read_text(std::string_view what) { return read(MsgpackKind::kText, what).text(); }
  std::span<const std::byte> read_binary(std::string_view what) {
    return read(MsgpackKind::kBinary, what).bytes;
  }
  MsgpackToken read(MsgpackKind kind, std::string_view what);
  /// An Error(kCorruptFile) that says "<source>: <what> at offset <position> <why>".
  Error error(std::string_view what, std::string_view why) const { return cursor_.error(what, why); }
  const std::string& source() const { return cursor_.source(); }

 private:
  MsgpackToken sized(MsgpackKind kind, uint64_t size, std::string_view what);
  MsgpackToken extension(uint64_t size, std::string_view what);

  ByteCursor cursor_;
};

/// The kind's name, such as "a map".
std::string_view to_string(MsgpackKind kind);

void msgpack_append_nil(std::string& out);
void msgpack_append_bool(std::string& out, bool value);
void msgpack_append_integer(std::string& out, int64_t value);
void msgpack_append_float(std::string& out, double value);
void msgpack_append_text(std::string& out, std::string_view text);
/// Heads: what they announce is appended by the caller. Lengths and counts are below 2^32.
void msgpack_append_array(std::string& out, uint64_t count);
void msgpack_append_map(std::string& out, uint64_t count);
void msgpack_append_binary(std::string& out, uint64_t size);
void msgpack_append_extension(std::string& out, int8_t type, uint64_t size);

}  // namespace easydel::io
