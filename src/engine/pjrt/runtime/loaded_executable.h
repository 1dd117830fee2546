// LoadedExecutable: a compiled program on a plugin's devices, from StableHLO text or from the disk cache.
//
//   LoadedExecutable program = LoadedExecutable::compile(client, text, {.device_ids = {0}}, store);
//   std::vector<std::vector<DeviceBuffer>> results = program.execute(arguments);   // [device][result]
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/pjrt/compile_options.h"
#include "engine/pjrt/program_store.h"
#include "engine/pjrt/runtime/device_buffer.h"

namespace easydel::pjrt {

/// What a program needs per device, in bytes; all 0 where the plugin cannot tell.
struct CompiledMemory {
  int64_t arguments = 0, outputs = 0, aliased = 0, temporary = 0, code = 0;
};

class LoadedExecutable {
 public:
  /// Loads the program from `store`, or compiles and stores it. A compile error carries the plugin's message and the
  /// path under which the module was saved.
  static LoadedExecutable compile(const std::shared_ptr<const Client>& client, const std::string& stablehlo,
                                  const CompileOptionsFields& options, ProgramStore& store);
  LoadedExecutable(LoadedExecutable&&) noexcept = default;
  LoadedExecutable& operator=(LoadedExecutable&&) = delete;

  /// Starts a run; `arguments` are [device][parameter]. Results may still be computed when this returns. With
  /// `wait` it returns when they are there.
  std::vector<std::vector<DeviceBuffer>> execute(const std::vector<std::vector<PJRT_Buffer*>>& arguments,
                                                 bool wait = false) const;
  CompiledMemory memory() const;
  /// Whether it came from the disk cache.
  bool from_cache() const { return from_cache_; }

 private:
  LoadedExecutable(std::shared_ptr<const Client> client, Owned<PJRT_LoadedExecutable> loaded,
                   bool from_cache);
  std::string serialize() const;

  std::shared_ptr<const Client> client_;  // first: it outlives what it made
  Owned<PJRT_LoadedExecutable> loaded_;
  Owned<PJRT_Executable> executable_;
  size_t outputs_ = 0;
  bool from_cache_ = false;
};

}  // namespace easydel::pjrt
