// MappedFile: a whole file as read-only bytes, without reading it first.
//
//   std::shared_ptr<const MappedFile> file = MappedFile::open("model.safetensors");
//   HostTensor weight = HostTensor::view(shape, file->bytes().subspan(offset, shape.bytes()), file);
//
// The bytes stay valid as long as a pointer is held, also when the file is renamed over or removed. A file
// that another process *truncates* meanwhile cannot be guarded against: touching the lost pages raises
// SIGBUS, as with every memory map. (easydel itself never truncates: it writes to a temporary name and
// renames.)
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

namespace easydel {

/// How the pages will be read, passed on to the kernel.
enum class MapAccess {
  kNormal,      ///< the kernel's own read-ahead
  kSequential,  ///< once, front to back
  kRandom,      ///< scattered: no read-ahead
  kWillNeed,    ///< all of it, soon: start reading now
};

class MappedFile {
 public:
  /// Throws Error(kNotFound) for a missing file, Error(kInvalidArgument) for a directory, Error(kIo) where
  /// the system refuses. An empty file gives an empty span.
  static std::shared_ptr<const MappedFile> open(const std::filesystem::path& path,
                                                MapAccess access = MapAccess::kNormal);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  const std::filesystem::path& path() const { return path_; }

  /// Changes the advice for the whole file; a hint that the kernel may ignore.
  void advise(MapAccess access) const;
  /// Lets go of the memory behind a part of bytes() and what shares a huge page with it. All bytes stay readable: they
  /// come back from the file.
  void release(std::span<const std::byte> part) const;

 private:
  MappedFile(std::filesystem::path path, const std::byte* data, size_t size)
      : path_(std::move(path)), data_(data), size_(size) {}

  std::filesystem::path path_;
  const std::byte* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace easydel
