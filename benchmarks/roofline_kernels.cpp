#include "roofline_kernels.h"

#include <immintrin.h>

namespace easydel::roofline {
namespace {

// Twelve chains hide the latency of a multiply-add on every x86-64 processor so far.
constexpr int kChains = 12;

volatile float sink;

}  // namespace

__attribute__((target("avx2"))) void read_memory(const char* data, int64_t bytes, bool far_ahead) {
  constexpr int kStep = 128, kAhead = 2048;
  __m256i sums[4] = {};
  for (int64_t i = 0; i < bytes; i += kStep) {
    for (int line = 0; line < kStep; line += 64) {
      __builtin_prefetch(data + i + line + (far_ahead ? kAhead : 2 * kAhead));
      if (far_ahead) __builtin_prefetch(data + i + line + 2 * kAhead, 0, 2);
    }
    for (int j = 0; j < 4; ++j)
      sums[j] = _mm256_xor_si256(sums[j], _mm256_loadu_si256(reinterpret_cast<const __m256i*>(data + i) + j));
  }
  const __m256i all =
      _mm256_xor_si256(_mm256_xor_si256(sums[0], sums[1]), _mm256_xor_si256(sums[2], sums[3]));
  sink = static_cast<float>(_mm256_extract_epi32(all, 0));
}

__attribute__((target("avx2,fma"))) double multiply_avx2(int64_t steps) {
  __m256 sums[kChains];
  for (auto& sum : sums) sum = _mm256_set1_ps(1.0f);
  const __m256 a = _mm256_set1_ps(0.999f);
  const __m256 b = _mm256_set1_ps(0.001f);
  for (int64_t i = 0; i < steps; ++i) {
#pragma GCC unroll 12
    for (auto& sum : sums) sum = _mm256_fmadd_ps(sum, a, b);
  }
  for (const auto& sum : sums) sink = sum[0];
  return static_cast<double>(steps) * kChains * 8;
}

__attribute__((target("avx512f"))) double multiply_avx512(int64_t steps) {
  __m512 sums[kChains];
  for (auto& sum : sums) sum = _mm512_set1_ps(1.0f);
  const __m512 a = _mm512_set1_ps(0.999f);
  const __m512 b = _mm512_set1_ps(0.001f);
  for (int64_t i = 0; i < steps; ++i) {
#pragma GCC unroll 12
    for (auto& sum : sums) sum = _mm512_fmadd_ps(sum, a, b);
  }
  for (const auto& sum : sums) sink = sum[0];
  return static_cast<double>(steps) * kChains * 16;
}

__attribute__((target("avx512f,avx512bf16"))) double multiply_bf16(int64_t steps) {
  __m512 sums[kChains];
  for (auto& sum : sums) sum = _mm512_set1_ps(1.0f);
  const __m512i bits = _mm512_set1_epi32(0x3c003c00);  // two small bf16 numbers
  const auto a = reinterpret_cast<__m512bh>(bits);
  for (int64_t i = 0; i < steps; ++i) {
#pragma GCC unroll 12
    for (auto& sum : sums) sum = _mm512_dpbf16_ps(sum, a, a);
  }
  for (const auto& sum : sums) sink = sum[0];
  return static_cast<double>(steps) * kChains * 32;
}

__attribute__((target("avx2"))) double multiply_nibbles(int64_t steps) {
  __m256i sums[kChains] = {}, a = _mm256_set1_epi8(1);
  for (int64_t i = 0; i < steps; ++i) {
    __asm__ volatile("" : "+x"(a));  // or the products would be made once
#pragma GCC unroll 12
    for (auto& sum : sums) sum = _mm256_add_epi16(sum, _mm256_maddubs_epi16(a, a));
  }
  for (const auto& sum : sums) sink = static_cast<float>(_mm256_extract_epi32(sum, 0));
  return static_cast<double>(steps) * kChains * 32;
}

__attribute__((target("avx512f,avx512vnni"))) double multiply_bytes(int64_t steps) {
  __m512i sums[kChains];
  for (auto& sum : sums) sum = _mm512_set1_epi32(1);
  const __m512i a = _mm512_set1_epi32(0x01010101);
  for (int64_t i = 0; i < steps; ++i) {
#pragma GCC unroll 12
    for (auto& sum : sums) sum = _mm512_dpbusd_epi32(sum, a, a);
  }
  for (const auto& sum : sums) sink = static_cast<float>(_mm512_reduce_add_epi32(sum));
  return static_cast<double>(steps) * kChains * 64;
}

// Four chains of 16 x 16 sums; operands are the registers' zeros.
__attribute__((target("amx-tile,amx-bf16"))) double multiply_tiles(int64_t steps) {
  struct alignas(64) {
    uint8_t palette = 1, start_row = 0, reserved[14] = {};
    uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
  } config;
  __asm__ volatile("ldtilecfg %0" : : "m"(config));
  const int64_t rounds = steps / 16;
  for (int64_t i = 0; i < rounds; ++i) {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_release();
  return static_cast<double>(rounds) * 4 * 16 * 16 * 32;
}

}  // namespace easydel::roofline
