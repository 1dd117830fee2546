#include "engine/pjrt/runtime/plugin.h"

#include <dlfcn.h>
#include <elf.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>

#include "base/format.h"
#include "easydel/error.h"
#include "engine/pjrt/runtime/accelerator_setup.h"

namespace easydel::pjrt {
namespace {

namespace fs = std::filesystem;

std::string wanted_package(const std::string& name) {
  const PluginKind* kind = find_plugin_kind(name);
  return kind == nullptr ? "a PJRT plugin, a shared object that exports GetPjrtApi"
                         : fmt::format("{} (`{}`)", kind->package, kind->install);
}

/// The bytes that a shared object's segments reach to; 0 for a file that is no ELF file of 64 bits.
uint64_t end_of_segments(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  Elf64_Ehdr header{};
  if (!file.read(reinterpret_cast<char*>(&header), sizeof header) ||
      !std::string_view(reinterpret_cast<const char*>(header.e_ident), EI_NIDENT).starts_with(ELFMAG) ||
      header.e_ident[EI_CLASS] != ELFCLASS64)
    return 0;
  uint64_t end = header.e_phoff + uint64_t{header.e_phnum} * sizeof(Elf64_Phdr);
  file.seekg(static_cast<std::streamoff>(header.e_phoff));
  Elf64_Phdr segment{};
  for (int index = 0; index < header.e_phnum && file.read(reinterpret_cast<char*>(&segment), sizeof segment);
       ++index)
    if (segment.p_type == PT_LOAD) end = std::max(end, segment.p_offset + segment.p_filesz);
  return end;
}

using GetPjrtApi = const PJRT_Api* (*)();

GetPjrtApi open_library(const FoundPlugin& found, const std::string& wanted) {
  const auto fail = [&](std::string_view reason) {
    throw Error(ErrorCode::kUnsupported, "plugin",
                fmt::format("{} cannot be used: {}; wanted: {}", found.path.string(), reason, wanted));
  };
  // dlopen() maps what the headers promise: the end of a file that was cut short would be a SIGBUS.
  std::error_code ignored;
  const uint64_t size = fs::file_size(found.path, ignored), needed = end_of_segments(found.path);
  if (size < needed)
    fail(fmt::format("it is cut short, {} of {} bytes are there; fetch it again", size, needed));
  void* library = dlopen(found.path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* reason = dlerror();
    fail(reason == nullptr ? "the system gives no reason" : reason);
  }
  void* symbol = dlsym(library, "GetPjrtApi");
  if (symbol == nullptr) {
    dlclose(library);
    fail("it does not export GetPjrtApi, so it is no PJRT plugin");
  }
  return reinterpret_cast<GetPjrtApi>(symbol);
}

}  // namespace

Plugin::Plugin(FoundPlugin found, const PJRT_Api* api, std::string_view package)
    : found_(std::move(found)), api_(api, found_.path.string(), package) {
  if (const char* flags = std::getenv("XLA_FLAGS"); flags != nullptr) xla_flags_ = flags;
  if (api_.has(&PJRT_Api::PJRT_Plugin_Initialize)) {
    auto args = make_args<PJRT_Plugin_Initialize_Args>();
    api_.call(&PJRT_Api::PJRT_Plugin_Initialize, args, "PJRT_Plugin_Initialize");
  }
}

const Plugin& Plugin::load(const FoundPlugin& found) {
  static std::mutex mutex;
  // Leaked on purpose: clients in other statics outlive a static map, and need their plugin until the very end.
  static auto& loaded = *new std::map<fs::path, std::unique_ptr<const Plugin>>;
  const std::lock_guard lock(mutex);
  std::error_code failure;
  const fs::path path = fs::canonical(found.path, failure);
  if (failure)
    throw Error(ErrorCode::kUnsupported, "plugin",
                fmt::format("{} cannot be used: {}; wanted: {}", found.path.string(), failure.message(),
                            wanted_package(found.name)));
  std::unique_ptr<const Plugin>& entry = loaded[path];
  if (entry == nullptr) {
    prepare_accelerator(found);
    const std::string wanted = wanted_package(found.name);
    const GetPjrtApi get_api = open_library(found, wanted);
    entry.reset(new Plugin(found, get_api(), wanted));
  }
  return *entry;
}

std::string Plugin::build() const {
  std::error_code ignored;
  return fmt::format("{} {} {} {}.{}", found_.path.string(), fs::file_size(found_.path, ignored),
                     fs::last_write_time(found_.path, ignored).time_since_epoch().count(),
                     api_.major_version(), api_.minor_version());
}

}  // namespace easydel::pjrt
