// Memory fetched while the processor computes.
#pragma once

#include "engine/native/kernels/isa/simd.h"

namespace easydel::native::EASYDEL_KERNEL_ISA {

/// Bytes that will be read soon, fetched between other work by some `calls` calls.
class FetchAhead {
 public:
  FetchAhead() = default;
  FetchAhead(const void* first, int64_t bytes, int64_t calls)
      : at_(static_cast<const char*>(first)), end_(at_ + bytes), step_(calls > 0 ? bytes / calls + 64 : 0) {}

  void fetch() {
    const char* until = end_ - at_ > step_ ? at_ + step_ : end_;
    for (; at_ < until; at_ += 64) __builtin_prefetch(at_);
  }

 private:
  const char *at_ = nullptr, *end_ = nullptr;
  int64_t step_ = 0;
};

}  // namespace easydel::native::EASYDEL_KERNEL_ISA
