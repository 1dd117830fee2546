#include "io/msgpack.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <array>
#include <bit>

namespace easydel::io {
namespace {

constexpr std::array<std::string_view, 9> kKindNames = {
    "nil", "a boolean", "an integer", "a float", "a text", "a binary", "an array", "a map", "an extension"};

/// A big-endian number of `width` bytes.
uint64_t read_big_endian(ByteCursor& cursor, size_t width, std::string_view what) {
  uint64_t value = 0;
  for (const std::byte byte : cursor.slice(width, what)) value = value << 8 | std::to_integer<uint64_t>(byte);
  return value;
}

void append_big_endian(std::string& out, uint8_t code, uint64_t value, size_t width) {
  out.push_back(static_cast<char>(code));
  for (size_t i = width; i-- > 0;) out.push_back(static_cast<char>(static_cast<uint8_t>(value >> (8 * i))));
}

/// The first of the codes for 1, 2, 4 and 8 bytes whose width holds `value`.
void append_narrowest(std::string& out, uint8_t first_code, uint64_t value) {
  const int step = value <= 0xff ? 0 : value <= 0xffff ? 1 : value <= 0xffffffff ? 2 : 3;
  append_big_endian(out, static_cast<uint8_t>(first_code + step), value, size_t{1} << step);
}

int64_t sign_extended(uint64_t value, size_t width) {
  const size_t unused = 64 - 8 * width;
  return static_cast<int64_t>(value << unused) >> unused;
}

}  // namespace

std::string_view to_string(MsgpackKind kind) {
  return kKindNames[static_cast<size_t>(kind)];
}

MsgpackToken MsgpackReader::sized(MsgpackKind kind, uint64_t size, std::string_view what) {
  MsgpackToken token{.kind = kind};
  if (kind == MsgpackKind::kArray || kind == MsgpackKind::kMap) {
    const uint64_t least = kind == MsgpackKind::kMap ? 2 * size : size;  // every entry takes a byte or more
    if (least > cursor_.remaining())
      throw cursor_.error(
          what, size,
          fmt::format("announces more entries than the {} bytes that follow", cursor_.remaining()));
    token.count = size;
  } else {
    token.bytes = cursor_.slice(size, what);
  }
  if (kind == MsgpackKind::kText && !simdjson::validate_utf8(token.text().data(), token.text().size()))
    throw cursor_.error(what, "is not valid UTF-8");
  return token;
}

MsgpackToken MsgpackReader::extension(uint64_t size, std::string_view what) {
  const auto type = static_cast<int8_t>(cursor_.read_u8(what));
  MsgpackToken token = sized(MsgpackKind::kExtension, size, what);
  token.extension = type;
  return token;
}

MsgpackToken MsgpackReader::read(std::string_view what) {
  const uint8_t code = cursor_.read_u8(what);
  const auto number = [&](size_t width) { return read_big_endian(cursor_, width, what); };
  const auto integer = [](int64_t value) {
    return MsgpackToken{.kind = MsgpackKind::kInteger, .integer = value};
  };
  const auto of = [&](MsgpackKind kind, uint64_t size) { return sized(kind, size, what); };
  if (code <= 0x7f) return integer(code);
  if (code <= 0x8f) return of(MsgpackKind::kMap, code & 0x0fu);
  if (code <= 0x9f) return of(MsgpackKind::kArray, code & 0x0fu);
  if (code <= 0xbf) return of(MsgpackKind::kText, code & 0x1fu);
  if (code >= 0xe0) return integer(static_cast<int8_t>(code));
  // The codes of a kind follow each other, from narrow to wide.
  const auto width = [&](int first) { return size_t{1} << (code - first); };
  switch (code) {
    case 0xc0:
      return {};
    case 0xc2:
    case 0xc3:
      return {.kind = MsgpackKind::kBool, .boolean = code == 0xc3};
    case 0xc4:
    case 0xc5:
    case 0xc6:
      return of(MsgpackKind::kBinary, number(width(0xc4)));
    case 0xc7:
    case 0xc8:
    case 0xc9:
      return extension(number(width(0xc7)), what);
    case 0xca:
      return {.kind = MsgpackKind::kFloat,
              .number = static_cast<double>(std::bit_cast<float>(static_cast<uint32_t>(number(4))))};
    case 0xcb:
      return {.kind = MsgpackKind::kFloat, .number = std::bit_cast<double>(number(8))};
    case 0xcc:
    case 0xcd:
    case 0xce:
    case 0xcf: {
      const uint64_t value = number(width(0xcc));
      if (value > static_cast<uint64_t>(INT64_MAX)) throw cursor_.error(what, value, "is above 2^63 - 1");
      return integer(static_cast<int64_t>(value));
    }
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3:
      return integer(sign_extended(number(width(0xd0)), width(0xd0)));
    case 0xd4:
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8:
      return extension(width(0xd4), what);
    case 0xd9:
    case 0xda:
    case 0xdb:
      return of(MsgpackKind::kText, number(width(0xd9)));
    case 0xdc:
    case 0xdd:
      return of(MsgpackKind::kArray, number(2 * width(0xdc)));
    case 0xde:
    case 0xdf:
      return of(MsgpackKind::kMap, number(2 * width(0xde)));
    default:
      throw cursor_.error(what, code, "is no msgpack code");
  }
}

MsgpackToken MsgpackReader::read(MsgpackKind kind, std::string_view what) {
  const MsgpackToken token = read(what);
  if (token.kind != kind)
    throw cursor_.error(what, fmt::format("is {}; {} was expected", to_string(token.kind), to_string(kind)));
  return token;
}

void msgpack_append_nil(std::string& out) {
  out.push_back('\xc0');
}

void msgpack_append_bool(std::string& out, bool value) {
  out.push_back(value ? '\xc3' : '\xc2');
}

void msgpack_append_integer(std::string& out, int64_t value) {
  if (value >= 0) {
    if (value <= 0x7f) return out.push_back(static_cast<char>(value));
    return append_narrowest(out, 0xcc, static_cast<uint64_t>(value));
  }
  if (value >= -32) return out.push_back(static_cast<char>(value));
  const int step = value >= INT8_MIN ? 0 : value >= INT16_MIN ? 1 : value >= INT32_MIN ? 2 : 3;
  append_big_endian(out, static_cast<uint8_t>(0xd0 + step), static_cast<uint64_t>(value), size_t{1} << step);
}

void msgpack_append_float(std::string& out, double value) {
  append_big_endian(out, 0xcb, std::bit_cast<uint64_t>(value), 8);
}

void msgpack_append_text(std::string& out, std::string_view text) {
  if (text.size() <= 0x1f)
    out.push_back(static_cast<char>(static_cast<uint8_t>(0xa0 | text.size())));
  else
    append_narrowest(out, 0xd9, text.size());
  out += text;
}

void msgpack_append_array(std::string& out, uint64_t count) {
  if (count <= 0x0f) return out.push_back(static_cast<char>(static_cast<uint8_t>(0x90 | count)));
  append_big_endian(out, count <= 0xffff ? 0xdc : 0xdd, count, count <= 0xffff ? 2 : 4);
}

void msgpack_append_map(std::string& out, uint64_t count) {
  if (count <= 0x0f) return out.push_back(static_cast<char>(static_cast<uint8_t>(0x80 | count)));
  append_big_endian(out, count <= 0xffff ? 0xde : 0xdf, count, count <= 0xffff ? 2 : 4);
}

void msgpack_append_binary(std::string& out, uint64_t size) {
  append_narrowest(out, 0xc4, size);
}

void msgpack_append_extension(std::string& out, int8_t type, uint64_t size) {
  if (size <= 16 && std::has_single_bit(size))
    out.push_back(static_cast<char>(static_cast<uint8_t>(0xd4 + std::countr_zero(size))));
  else
    append_narrowest(out, 0xc7, size);
  out.push_back(static_cast<char>(type));
}

}  // namespace easydel::io
