// ProgramStore: compiled programs on disk, so that a second start does not compile again.
//
//   ProgramStore store(cache_folder() / "programs", 2'000'000'000);
//   if (auto bytes = store.find(key)) return load(*bytes);
//   store.insert(key, serialize(program));
//
// One file per program. It holds the whole key (program text, options, plugin build, XLA_FLAGS, CPU features and
// threads), so that a hash collision is a miss, and a checksum, so that a damaged file is one too. Writes are atomic;
// several processes may share a folder. Past the bound the files used longest ago go first.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace easydel::pjrt {

class ProgramStore {
 public:
  /// `max_bytes` 0 keeps nothing. The folder is made on the first insertion.
  ProgramStore(std::filesystem::path folder, uint64_t max_bytes)
      : folder_(std::move(folder)), max_bytes_(max_bytes) {}

  /// The bytes stored under `key`; nothing for an unknown key or a damaged file (which is removed). A hit counts as
  /// a use.
  std::optional<std::string> find(std::string_view key) const;
  /// Stores `bytes`. A folder that cannot be written is a warning in the log, once; programs then compile each time.
  void insert(std::string_view key, std::string_view bytes);
  /// Forgets a program, such as one that the plugin refused to load.
  void remove(std::string_view key) const;

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path path_of(std::string_view key) const;

 private:
  void shrink() const;

  std::filesystem::path folder_;
  uint64_t max_bytes_ = 0;
  bool writable_ = true;
};

/// In cache_folder(), bounded by EASYDEL_PROGRAM_CACHE_MB (2000 by default, 0: no cache).
ProgramStore default_program_store();

/// The instruction sets of this CPU as the kernel lists them: compiled programs hold machine code.
std::string cpu_feature_line();

}  // namespace easydel::pjrt
