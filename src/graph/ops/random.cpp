#include "graph/ops/random.h"

#include <array>

#include "base/threefry.h"
#include "graph/ops/elementwise.h"
#include "graph/ops/movement.h"

namespace easydel {
namespace {

using Dims = std::vector<int64_t>;

std::vector<Shape> infer_random_bits(const OpCall& call) {
  call.expect_inputs(1);
  if (call.inputs[0] != Shape(DType::kU32, {2})) call.fail("the key must be u32 [2]");
  return {Shape(DType::kU32, call.attributes.get<Dims>("dims"))};
}

Value rotate_left(Value x, int bits) {
  return logical_or(shift_left(x, full_like(x, bits)), shift_right_logical(x, full_like(x, 32 - bits)));
}

/// As threefry2x32() of base/threefry.h, traced.
std::pair<Value, Value> threefry(Value key0, Value key1, Value high, Value low) {
  const Value parity = full_like(key0, kThreefryParity);
  const std::array<Value, 3> keys = {key0, key1, logical_xor(logical_xor(key0, key1), parity)};
  Value x0 = high + keys[0], x1 = low + keys[1];
  for (size_t group = 0; group < 5; ++group) {
    for (const int rotation : kThreefryRotations[group % 2]) {
      x0 = x0 + x1;
      x1 = logical_xor(rotate_left(x1, rotation), x0);
    }
    x0 = x0 + keys[(group + 1) % 3];
    x1 = x1 + keys[(group + 2) % 3] + static_cast<double>(group + 1);
  }
  return {x0, x1};
}

// As JAX with jax_threefry_partitionable (its default): element i is the exclusive or of both halves of the
// cipher of the 64-bit counter i. Counters here stay below 2^32, so the upper half is zero.
std::vector<Value> decompose_random_bits(Graph& graph, std::span<const Value> inputs,
                                         const Attributes& attributes) {
  const Dims& dims = attributes.get<Dims>("dims");
  const int64_t count = Shape(DType::kU32, dims).elements();
  const auto half = [&](int64_t index) {
    return broadcast_to(slice_axis(inputs[0], 0, index, index + 1), {count});
  };
  const Value low = iota(graph, Shape(DType::kU32, {count}), 0);
  const auto [x0, x1] = threefry(half(0), half(1), full_like(low, 0), low);
  return {reshape(logical_xor(x0, x1), dims)};
}

}  // namespace

constinit const OpInfo kRandomBitsOp{
    .name = "random_bits", .infer = infer_random_bits, .decompose = decompose_random_bits};

std::span<const OpInfo* const> random_ops() {
  static constexpr const OpInfo* kOps[] = {&kRandomBitsOp};
  return kOps;
}

Value random_bits(Value key, std::span<const int64_t> dims) {
  return key.graph().add(kRandomBitsOp, {key}, {{"dims", Dims(dims.begin(), dims.end())}});
}

Value random_uniform(Value key, std::span<const int64_t> dims) {
  const Value bits = random_bits(key, dims);
  const Value mantissa = shift_right_logical(bits, full_like(bits, 9));
  // The exponent of 1.0 gives a number in [1, 2).
  return bitcast_convert(logical_or(mantissa, full_like(mantissa, 0x3F800000)), DType::kF32) - 1.0;
}

}  // namespace easydel
