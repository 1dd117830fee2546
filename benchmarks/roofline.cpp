// Measures the limits of this machine that docs/performance.md compares with: memory reading and
// multiply-adds.
//
//   build-bench/benchmarks/roofline [most_threads]
//
// Prints one line per thread count: reading from memory in GB/s, and f32 multiply-adds, dot products of bf16 and of bytes,
// and products of bf16 on tiles in G multiply-adds a second (0 where the CPU lacks the instructions).
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "base/cpu_features.h"
#include "base/huge_pages.h"
#include "base/thread_pool.h"
#include "roofline_kernels.h"

namespace {

using easydel::Isa;
using easydel::ThreadPool;

double seconds_of(const auto& body) {
  const auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The best of several tries: the limit, not what a busy machine leaves.
double best_rate(double work, const auto& body) {
  double best = 0;
  for (int attempt = 0; attempt < 7; ++attempt) best = std::max(best, work / seconds_of(body));
  return best;
}

/// Far more than the last-level cache holds.
constexpr int64_t kBytes = int64_t{768} << 20;

double read_rate(ThreadPool& pool, const char* memory) {
  const auto rate = [&](bool far_ahead) {
    return best_rate(static_cast<double>(kBytes), [&] {
      const int64_t share = kBytes / pool.threads() / 4096 * 4096;
      std::atomic<int> next{0};
      pool.run([&](int) {
        for (int part = next++; part < pool.threads(); part = next++)
          easydel::roofline::read_memory(memory + part * share, share, far_ahead);
      });
    });
  };
  return std::max(rate(false), rate(true));
}

double multiply_rate(ThreadPool& pool, double (*kernel)(int64_t)) {
  constexpr int64_t kSteps = 20'000'000;
  double products = 0;
  const double seconds = [&] {
    double best = 1e9;
    for (int attempt = 0; attempt < 5; ++attempt) {
      best = std::min(best, seconds_of([&] {
                        std::atomic<int> next{0};
                        pool.run([&](int worker) {
                          while (next++ < pool.threads()) {
                            const double done = kernel(kSteps);
                            if (worker == 0) products = done;
                          }
                        });
                      }));
    }
    return best;
  }();
  return products * pool.threads() / seconds;
}

}  // namespace

int main(int argc, char** argv) {
  const int most = argc > 1 ? std::atoi(argv[1]) : ThreadPool().threads();
  // In pages of 4 KB a core may read at half the rate.
  const std::shared_ptr<std::byte> memory = easydel::map_huge_pages(kBytes);
  if (memory == nullptr) {
    fmt::print(stderr, "roofline: {} bytes of memory are not available\n", kBytes);
    return 1;
  }
  std::memset(memory.get(), 1, kBytes);
  fmt::print("threads  read GB/s  {:>16}  {:>16}  {:>16}  {:>16}  {:>16}\n", "f32 avx2 G/s", "f32 avx512 G/s",
             "bf16 dot G/s", "byte dot G/s", "bf16 tiles G/s");
  for (int threads = 1; threads <= most; ++threads) {
    ThreadPool pool(threads);
    const auto rate = [&](Isa isa, double (*kernel)(int64_t)) {
      return easydel::detected_isa() >= isa ? multiply_rate(pool, kernel) / 1e9 : 0.0;
    };
    fmt::print("{:>7}  {:>9.1f}  {:>16.1f}  {:>16.1f}  {:>16.1f}  {:>16.1f}  {:>16.1f}\n", threads,
               read_rate(pool, reinterpret_cast<const char*>(memory.get())) / 1e9,
               rate(Isa::kAvx2, easydel::roofline::multiply_avx2),
               rate(Isa::kAvx512, easydel::roofline::multiply_avx512),
               rate(Isa::kAvx512Bf16, easydel::roofline::multiply_bf16),
               easydel::detected_isa() >= Isa::kAvx512Bf16
                   ? rate(Isa::kAvx512Bf16, easydel::roofline::multiply_bytes)
                   : rate(Isa::kAvx2, easydel::roofline::multiply_nibbles),
               rate(Isa::kAmx, easydel::roofline::multiply_tiles));
  }
  return 0;
}
