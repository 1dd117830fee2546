// Single tokens: the bytes are those of Python's msgpack package.
#include "io/msgpack.h"

#include <gmock/gmock.h>

#include <limits>

#include "unit/io/io_test_support.h"

namespace easydel::io {
namespace {

using ::testing::HasSubstr;

std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (const int value : values) text.push_back(static_cast<char>(value));
  return text;
}

MsgpackReader reader_of(const std::string& text) {
  return {std::as_bytes(std::span(text)), "test"};
}

struct IntegerRow {
  int64_t value;
  std::string encoding;
};

TEST(Msgpack, IntegersTakeTheFewestBytes) {
  const IntegerRow rows[] = {
      {0, bytes({0})},
      {127, bytes({0x7f})},
      {128, bytes({0xcc, 0x80})},
      {256, bytes({0xcd, 1, 0})},
      {65536, bytes({0xce, 0, 1, 0, 0})},
      {int64_t{1} << 32, bytes({0xcf, 0, 0, 0, 1, 0, 0, 0, 0})},
      {std::numeric_limits<int64_t>::max(), bytes({0xcf, 0x7f, 255, 255, 255, 255, 255, 255, 255})},
      {-1, bytes({0xff})},
      {-32, bytes({0xe0})},
      {-33, bytes({0xd0, 0xdf})},
      {-129, bytes({0xd1, 0xff, 0x7f})},
      {-32769, bytes({0xd2, 0xff, 0xff, 0x7f, 0xff})},
      {std::numeric_limits<int64_t>::min(), bytes({0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0})},
  };
  for (const IntegerRow& row : rows) {
    std::string out;
    msgpack_append_integer(out, row.value);
    EXPECT_EQ(out, row.encoding) << row.value;
    MsgpackReader reader = reader_of(out);
    EXPECT_EQ(reader.read_integer("value"), row.value);
    EXPECT_TRUE(reader.at_end());
  }
}

TEST(Msgpack, HeadsTakeTheFewestBytes) {
  const auto appended = [](auto append, auto... arguments) {
    std::string out;
    append(out, arguments...);
    return out;
  };
  EXPECT_EQ(appended(msgpack_append_array, 15u), bytes({0x9f}));
  EXPECT_EQ(appended(msgpack_append_array, 16u), bytes({0xdc, 0, 16}));
  EXPECT_EQ(appended(msgpack_append_array, 65536u), bytes({0xdd, 0, 1, 0, 0}));
  EXPECT_EQ(appended(msgpack_append_map, 15u), bytes({0x8f}));
  EXPECT_EQ(appended(msgpack_append_map, 16u), bytes({0xde, 0, 16}));
  EXPECT_EQ(appended(msgpack_append_binary, 255u), bytes({0xc4, 0xff}));
  EXPECT_EQ(appended(msgpack_append_binary, 256u), bytes({0xc5, 1, 0}));
  EXPECT_EQ(appended(msgpack_append_binary, 65536u), bytes({0xc6, 0, 1, 0, 0}));
  EXPECT_EQ(appended(msgpack_append_text, std::string(31, 'a')), bytes({0xbf}) + std::string(31, 'a'));
  EXPECT_EQ(appended(msgpack_append_text, std::string(32, 'a')), bytes({0xd9, 32}) + std::string(32, 'a'));
  EXPECT_EQ(appended(msgpack_append_extension, int8_t{1}, 16u), bytes({0xd8, 1}));
  EXPECT_EQ(appended(msgpack_append_extension, int8_t{-2}, 3u), bytes({0xc7, 3, 0xfe}));
  EXPECT_EQ(appended(msgpack_append_extension, int8_t{1}, 0u), bytes({0xc7, 0, 1}));
  EXPECT_EQ(appended(msgpack_append_float, 0.5), bytes({0xcb, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0}));
}

TEST(Msgpack, EveryKindIsRead) {
  const std::string text = bytes({0xc0, 0xc3, 0xca, 0x3f, 0, 0, 0, 0xa1, 'x', 0xc4, 1, 7, 0x81, 0xd4, 5, 9});
  MsgpackReader reader = reader_of(text);
  EXPECT_EQ(reader.read("nil").kind, MsgpackKind::kNil);
  EXPECT_TRUE(reader.read(MsgpackKind::kBool, "bool").boolean);
  EXPECT_EQ(reader.read(MsgpackKind::kFloat, "float").number, 0.5);
  EXPECT_EQ(reader.read_text("text"), "x");
  EXPECT_EQ(reader.read_binary("binary").size(), 1u);
  EXPECT_EQ(reader.read_map("map"), 1u);
  const MsgpackToken extension = reader.read("extension");
  EXPECT_EQ(extension.kind, MsgpackKind::kExtension);
  EXPECT_EQ(extension.extension, 5);
  EXPECT_TRUE(reader.at_end());
}

TEST(Msgpack, WhatCannotBeIsNamed) {
  const auto error = [](const std::string& text) {
    return coded_error_of([&] { reader_of(text).read("field"); });
  };
  EXPECT_THAT(error(""), HasSubstr("field"));
  EXPECT_THAT(error(bytes({0xc1})), HasSubstr("no msgpack code"));
  EXPECT_THAT(error(bytes({0xc6, 0xff, 0xff, 0xff, 0xff})), HasSubstr("needs 4294967295 bytes"));
  EXPECT_THAT(error(bytes({0xdd, 0xff, 0xff, 0xff, 0xff})), HasSubstr("more entries than the 0 bytes"));
  EXPECT_THAT(error(bytes({0xdf, 0, 0, 0, 1, 0})), HasSubstr("more entries than the 1 bytes"));
  EXPECT_THAT(error(bytes({0xa1, 0xff})), HasSubstr("UTF-8"));
  EXPECT_THAT(error(bytes({0xcf, 255, 255, 255, 255, 255, 255, 255, 255})), HasSubstr("2^63"));
  EXPECT_THAT(coded_error_of([] { reader_of("\x01").read_text("name"); }),
              HasSubstr("name at offset 1 is an integer; a text was expected"));
}

}  // namespace
}  // namespace easydel::io
