#include <cmath>
#include <limits>

#include "engine/native/lower/lowering.h"
#include "graph/ops/attention.h"
#include "kernel_test_util.h"

namespace easydel::native {
namespace {

struct AttentionCase {
  int64_t batch, q_len, kv_len, heads, kv_heads, head_dim, value_dim;
  int32_t q_offset;
  bool causal = true;
  int64_t window = 0;
  double softcap = 0;
  bool masked = false;
};
// Decoding and prefill; odd head sizes; groups of one and many; windows, caps, masks; ranges past one split.
const AttentionCase kAttentionCases[] = {
    {1, 1, 8, 1, 1, 4, 4, 0},
    {1, 1, 40, 9, 3, 64, 64, 37},
    {2, 1, 1200, 4, 2, 16, 16, 1150},
    {1, 1, 600, 6, 1, 24, 20, 599, true, 70},
    {2, 5, 5, 2, 2, 8, 8, 0},
    {1, 33, 40, 9, 3, 64, 64, 5},
    {2, 70, 150, 4, 1, 33, 19, 61, true, 0, 0, true},
    {1, 150, 150, 3, 3, 16, 32, 0, true, 20},
    {1, 40, 200, 2, 1, 80, 80, 100, true, 64, 5.0, true},
    {1, 20, 90, 2, 2, 12, 12, 0, false, 0, 0, true},
    {1, 30, 60, 2, 2, 12, 12, 3, false, 17, 20.0},
    {1, 4, 16, 1, 1, 8, 8, 30},
};

struct Operands {
  StoredFloats query, key, value;
  std::vector<int32_t> mask;
};

std::vector<double> reference(const AttentionCase& c, const Operands& o) {
  std::vector<double> out;
  const int64_t group = c.heads / c.kv_heads;
  const double scale = 1.0 / std::sqrt(static_cast<double>(c.head_dim));
  for (int64_t b = 0; b < c.batch; ++b) {
    for (int64_t i = 0; i < c.q_len; ++i) {
      for (int64_t h = 0; h < c.heads; ++h) {
        std::vector<double> weights(static_cast<size_t>(c.kv_len), 0.0);
        double sum = 0;
        for (int64_t j = 0; j < c.kv_len; ++j) {
          const int64_t position = c.q_offset + i;
          if (c.causal && j > position) continue;
          if (c.window > 0 && j <= position - c.window) continue;
          if (c.masked && o.mask[static_cast<size_t>(b * c.kv_len + j)] == 0) continue;
          double score = 0;
          for (int64_t d = 0; d < c.head_dim; ++d)
            score += static_cast<double>(o.query.values()[static_cast<size_t>(
                         ((b * c.q_len + i) * c.heads + h) * c.head_dim + d)]) *
                     static_cast<double>(o.key.values()[static_cast<size_t>(
                         ((b * c.kv_len + j) * c.kv_heads + h / group) * c.head_dim + d)]);
          score *= scale;
          if (c.softcap > 0) score = c.softcap * std::tanh(score / c.softcap);
          weights[static_cast<size_t>(j)] = std::exp(score);
          sum += std::exp(score);
        }
        for (int64_t d = 0; d < c.value_dim; ++d) {
          double mixed = 0;
          for (int64_t j = 0; j < c.kv_len; ++j) {
            if (weights[static_cast<size_t>(j)] == 0) continue;
            mixed += weights[static_cast<size_t>(j)] / sum *
                     static_cast<double>(o.value.values()[static_cast<size_t>(
                         ((b * c.kv_len + j) * c.kv_heads + h / group) * c.value_dim + d)]);
          }
          out.push_back(mixed);
        }
      }
    }
  }
  return out;
}

Operands make_operands(const AttentionCase& c, FloatType query_type, FloatType cache_type) {
  std::vector<float> key = random_floats(c.batch * c.kv_len * c.kv_heads * c.head_dim, 2);
  std::vector<float> value = random_floats(c.batch * c.kv_len * c.kv_heads * c.value_dim, 3);
  std::vector<int32_t> mask(static_cast<size_t>(c.batch * c.kv_len), 1);
  for (size_t i = 0; i < mask.size(); ++i) mask[i] = i % 3 == 0 || i < 3 ? 0 : 1;
  // What a causal call may not read is poisoned.
  if (c.causal) {
    for (int64_t b = 0; b < c.batch; ++b) {
      for (int64_t j = c.q_offset + c.q_len; j < c.kv_len; ++j) {
        const int64_t row = b * c.kv_len + j;
        std::fill_n(key.begin() + row * c.kv_heads * c.head_dim, c.kv_heads * c.head_dim, NAN);
        std::fill_n(value.begin() + row * c.kv_heads * c.value_dim, c.kv_heads * c.value_dim, NAN);
      }
    }
  }
  return {StoredFloats(random_floats(c.batch * c.q_len * c.heads * c.head_dim, 1), query_type),
          StoredFloats(key, cache_type), StoredFloats(value, cache_type), std::move(mask)};
}

DType dtype_of(FloatType type) {
  return type == FloatType::kF32 ? DType::kF32 : type == FloatType::kBF16 ? DType::kBF16 : DType::kF16;
}

/// Runs the native lowering of one attention node.
std::vector<float> run(const AttentionCase& c, Operands& o, FloatType query_type, FloatType cache_type,
                       Isa isa, int threads) {
  Graph graph;
  const Shape query_shape(dtype_of(query_type), {c.batch, c.q_len, c.heads, c.head_dim});
  const Shape key_shape(dtype_of(cache_type), {c.batch, c.kv_len, c.kv_heads, c.head_dim});
  const Shape value_shape(dtype_of(cache_type), {c.batch, c.kv_len, c.kv_heads, c.value_dim});
  const Shape mask_shape(DType::kI32, {c.batch, c.kv_len});
  const Value query = graph.parameter("q", query_shape);
  const Value key = graph.parameter("k", key_shape);
  const Value value = graph.parameter("v", value_shape);
  const Value offset = graph.parameter("offset", Shape(DType::kI32, {}));
  const Value mask = c.masked ? graph.parameter("mask", mask_shape) : Value{};
  const Value y = attention(query, key, value, offset, mask,
                            {.scale = 1.0 / std::sqrt(static_cast<double>(c.head_dim)),
                             .causal = c.causal,
                             .sliding_window = c.window,
                             .logit_softcap = c.softcap});
  const Node& node = graph.node(y.id);
  std::vector<Shape> shapes;
  for (const ValueId input : node.inputs) shapes.push_back(graph.shape(input));
  const Step step = lowering_table().find(kAttentionOp)->lower({node, shapes, isa, threads});

  int32_t q_offset = c.q_offset;
  std::vector<Tensor> inputs = {{&shapes[0], o.query.data()},
                                {&shapes[1], o.key.data()},
                                {&shapes[2], o.value.data()},
                                {&shapes[3], reinterpret_cast<std::byte*>(&q_offset)}};
  if (c.masked) inputs.push_back({&shapes[4], reinterpret_cast<std::byte*>(o.mask.data())});
  HostTensor out = HostTensor::uninitialized(y.shape());
  const Tensor outputs[] = {{&out.shape(), out.mutable_bytes().data()}};
  HostTensor scratch =
      HostTensor::uninitialized(Shape(DType::kU8, {static_cast<int64_t>(step.scratch_bytes)}));
  ThreadPool pool(threads);
  step.run({inputs, outputs, scratch.mutable_bytes().data(), pool});
  const HostTensor result = out.to(DType::kF32);
  return {result.data<float>().begin(), result.data<float>().end()};
}

class KernelAttentionTest : public testing::TestWithParam<Isa> {};

TEST_P(KernelAttentionTest, AgreesWithDouble) {
  for (const FloatType query_type : {FloatType::kF32, FloatType::kBF16}) {
    for (const FloatType cache_type : kFloatTypes) {
      for (size_t row = 0; row < std::size(kAttentionCases); ++row) {
        const AttentionCase& c = kAttentionCases[row];
        Operands operands = make_operands(c, query_type, cache_type);
        const std::vector<double> exact = reference(c, operands);
        const std::vector<float> actual = run(c, operands, query_type, cache_type, GetParam(), 2);
        ASSERT_EQ(actual.size(), exact.size());
        for (size_t i = 0; i < exact.size(); ++i) {
          double tolerance = query_type == FloatType::kBF16 ? 0.004 * std::abs(exact[i]) + 1e-5
                                                            : 5e-6 * (1 + std::abs(exact[i]));
          // Queries and weights are rounded to 8 bits, each by at most 2^-9 of itself; scores are a few units.
          if (cache_type == FloatType::kBF16 && GetParam() >= Isa::kAvx512Bf16) tolerance += 5.0 / 512;
          ASSERT_NEAR(actual[i], exact[i], tolerance)
              << "case " << row << " cache " << type_name(cache_type) << " element " << i;
        }
      }
    }
  }
}

TEST_P(KernelAttentionTest, EveryThreadCountGivesTheSameBits) {
  for (const AttentionCase& c : kAttentionCases) {
    Operands operands = make_operands(c, FloatType::kF32, FloatType::kBF16);
    const std::vector<float> one = run(c, operands, FloatType::kF32, FloatType::kBF16, GetParam(), 1);
    for (int threads = 2; threads <= 4; ++threads)
      EXPECT_EQ(run(c, operands, FloatType::kF32, FloatType::kBF16, GetParam(), threads), one);
  }
}

TEST_P(KernelAttentionTest, AQueryThatSeesNothingGivesZeros) {
  for (const int64_t q_len : {1, 30}) {
    const AttentionCase c{1, q_len, 50, 2, 1, 16, 16, 10, true, 0, 0, true};
    Operands operands = make_operands(c, FloatType::kF32, FloatType::kF32);
    std::fill(operands.mask.begin(), operands.mask.end(), 0);
    const std::vector<float> out = run(c, operands, FloatType::kF32, FloatType::kF32, GetParam(), 2);
    EXPECT_EQ(out, std::vector<float>(out.size(), 0.0f));
  }
}

EASYDEL_FOR_EACH_ISA(KernelAttentionTest);

}  // namespace
}  // namespace easydel::native
