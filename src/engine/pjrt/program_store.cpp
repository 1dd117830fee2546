#include "engine/pjrt/program_store.h"

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <vector>

#include "base/atomic_file.h"
#include "base/format.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mapped_file.h"
#include "easydel/error.h"
#include "engine/pjrt/folder.h"
#include "engine/pjrt/plugin_search.h"

namespace easydel::pjrt {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "easydel program 1\n";
constexpr std::string_view kExtension = ".program";
constexpr uint64_t kDefaultMegabytes = 2000;

struct Header {
  uint64_t key_size = 0, value_size = 0, checksum = 0;  // of key and value together
};
constexpr size_t kHeaderSize = kMagic.size() + sizeof(Header);

uint64_t checksum(std::string_view key, std::string_view value) {
  return fnv1a(value, fnv1a(key));
}

}  // namespace

fs::path ProgramStore::path_of(std::string_view key) const {
  return folder_ / fmt::format("{:016x}{}", fnv1a(key), kExtension);
}

std::optional<std::string> ProgramStore::find(std::string_view key) const {
  std::error_code ignored;
  const fs::path path = path_of(key);
  if (max_bytes_ == 0 || !fs::is_regular_file(path, ignored)) return std::nullopt;
  try {
    const std::shared_ptr<const MappedFile> file = MappedFile::open(path, MapAccess::kSequential);
    const std::string_view content(reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size());
    Header header;
    if (content.size() >= kHeaderSize) std::memcpy(&header, content.data() + kMagic.size(), sizeof header);
    const size_t rest = content.size() < kHeaderSize ? 0 : content.size() - kHeaderSize;
    if (!content.starts_with(kMagic) || header.key_size > rest ||
        header.value_size != rest - header.key_size) {
      fs::remove(path, ignored);
      return std::nullopt;
    }
    const std::string_view stored_key = content.substr(kHeaderSize, header.key_size);
    const std::string_view value = content.substr(kHeaderSize + header.key_size);
    if (stored_key != key) return std::nullopt;
    if (checksum(stored_key, value) != header.checksum) {
      fs::remove(path, ignored);
      return std::nullopt;
    }
    fs::last_write_time(path, fs::file_time_type::clock::now(), ignored);
    return std::string(value);
  } catch (const Error&) {  // gone meanwhile, or unreadable
    return std::nullopt;
  }
}

void ProgramStore::insert(std::string_view key, std::string_view bytes) {
  if (max_bytes_ == 0 || !writable_ || kHeaderSize + key.size() + bytes.size() > max_bytes_) return;
  const Header header{key.size(), bytes.size(), checksum(key, bytes)};
  try {
    ensure_directory(folder_);
    AtomicFiles files;
    AtomicFile& file = files.add(path_of(key), kHeaderSize + key.size() + bytes.size());
    file.write(kMagic);
    file.write(std::as_bytes(std::span(&header, 1)));
    file.write(key);
    file.write(bytes);
    files.commit();
    shrink();
  } catch (const Error& error) {
    writable_ = false;
    log(LogLevel::kWarning,
        fmt::format(
            "compiled programs are not kept: {}; set EASYDEL_CACHE_DIR to a folder that can be written",
            error.what()));
  }
}

void ProgramStore::remove(std::string_view key) const {
  std::error_code ignored;
  fs::remove(path_of(key), ignored);
}

void ProgramStore::shrink() const {
  const std::vector<AgedFile> files = files_by_age(folder_, kExtension);  // a use sets the time
  uint64_t total = 0;
  for (const AgedFile& file : files) total += file.bytes;
  std::error_code ignored;
  for (size_t index = 0; index < files.size() && total > max_bytes_; ++index) {
    fs::remove(files[index].path, ignored);
    total -= files[index].bytes;
  }
}

ProgramStore default_program_store() {
  uint64_t megabytes = kDefaultMegabytes;
  if (const char* text = std::getenv("EASYDEL_PROGRAM_CACHE_MB"); text != nullptr && *text != '\0') {
    const char* end = text + std::strlen(text);
    const auto [stop, status] = std::from_chars(text, end, megabytes);
    if (status != std::errc() || stop != end || megabytes > 1'000'000'000)
      throw Error(ErrorCode::kInvalidArgument, "EASYDEL_PROGRAM_CACHE_MB",
                  fmt::format("\"{}\" is no size; write a whole number of megabytes, 0 for no cache", text));
  }
  return {cache_folder() / "programs", megabytes * 1'000'000};
}

std::string cpu_feature_line() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("flags") || line.starts_with("Features")) return line;
  return "unknown";
}

}  // namespace easydel::pjrt
