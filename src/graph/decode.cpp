#include "graph/decode.h"

#include <cmath>

#include "base/format.h"
#include "easydel/error.h"
#include "graph/ops/elementwise.h"
#include "graph/ops/indexing.h"
#include "graph/ops/movement.h"
#include "quantization/blocks.h"

// The layouts are those of quantization/blocks.h. A block's bytes are the last axis, [..., blocks, bytes]; what each
// sub-block has is [..., blocks, sub-blocks, 1].

namespace easydel {
namespace {

using Dims = std::vector<int64_t>;

Dims dims_of(Value x) {
  return {x.shape().dims().begin(), x.shape().dims().end()};
}

/// The last axis cut into [size / inner, inner].
Value split_last(Value x, int64_t inner) {
  Dims dims = dims_of(x);
  dims.back() /= inner;
  dims.push_back(inner);
  return reshape(x, dims);
}
/// The last two axes as one.
Value join_last(Value x) {
  Dims dims = dims_of(x);
  const int64_t inner = dims.back();
  dims.pop_back();
  dims.back() *= inner;
  return reshape(x, dims);
}
Value bytes_at(Value blocks, int64_t begin, int64_t count) {
  return slice_axis(blocks, -1, begin, begin + count);
}
Value numbers(Value integers) {
  return convert(integers, DType::kF32);
}
Value mask(Value x, int64_t bits) {
  return logical_and(x, full_like(x, static_cast<double>(bits)));
}
Value shift_right(Value x, int64_t bits) {
  return shift_right_logical(x, full_like(x, static_cast<double>(bits)));
}
Value shift_left_by(Value x, int64_t bits) {
  return shift_left(x, full_like(x, static_cast<double>(bits)));
}
Value is_below(Value x, int64_t limit) {
  return compare(x, full_like(x, static_cast<double>(limit)), CompareDirection::kLt);
}
/// x with a sign where `sign` is not zero.
Value with_sign(Value x, Value sign) {
  return select(compare(sign, full_like(sign, 0.0), CompareDirection::kNe), negate(x), x);
}

/// A float of u32 fields whose exponent has that bias. Denormal numbers are made without any of f32's, which XLA may
/// flush to zero.
Value float_of(Value magnitude, int mantissa_bits, int bias) {
  constexpr int kMantissaBits = 23, kBias = 127;
  const Value moved = shift_left_by(magnitude, kMantissaBits - mantissa_bits) +
                      full_like(magnitude, static_cast<double>((kBias - bias) << kMantissaBits));
  const double least = 1.0 / static_cast<double>(int64_t{1} << (bias - 1 + mantissa_bits));
  return select(is_below(magnitude, int64_t{1} << mantissa_bits), numbers(magnitude) * least,
                bitcast_convert(moved, DType::kF32));
}

/// The f16 numbers at a place of each block: f32 [..., blocks, 1, 1]. Infinities and NaN, which no weight has, become
/// finite numbers.
Value half_at(Value blocks, int64_t at) {
  const Value low = convert(bytes_at(blocks, at, 1), DType::kU32);
  const Value high = convert(bytes_at(blocks, at + 1, 1), DType::kU32);
  const Value magnitude = logical_or(shift_left_by(mask(high, 0x7f), 8), low);
  constexpr int kMantissaBits = 10, kBias = 15;
  return split_last(with_sign(float_of(magnitude, kMantissaBits, kBias), mask(high, 0x80)), 1);
}

/// Nibbles of runs of `run` bytes: each run's low halves, then its high ones.
Value split_nibbles(Value bytes, int64_t run) {
  const Value runs = split_last(bytes, run);
  return join_last(concatenate({mask(runs, 15), shift_right(runs, 4)}, -1));
}

/// Bits [i * width, (i + 1) * width) of each byte for i < 8 / width, moved to where codes have them: all bytes of the
/// first, then of the second, ...
Value upper_bits(Value bytes, int64_t width) {
  std::vector<Value> bits;
  for (int64_t i = 0; i < 8; i += width) bits.push_back(mask(shift_right(bytes, i), (1 << width) - 1));
  return shift_left_by(concatenate(bits, -1), 4);
}
/// Bit i % 8 of byte i / 8, moved to the fifth bit of a code.
Value fifth_bits(Value bytes) {
  const Value each = split_last(bytes, 1);
  std::vector<Value> bits;
  for (int64_t i = 0; i < 8; ++i) bits.push_back(mask(shift_right(each, i), 1));
  return shift_left_by(join_last(concatenate(bits, -1)), 4);
}

/// Codes [..., blocks, weights] times scales [..., blocks, subs, 1], plus offsets of that shape where there are any.
Value scaled(Value codes, Value scales, Value offsets = {}) {
  const Value sub_blocks = split_last(codes, codes.shape().dim(-1) / scales.shape().dim(-2));
  const Value products = sub_blocks * scales;
  return join_last(offsets ? products + offsets : products);
}

/// Part 1 of a block's scales: [..., blocks, 1, 1].
Value scale_part(std::span<const Value> parts, int64_t per_block, int64_t index) {
  const Value scales = split_last(numbers(parts[1]), per_block);
  return split_last(slice_axis(scales, -1, index, index + 1), 1);
}

Value decode_int8(const quantization::Format& format, std::span<const Value> parts, int64_t columns) {
  // Codes end with the row, within the last block.
  const Value scales = numbers(parts[1]);
  Dims dims = dims_of(scales);
  dims.push_back(format.block);
  Dims axes;
  for (int64_t axis = 0; axis < scales.rank(); ++axis) axes.push_back(axis);
  const Value spread = join_last(broadcast_in_dim(scales, dims, axes));
  return numbers(parts[0]) * slice_axis(spread, -1, 0, columns);
}

Value nibble_codes(const quantization::Format& format, std::span<const Value> parts) {
  return split_nibbles(split_last(parts[0], format.block / 2), 16);
}
Value decode_int4(const quantization::Format& format, std::span<const Value> parts) {
  return scaled(numbers(nibble_codes(format, parts)) - 8.0, scale_part(parts, 1, 0));
}
Value decode_int4_zp(const quantization::Format& format, std::span<const Value> parts) {
  return scaled(numbers(nibble_codes(format, parts)), scale_part(parts, 2, 0), scale_part(parts, 2, 1));
}
Value decode_nf4(const quantization::Format& format, std::span<const Value> parts) {
  const Value table =
      parts[0].graph().constant(HostTensor::from<float>(std::vector<int64_t>{16}, quantization::Nf4::kTable));
  return scaled(take(table, convert(nibble_codes(format, parts), DType::kI32)), scale_part(parts, 1, 0));
}
Value decode_fp8(const quantization::Format& format, std::span<const Value> parts) {
  const Value bytes = convert(split_last(parts[0], format.block), DType::kU32);
  const Value magnitude = mask(bytes, 0x7f);
  constexpr int kMantissaBits = 3, kBias = 7;
  const Value finite = float_of(magnitude, kMantissaBits, kBias);
  const Value number = select(compare(magnitude, full_like(magnitude, 0x7f), CompareDirection::kEq),
                              full_like(finite, NAN), finite);
  return scaled(with_sign(number, mask(bytes, 0x80)), scale_part(parts, 1, 0));
}

Value blocks_of(const quantization::Format& format, std::span<const Value> parts) {
  return split_last(parts[0], format.parts[0].items);
}
Value decode_q8_0(const quantization::Format& format, std::span<const Value> parts) {
  const Value blocks = blocks_of(format, parts);
  return scaled(numbers(bitcast_convert(bytes_at(blocks, 2, 32), DType::kI8)), half_at(blocks, 0));
}
Value decode_q4_0(const quantization::Format& format, std::span<const Value> parts) {
  const Value blocks = blocks_of(format, parts);
  return scaled(numbers(split_nibbles(bytes_at(blocks, 2, 16), 16)) - 8.0, half_at(blocks, 0));
}
Value decode_q4_1(const quantization::Format& format, std::span<const Value> parts) {
  const Value blocks = blocks_of(format, parts);
  return scaled(numbers(split_nibbles(bytes_at(blocks, 4, 16), 16)), half_at(blocks, 0), half_at(blocks, 2));
}
Value decode_q5_0(const quantization::Format& format, std::span<const Value> parts) {
  const Value blocks = blocks_of(format, parts);
  const Value codes =
      logical_or(split_nibbles(bytes_at(blocks, 6, 16), 16), fifth_bits(bytes_at(blocks, 2, 4)));
  return scaled(numbers(codes) - 16.0, half_at(blocks, 0));
}
Value decode_q5_1(const quantization::Format& format, std::span<const Value> parts) {
  const Value blocks = blocks_of(format, parts);
  const Value codes =
      logical_or(split_nibbles(bytes_at(blocks, 8, 16), 16), fifth_bits(bytes_at(blocks, 4, 4)));
  return scaled(numbers(codes), half_at(blocks, 0), half_at(blocks, 2));
}

/// Codes times six-bit scales, less six-bit minima.
Value scaled_by_six_bits(Value blocks, Value codes) {
  const Value first = bytes_at(blocks, 4, 4), second = bytes_at(blocks, 8, 4),
              third = bytes_at(blocks, 12, 4);
  const auto upper = [](Value x) { return shift_left_by(shift_right(x, 6), 4); };
  const Value scales = concatenate({mask(first, 63), logical_or(mask(third, 15), upper(first))}, -1);
  const Value minima = concatenate({mask(second, 63), logical_or(shift_right(third, 4), upper(second))}, -1);
  return scaled(codes, half_at(blocks, 0) * split_last(numbers(scales), 1),
                negate(half_at(blocks, 2) * split_last(numbers(minima), 1)));
}
Value decode_q4_k(const quantization::Format& format, std::span<const Value> parts) {
  const Value blocks = blocks_of(format, parts);
  return scaled_by_six_bits(blocks,
                            numbers(split_nibbles(bytes_at(blocks, quantization::Q4K::kHead, 128), 32)));
}
Value decode_q5_k(const quantization::Format& format, std::span<const Value> parts) {
  using quantization::Q5K;
  const Value blocks = blocks_of(format, parts);
  const Value codes = logical_or(split_nibbles(bytes_at(blocks, Q5K::kHead, 128), 32),
                                 upper_bits(bytes_at(blocks, Q5K::kFifthBits, 32), 1));
  return scaled_by_six_bits(blocks, numbers(codes));
}
Value decode_q6_k(const quantization::Format& format, std::span<const Value> parts) {
  using quantization::Q6K;
  const Value blocks = blocks_of(format, parts);
  const Value upper = join_last(upper_bits(split_last(bytes_at(blocks, Q6K::kUpperBits, 64), 32), 2));
  const Value codes = logical_or(split_nibbles(bytes_at(blocks, 0, 128), 64), upper);
  const Value scales = numbers(bitcast_convert(bytes_at(blocks, Q6K::kScales, 16), DType::kI8));
  return scaled(numbers(codes) - 32.0, half_at(blocks, Q6K::kScale) * split_last(scales, 1));
}

}  // namespace

Value decode(const quantization::Format& format, std::span<const Value> parts, int64_t columns) {
  if (format.name == "int8") return decode_int8(format, parts, columns);
  using Decode = Value (*)(const quantization::Format&, std::span<const Value>);
  static constexpr std::pair<std::string_view, Decode> kByName[] = {
      {"int4", decode_int4},       {"int4_g64", decode_int4},       {"int4_g128", decode_int4},
      {"int4_zp", decode_int4_zp}, {"int4_zp_g64", decode_int4_zp}, {"int4_zp_g128", decode_int4_zp},
      {"nf4", decode_nf4},         {"fp8_e4m3", decode_fp8},        {"q8_0", decode_q8_0},
      {"q4_0", decode_q4_0},       {"q4_1", decode_q4_1},           {"q5_0", decode_q5_0},
      {"q5_1", decode_q5_1},       {"q4_k", decode_q4_k},           {"q5_k", decode_q5_k},
      {"q6_k", decode_q6_k}};
  for (const auto& [name, decode_blocks] : kByName)
    if (name == format.name) return slice_axis(join_last(decode_blocks(format, parts)), -1, 0, columns);
  throw Error(ErrorCode::kUnsupported, "dequantize",
              fmt::format("{} has no form in plain ops; use another format", format.name));
}

}  // namespace easydel
