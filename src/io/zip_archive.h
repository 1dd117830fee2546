// ZipArchive: the stored (not compressed) entries of a zip file in memory, as PyTorch writes them.
//
//   ZipArchive archive(file->bytes(), "pytorch_model.bin");
//   std::span<const std::byte> pickle = archive.entry("archive/data.pkl");
//
// Reads the central directory, zip64 included (APPNOTE.TXT 6.3.10, sections 4.3 to 4.5). Entries are views of the
// file; checksums are not verified, since that would read every weight at start.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace easydel::io {

class ZipArchive {
 public:
  /// Throws Error(kCorruptFile) for broken or truncated archives and Error(kUnsupported) for compressed or encrypted
  /// entries. The bytes must outlive the archive.
  ZipArchive(std::span<const std::byte> bytes, std::string source);

  bool contains(std::string_view name) const { return entries_.contains(name); }
  /// Throws Error(kCorruptFile) that names the missing entry.
  std::span<const std::byte> entry(std::string_view name) const;
  const std::map<std::string, std::span<const std::byte>, std::less<>>& entries() const { return entries_; }
  const std::string& source() const { return source_; }

 private:
  std::string source_;
  std::map<std::string, std::span<const std::byte>, std::less<>> entries_;
};

}  // namespace easydel::io
