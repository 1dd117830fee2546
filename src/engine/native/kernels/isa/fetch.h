// Memory fetched while the processor computes.
#pragma once

#include "engine/native/kernels/isa/simd.h"

namespace easydel::native::EASYDEL_KERNEL_ISA {

/// Bytes ahead of a stream that the first level fetches; the second level fetches twice as far ahead.
constexpr int kStreamAhead = 2048;

/// Whether streams of plain numbers are fetched too, and any stream into the second level. One core of a Xeon with tiles keeps
/// less under way than its memory can deliver: bf16 went from 12.0 to 13.9 tokens a second (TinyLlama's shape, 2 cores), int8 from
/// 23.3 to 26.0. On Zen 4 it cost streams of f32 some 10 %.
#if defined(__AMX_TILE__)
constexpr bool kFetchesFarAhead = true;
#else
constexpr bool kFetchesFarAhead = false;
#endif

/// Fetches what a reader of consecutive addresses that is at `p` will need: integer products leave the hardware's
/// prefetchers too far behind everywhere. GCC drops calls of a function that does nothing else,
/// unless it is inlined at once.
template <int kAhead = kStreamAhead>
inline __attribute__((always_inline)) void prefetch(const void* p) {
  const auto* bytes = static_cast<const char*>(p);
  __builtin_prefetch(bytes + kAhead);
  if constexpr (kFetchesFarAhead) __builtin_prefetch(bytes + 2 * kAhead, 0, 2);
}

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
