// Files that appear whole or not at all.
//
//   AtomicFiles files;
//   AtomicFile& shard = files.add("out/model.safetensors", total_bytes);
//   shard.write(header);
//   shard.write(data);
//   files.commit();   // before this line the old files are untouched; without it the new ones are removed
//
// Bytes go to a file without a name in the target's own directory (under a hidden name where the file system cannot do
// that), so a killed process leaves nothing behind. commit() makes them durable (fsync), and only when every file of the group is complete are they renamed over the old ones. A failure before or
// during the renames leaves every old file as it was. (A process killed between two renames of a group leaves
// some files old and some new, each of them whole: the order of add() and then of remove() is that of the renames, so that
// a writer can have one of them decide.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace easydel {

/// One file of an AtomicFiles group.
class AtomicFile {
 public:
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Appends. Throws Error(kIo) that names the target, the bytes written and wanted, and the space left.
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }

  /// Ends the writing and makes the bytes durable; later writes are a defect of the caller. Called by
  /// commit(); call it early to hold fewer descriptors open at once.
  void finish();

  const std::filesystem::path& target() const { return target_; }
  uint64_t written() const { return written_; }

 private:
  friend class AtomicFiles;
  AtomicFile(std::filesystem::path target, uint64_t expected_bytes);
  [[noreturn]] void fail(std::string_view action, int code) const;

  std::filesystem::path target_, temporary_, backup_;
  uint64_t expected_ = 0, written_ = 0;
  int fd_ = -1;
  bool published_ = false;
};

class AtomicFiles {
 public:
  /// Starts a file. The directory must exist. `expected_bytes` is for error messages only (0: unknown).
  /// Throws Error(kNotFound) without a directory, Error(kInvalidArgument) when the target is not a regular
  /// file, and Error(kIo) where the system refuses.
  AtomicFile& add(const std::filesystem::path& target, uint64_t expected_bytes = 0);

  /// Removes an existing file when the group is committed. Nothing happens now.
  void remove(const std::filesystem::path& target);

  /// Finishes every file, then renames and removes all. On an error the old files are put back.
  void commit();

 private:
  struct Removal {
    std::filesystem::path target, backup;  ///< no backup: not moved away yet
  };

  void publish(AtomicFile& file);
  void roll_back();
  void sync_directories() const;

  std::vector<std::unique_ptr<AtomicFile>> files_;
  std::vector<Removal> removals_;
};

/// Writes one file atomically.
void write_file_atomically(const std::filesystem::path& target, std::string_view content);

/// Creates a directory and its parents; does nothing for one that exists. Throws Error(kInvalidArgument) when
/// a file is in the way and Error(kIo) where the system refuses.
void ensure_directory(const std::filesystem::path& directory);

}  // namespace easydel
