#include "io/zip_archive.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/byte_cursor.h"
#include "easydel/error.h"

namespace easydel::io {
namespace {

constexpr uint32_t kEndSignature = 0x06054b50, kEnd64Signature = 0x06064b50, kLocator64Signature = 0x07064b50;
constexpr uint32_t kDirectorySignature = 0x02014b50, kLocalSignature = 0x04034b50;
constexpr uint64_t kEndBytes = 22, kLocator64Bytes = 20, kMaxCommentBytes = 0xffff;

struct Directory {
  uint64_t entries = 0, offset = 0;
};

/// Finds the end record, which a comment of unknown length may follow.
uint64_t find_end_record(ByteCursor& cursor) {
  const uint64_t size = cursor.size();
  if (size >= kEndBytes) {
    const uint64_t lowest = size - std::min(size, kEndBytes + kMaxCommentBytes);
    for (uint64_t place = size - kEndBytes + 1; place-- > lowest;) {
      cursor.seek(place, "end record");
      if (cursor.read_u32("end record") == kEndSignature) return place;
    }
  }
  throw Error(ErrorCode::kCorruptFile, cursor.source(),
              "has no zip end record; the file is truncated or not a PyTorch file, fetch it again");
}

Directory read_end_record(ByteCursor& cursor) {
  const uint64_t end = find_end_record(cursor);
  if (end >= kLocator64Bytes) {
    cursor.seek(end - kLocator64Bytes, "zip64 locator");
    if (cursor.read_u32("zip64 locator") == kLocator64Signature) {
      cursor.slice(4, "zip64 disk");
      cursor.seek(cursor.read_u64("zip64 end record offset"), "zip64 end record");
      if (cursor.read_u32("zip64 end record") != kEnd64Signature)
        throw cursor.error("zip64 end record", "has a wrong signature");
      cursor.slice(28, "zip64 end record");
      Directory directory;
      directory.entries = cursor.read_u64("number of entries");
      cursor.slice(8, "directory size");
      directory.offset = cursor.read_u64("directory offset");
      return directory;
    }
  }
  cursor.seek(end + 10, "end record");
  Directory directory;
  directory.entries = cursor.read_u16("number of entries");
  cursor.slice(4, "directory size");
  directory.offset = cursor.read_u32("directory offset");
  return directory;
}

struct Record {
  std::string name;
  uint64_t compressed = 0, size = 0, offset = 0;
};

/// The zip64 extra field holds, in this order, those of the numbers that did not fit 32 bits.
void read_zip64_extra(ByteCursor extra, Record& record) {
  constexpr uint16_t kZip64Tag = 1;
  constexpr uint64_t kElsewhere = 0xffffffff;
  while (extra.remaining() >= 4) {
    const uint16_t tag = extra.read_u16("extra field tag");
    const uint16_t bytes = extra.read_u16("extra field size");
    ByteCursor field(extra.slice(bytes, "extra field"), extra.source());
    if (tag != kZip64Tag) continue;
    for (uint64_t* number : {&record.size, &record.compressed, &record.offset})
      if (*number == kElsewhere) *number = field.read_u64("zip64 extra field");
    return;
  }
}

Record read_record(ByteCursor& cursor) {
  if (cursor.read_u32("directory entry") != kDirectorySignature)
    throw cursor.error("directory entry", "has a wrong signature");
  cursor.slice(4, "versions");
  const uint16_t flags = cursor.read_u16("flags");
  const uint16_t method = cursor.read_u16("method");
  cursor.slice(8, "time and checksum");
  Record record;
  record.compressed = cursor.read_u32("compressed size");
  record.size = cursor.read_u32("size");
  const uint16_t name_bytes = cursor.read_u16("name length");
  const uint16_t extra_bytes = cursor.read_u16("extra length");
  const uint16_t comment_bytes = cursor.read_u16("comment length");
  cursor.slice(8, "attributes");
  record.offset = cursor.read_u32("local header offset");
  record.name = cursor.text(name_bytes, "name");
  read_zip64_extra(ByteCursor(cursor.slice(extra_bytes, "extra field"), cursor.source()), record);
  cursor.slice(comment_bytes, "comment");
  constexpr uint16_t kEncrypted = 1;
  if (method != 0 || (flags & kEncrypted) != 0)
    throw Error(ErrorCode::kUnsupported, cursor.source(),
                fmt::format("entry {} is {}; save the file again with torch.save, or as safetensors",
                            record.name, method != 0 ? "compressed" : "encrypted"));
  if (record.compressed != record.size)
    throw cursor.error("entry " + record.name, "is stored but has two different sizes");
  return record;
}

/// The bytes of an entry follow its local header, whose name and extra field may differ in length from the
/// directory's.
std::span<const std::byte> find_data(ByteCursor& cursor, const Record& record) {
  cursor.seek(record.offset, "local header of " + record.name);
  if (cursor.read_u32("local header") != kLocalSignature)
    throw cursor.error("local header of " + record.name, "has a wrong signature");
  cursor.slice(22, "local header");
  const uint16_t name_bytes = cursor.read_u16("name length");
  const uint16_t extra_bytes = cursor.read_u16("extra length");
  cursor.slice(uint64_t{name_bytes} + extra_bytes, "local header of " + record.name);
  return cursor.slice(record.size, "entry " + record.name);
}

}  // namespace

ZipArchive::ZipArchive(std::span<const std::byte> bytes, std::string source) : source_(std::move(source)) {
  ByteCursor cursor(bytes, source_);
  const Directory directory = read_end_record(cursor);
  cursor.seek(directory.offset, "directory");
  for (uint64_t i = 0; i < directory.entries; ++i) {
    Record record = read_record(cursor);
    const uint64_t next = cursor.position();
    const std::span<const std::byte> data = find_data(cursor, record);
    cursor.seek(next, "directory entry");
    if (!entries_.emplace(record.name, data).second)
      throw cursor.error("entry " + record.name, "appears twice in the directory");
  }
}

std::span<const std::byte> ZipArchive::entry(std::string_view name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end())
    throw Error(ErrorCode::kCorruptFile, source_,
                fmt::format("has no entry {}; the file is incomplete, fetch it again", name));
  return found->second;
}

}  // namespace easydel::io
