// Tasks: what the lowerings of fast ops share: operand types, and splitting work with scratch per worker.
#pragma once

#include <algorithm>
#include <atomic>

#include "base/format.h"
#include "easydel/error.h"
#include "engine/native/kernels/kernels.h"
#include "engine/native/lower/lowering.h"

namespace easydel::native {

/// Rows of x from which rearranging the weights of a product pays (measured on Zen 4: docs/performance.md).
inline constexpr int64_t kManyRows = 32;

/// Throws Error(kUnsupported) for what the kernels have no form of.
inline FloatType float_type(DType dtype, std::string_view op) {
  switch (dtype) {
    case DType::kF32:
      return FloatType::kF32;
    case DType::kBF16:
      return FloatType::kBF16;
    case DType::kF16:
      return FloatType::kF16;
    default:
      throw Error(
          ErrorCode::kUnsupported, op == "" ? "native engine" : std::string(op),
          fmt::format("the native engine computes it in f32, bf16 and f16, not in {}; convert it", dtype));
  }
}

/// Calls body(worker, task) once for every task in [0, count); workers take the next one in turn.
template <typename Body>
void for_each_task(ThreadPool& pool, int64_t count, const Body& body) {
  if (count <= 1 || pool.threads() == 1) {
    for (int64_t task = 0; task < count; ++task) body(0, task);
    return;
  }
  std::atomic<int64_t> next{0};
  pool.run([&](int worker) {
    for (int64_t task = next.fetch_add(1); task < count; task = next.fetch_add(1)) body(worker, task);
  });
}

/// Calls body(worker, begin, end) over [0, count) in chunks of at least `grain`.
template <typename Body>
void for_each_range(ThreadPool& pool, int64_t count, int64_t grain, const Body& body) {
  const int64_t parts = std::clamp<int64_t>(count / std::max<int64_t>(grain, 1), 1, pool.threads() * 4);
  const int64_t chunk = (count + parts - 1) / parts;
  if (count == 0) return;
  for_each_task(pool, (count + chunk - 1) / chunk, [&](int worker, int64_t task) {
    body(worker, task * chunk, std::min(count, (task + 1) * chunk));
  });
}

/// Hands out the parts of a step's scratch: sizes are noted while lowering, addresses asked for while
/// running.
class ScratchPlan {
 public:
  /// Reserves `bytes`, 64-byte aligned; returns their offset.
  size_t add(int64_t bytes) {
    const size_t offset = bytes_;
    bytes_ += (static_cast<size_t>(bytes) + 63) / 64 * 64;
    return offset;
  }
  size_t add_floats(int64_t count) { return add(count * static_cast<int64_t>(sizeof(float))); }
  size_t bytes() const { return bytes_; }

 private:
  size_t bytes_ = 0;
};

inline float* scratch_floats(const StepContext& context, size_t offset) {
  return reinterpret_cast<float*>(context.scratch + offset);
}

/// A part of scratch that each worker has its own copy of.
struct WorkerFloats {
  size_t offset = 0;
  int64_t count = 0;

  static WorkerFloats reserve(ScratchPlan& plan, int threads, int64_t count) {
    const int64_t padded = (count + 15) / 16 * 16;
    return {plan.add_floats(padded * threads), padded};
  }
  float* of(const StepContext& context, int worker) const {
    return scratch_floats(context, offset) + worker * count;
  }
};

/// Elements below which splitting costs more than it saves.
constexpr int64_t kElementsPerTask = 8192;

}  // namespace easydel::native
