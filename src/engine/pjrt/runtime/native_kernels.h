// NativeKernels: attention and linear layers of programs for XLA's CPU backend, computed by the native engine's kernels
// through XLA's foreign function interface. They read weights of two bytes and quantized ones as they are, which XLA's own
// code widens in memory, and caches without transposing them (docs/performance.md).
#pragma once

#include <memory>

#include "engine/pjrt/emit/host_kernels.h"
#include "engine/pjrt/runtime/plugin.h"

namespace easydel::pjrt {

class NativeKernels final : public HostKernels {
 public:
  /// Registers with the plugin, once. Null, and the log says why, for one that takes no handlers. `threads` work on a
  /// kernel; 0: one per physical core.
  static std::unique_ptr<NativeKernels> create(const Plugin& plugin, int threads);

  bool has(const Node& node) const override;
  std::string prepare(const Node& node, std::span<const Shape> operands) override;

 private:
  explicit NativeKernels(int threads) : threads_(threads) {}

  int threads_;
};

}  // namespace easydel::pjrt
