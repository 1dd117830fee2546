// The blocks of the formats: how bytes become weights again, for src/quantization and the native kernels alike.
//
//   float weights[Q4_0::kBlock];
//   Q4_0::decode(codes, nullptr, weights);
//
// Nibbles of 32 weights are 16 bytes, weights 0..15 in the low halves and 16..31 in the high ones, as GGUF has them: one
// load, a mask and a shift give two runs of neighbours, where pairs of neighbours in a byte would need a shuffle.
// Easydel's own formats keep codes and scales apart, as int8 does: rows of codes are then whole vectors without a gap,
// the scales of 16 blocks are one load, and both are read from front to end. GGUF's have both in one block, byte for
// byte, so that its files can be used where they lie.
//
// Kernels compile this once per instruction set, into a namespace of its own (see kernels.h): it includes no library
// header.
#pragma once

#include <cstdint>

#if !defined(EASYDEL_KERNEL_ISA)
#define EASYDEL_KERNEL_ISA any_isa
#define EASYDEL_BLOCKS_OF_ANY_ISA
#endif

namespace easydel::quantization::EASYDEL_KERNEL_ISA {

using Byte = unsigned char;

/// The f16 number at p.
inline float half_at(const Byte* p) {
  const auto bits = static_cast<uint32_t>(p[0] | p[1] << 8);
  const uint32_t sign = (bits & 0x8000U) << 16, magnitude = bits & 0x7fffU;
  if (magnitude >= 0x7c00U) return __builtin_bit_cast(float, sign | 0x7f800000U | (magnitude & 0x3ffU) << 13);
  // Scaling by 2^112 moves the exponent's bias and makes denormals normal.
  const float scaled = __builtin_bit_cast(float, magnitude << 13) * 0x1p112f;
  return __builtin_bit_cast(float, sign | __builtin_bit_cast(uint32_t, scaled));
}

/// The halves of `count` bytes: low ones, then high ones.
inline void split_nibbles(const Byte* bytes, int count, Byte* codes) {
  for (int i = 0; i < count; ++i) {
    codes[i] = bytes[i] & 15;
    codes[count + i] = static_cast<Byte>(bytes[i] >> 4);
  }
}
/// Adds 16 to code i where bit i is set.
inline void add_fifth_bits(const Byte* bits, Byte* codes) {
  for (int i = 0; i < 32; ++i) codes[i] = static_cast<Byte>(codes[i] | (bits[i / 8] >> i % 8 & 1) << 4);
}
/// (code - zero) * scale
inline void scale_codes(const Byte* codes, int count, int zero, float scale, float* out) {
  for (int i = 0; i < count; ++i) out[i] = static_cast<float>(codes[i] - zero) * scale;
}
/// code * scale + offset
inline void scale_codes_from(const Byte* codes, int count, float scale, float offset, float* out) {
  for (int i = 0; i < count; ++i) out[i] = static_cast<float>(codes[i]) * scale + offset;
}

/// Signed bytes and an f16 scale. The last block of a row has no padding.
struct Int8 {
  static constexpr int kBlock = 32, kCodeBytes = 32, kScaleBytes = 2;
  static void decode(const Byte* bytes, const Byte* scales, float* out) {
    const float scale = half_at(scales);
    for (int i = 0; i < kBlock; ++i) out[i] = static_cast<float>(static_cast<signed char>(bytes[i])) * scale;
  }
};

/// Codes 0..15, of which 8 is zero, and an f16 scale.
template <int kWeights>
struct Int4 {
  static constexpr int kBlock = kWeights, kCodeBytes = kWeights / 2, kScaleBytes = 2;
  static void decode(const Byte* bytes, const Byte* scales, float* out) {
    Byte codes[kBlock];
    for (int i = 0; i < kBlock; i += 32) split_nibbles(bytes + i / 2, 16, codes + i);
    scale_codes(codes, kBlock, 8, half_at(scales), out);
  }
};

/// Codes 0..15, an f16 scale and the weight of code 0 in f16.
template <int kWeights>
struct Int4Zp {
  static constexpr int kBlock = kWeights, kCodeBytes = kWeights / 2, kScaleBytes = 4;
  static void decode(const Byte* bytes, const Byte* scales, float* out) {
    Byte codes[kBlock];
    for (int i = 0; i < kBlock; i += 32) split_nibbles(bytes + i / 2, 16, codes + i);
    scale_codes_from(codes, kBlock, half_at(scales), half_at(scales + 2), out);
  }
};

/// Quantiles of the normal distribution, scaled so that the ends are -1 and 1: QLoRA, Dettmers et al. 2023,
/// arXiv:2305.14314, appendix E.
struct Nf4 {
  static constexpr int kBlock = 64, kCodeBytes = 32, kScaleBytes = 2;
  static constexpr float kTable[16] = {-1.0f,        -0.69619280f, -0.52507305f,  -0.39491749f,
                                       -0.28444138f, -0.18477343f, -0.091050036f, 0.0f,
                                       0.079580300f, 0.16093020f,  0.24611230f,   0.33791524f,
                                       0.44070983f,  0.56261700f,  0.72295684f,   1.0f};
  static void decode(const Byte* bytes, const Byte* scales, float* out) {
    Byte codes[kBlock];
    for (int i = 0; i < kBlock; i += 32) split_nibbles(bytes + i / 2, 16, codes + i);
    const float scale = half_at(scales);
    for (int i = 0; i < kBlock; ++i) out[i] = kTable[codes[i]] * scale;
  }
};

/// OCP's e4m3fn: a sign, four bits of exponent, three of mantissa; the greatest number is 448, all ones are NaN.
struct Fp8E4M3 {
  static constexpr int kBlock = 128, kCodeBytes = 128, kScaleBytes = 2;
  static float to_float(Byte code) {
    const auto sign = static_cast<uint32_t>(code & 0x80) << 24;
    const auto magnitude = static_cast<uint32_t>(code & 0x7f);
    const float scaled = __builtin_bit_cast(float, magnitude << 20) * 0x1p120f;
    const uint32_t bits = magnitude == 0x7f ? 0x7fc00000U : __builtin_bit_cast(uint32_t, scaled);
    return __builtin_bit_cast(float, sign | bits);
  }
  static void decode(const Byte* bytes, const Byte* scales, float* out) {
    const float scale = half_at(scales);
    for (int i = 0; i < kBlock; ++i) out[i] = to_float(bytes[i]) * scale;
  }
};

struct Q8_0 {
  static constexpr int kBlock = 32, kCodeBytes = 34, kScaleBytes = 0;
  static void decode(const Byte* bytes, const Byte*, float* out) {
    const float scale = half_at(bytes);
    for (int i = 0; i < kBlock; ++i)
      out[i] = static_cast<float>(static_cast<signed char>(bytes[2 + i])) * scale;
  }
};
struct Q4_0 {
  static constexpr int kBlock = 32, kCodeBytes = 18, kScaleBytes = 0;
  static void decode(const Byte* bytes, const Byte*, float* out) {
    Byte codes[kBlock];
    split_nibbles(bytes + 2, 16, codes);
    scale_codes(codes, kBlock, 8, half_at(bytes), out);
  }
};
struct Q4_1 {
  static constexpr int kBlock = 32, kCodeBytes = 20, kScaleBytes = 0;
  static void decode(const Byte* bytes, const Byte*, float* out) {
    Byte codes[kBlock];
    split_nibbles(bytes + 4, 16, codes);
    scale_codes_from(codes, kBlock, half_at(bytes), half_at(bytes + 2), out);
  }
};
struct Q5_0 {
  static constexpr int kBlock = 32, kCodeBytes = 22, kScaleBytes = 0;
  static void decode(const Byte* bytes, const Byte*, float* out) {
    Byte codes[kBlock];
    split_nibbles(bytes + 6, 16, codes);
    add_fifth_bits(bytes + 2, codes);
    scale_codes(codes, kBlock, 16, half_at(bytes), out);
  }
};
struct Q5_1 {
  static constexpr int kBlock = 32, kCodeBytes = 24, kScaleBytes = 0;
  static void decode(const Byte* bytes, const Byte*, float* out) {
    Byte codes[kBlock];
    split_nibbles(bytes + 8, 16, codes);
    add_fifth_bits(bytes + 4, codes);
    scale_codes_from(codes, kBlock, half_at(bytes), half_at(bytes + 2), out);
  }
};

/// The six-bit scales and minima of eight sub-blocks in 12 bytes, as Q4_K and Q5_K pack them.
struct SixBits {
  static constexpr int kBytes = 12;
  Byte scale[8], minimum[8];

  static SixBits unpack(const Byte* p) {
    SixBits six;
    for (int i = 0; i < 4; ++i) {
      six.scale[i] = p[i] & 63;
      six.minimum[i] = p[4 + i] & 63;
      six.scale[4 + i] = static_cast<Byte>((p[8 + i] & 15) | (p[i] >> 6) << 4);
      six.minimum[4 + i] = static_cast<Byte>(p[8 + i] >> 4 | (p[4 + i] >> 6) << 4);
    }
    return six;
  }
  void pack(Byte* p) const {
    for (int i = 0; i < 4; ++i) {
      p[i] = static_cast<Byte>(scale[i] | (scale[4 + i] >> 4) << 6);
      p[4 + i] = static_cast<Byte>(minimum[i] | (minimum[4 + i] >> 4) << 6);
      p[8 + i] = static_cast<Byte>((scale[4 + i] & 15) | (minimum[4 + i] & 15) << 4);
    }
  }
};

/// An f16 scale of the scales and one of the minima, then those of the sub-blocks: code * scale - minimum.
inline void scale_sub_blocks(const Byte* head, const Byte* codes, float* out) {
  const float scale = half_at(head), minimum = half_at(head + 2);
  const SixBits six = SixBits::unpack(head + 4);
  for (int i = 0; i < 8; ++i)
    scale_codes_from(codes + 32 * i, 32, scale * static_cast<float>(six.scale[i]),
                     -(minimum * static_cast<float>(six.minimum[i])), out + 32 * i);
}

struct Q4K {
  static constexpr int kBlock = 256, kCodeBytes = 144, kScaleBytes = 0;
  static constexpr int kHead = 16;  // two f16, then SixBits
  static void decode(const Byte* bytes, const Byte*, float* out) {
    Byte codes[kBlock];
    for (int i = 0; i < 4; ++i) split_nibbles(bytes + kHead + 32 * i, 32, codes + 64 * i);
    scale_sub_blocks(bytes, codes, out);
  }
};
struct Q5K {
  static constexpr int kBlock = 256, kCodeBytes = 176, kScaleBytes = 0;
  static constexpr int kFifthBits = 16, kHead = 48;  // bit i of byte l is of weight 32 * i + l
  static void decode(const Byte* bytes, const Byte*, float* out) {
    Byte codes[kBlock];
    for (int i = 0; i < 4; ++i) split_nibbles(bytes + kHead + 32 * i, 32, codes + 64 * i);
    for (int i = 0; i < 8; ++i) {
      for (int l = 0; l < 32; ++l)
        codes[32 * i + l] = static_cast<Byte>(codes[32 * i + l] | (bytes[kFifthBits + l] >> i & 1) << 4);
    }
    scale_sub_blocks(bytes, codes, out);
  }
};
/// Halves of 128 weights: 64 bytes of nibbles, 32 bytes of the two upper bits, the latter behind both halves' nibbles;
/// then 16 signed scales of 16 weights each, then their f16 scale.
struct Q6K {
  static constexpr int kBlock = 256, kCodeBytes = 210, kScaleBytes = 0;
  static constexpr int kUpperBits = 128, kScales = 192, kScale = 208;
  static void decode(const Byte* bytes, const Byte*, float* out) {
    Byte codes[kBlock];
    for (int half = 0; half < 2; ++half) {
      split_nibbles(bytes + 64 * half, 64, codes + 128 * half);
      const Byte* upper = bytes + kUpperBits + 32 * half;
      for (int i = 0; i < 4; ++i) {
        Byte* quarter = codes + 128 * half + 32 * i;
        for (int l = 0; l < 32; ++l)
          quarter[l] = static_cast<Byte>(quarter[l] | (upper[l] >> 2 * i & 3) << 4);
      }
    }
    const float scale = half_at(bytes + kScale);
    for (int i = 0; i < 16; ++i)
      scale_codes(codes + 16 * i, 16, 32,
                  scale * static_cast<float>(static_cast<signed char>(bytes[kScales + i])), out + 16 * i);
  }
};

}  // namespace easydel::quantization::EASYDEL_KERNEL_ISA

#if defined(EASYDEL_BLOCKS_OF_ANY_ISA)
namespace easydel::quantization {
using namespace any_isa;  // NOLINT(google-build-using-namespace)
}
#undef EASYDEL_KERNEL_ISA
#undef EASYDEL_BLOCKS_OF_ANY_ISA
#endif
