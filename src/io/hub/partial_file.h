// PartialFile: a blob that is not whole yet, with the SHA-256 of what is there.
//
//   PartialFile partial("blobs/<etag>.incomplete");   // goes on where an earlier try ended
//   partial.append(bytes);
//   if (partial.sha256() == etag) partial.publish("blobs/<etag>");
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "io/hub/sha256.h"

namespace easydel::hub {

class PartialFile {
 public:
  /// Opens or makes the file. Throws Error(kIo), as the others do.
  explicit PartialFile(std::filesystem::path path);
  ~PartialFile();
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  uint64_t size() const { return size_; }
  void append(std::span<const std::byte> bytes);
  /// Throws away what is there.
  void restart();
  /// Of the whole file.
  std::string sha256() { return hash_.hex(); }
  /// Makes the bytes durable and gives the file its name.
  void publish(const std::filesystem::path& target);
  /// Removes the file.
  void discard();

 private:
  [[noreturn]] void fail(std::string_view action) const;

  std::filesystem::path path_;
  Sha256 hash_;
  uint64_t size_ = 0;
  int fd_ = -1;
};

}  // namespace easydel::hub
