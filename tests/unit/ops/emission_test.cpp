// Every op row on the PJRT engine's CPU plugin: what StableHLO makes of an op is what the native engine makes of it.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/format.h"
#include "easydel/error.h"
#include "graph/ops.h"
#include "unit/ops/op_rows.h"

namespace easydel {
namespace {

using Values = std::vector<Value>;

class Emission : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    try {
      engine_ = make_engine("pjrt:cpu", {.native_kernels = false});
      with_kernels_ = make_engine("pjrt:cpu", {.native_kernels = true});
    } catch (const Error& error) {
      why_absent_ = error.what();
    }
  }
  static void TearDownTestSuite() {
    engine_.reset();
    with_kernels_.reset();
  }
  void SetUp() override {
    if (!engine_) GTEST_SKIP() << why_absent_;
  }

  /// Compares with the native engine; with `decomposed`, with its decompositions. Rows share programs, because each
  /// costs XLA a tenth of a second.
  static void expect_like_native(const std::vector<OpRow>& rows, bool decomposed = false) {
    expect_like_native(*engine_, rows, decomposed);
  }
  static void expect_like_native(Engine& engine, const std::vector<OpRow>& rows, bool decomposed) {
    constexpr size_t kRowsPerProgram = 24;
    const auto native = make_native_engine({.threads = 1});
    for (size_t begin = 0; begin < rows.size(); begin += kRowsPerProgram) {
      const std::span<const OpRow> batch =
          std::span(rows).subspan(begin, std::min(kRowsPerProgram, rows.size() - begin));
      const std::vector<std::vector<HostTensor>> outputs = run_together(engine, batch, decomposed);
      for (size_t row = 0; row < batch.size(); ++row) {
        const std::vector<HostTensor> expected =
            run_op(*native, batch[row].build, batch[row].inputs, decomposed);
        ASSERT_EQ(outputs[row].size(), expected.size()) << batch[row].name;
        for (size_t index = 0; index < expected.size(); ++index)
          expect_close(outputs[row][index], expected[index],
                       std::max(batch[row].tolerance, tolerance_of(expected[index].dtype())),
                       fmt::format("{} output {}", batch[row].name, index));
        if (testing::Test::HasFatalFailure()) return;
      }
    }
  }

  /// The outputs of each row, from one program.
  static std::vector<std::vector<HostTensor>> run_together(Engine& engine, std::span<const OpRow> rows,
                                                           bool decomposed) {
    Graph graph;
    std::vector<Buffer> arguments;
    std::vector<size_t> counts;
    for (const OpRow& row : rows) {
      Values operands;
      for (const HostTensor& input : row.inputs) {
        operands.push_back(graph.parameter(fmt::format("{}.in{}", row.name, operands.size()), input.shape()));
        arguments.push_back(engine.upload(input));
      }
      const Values results = row.build(graph, operands);
      for (size_t index = 0; index < results.size(); ++index)
        graph.set_output(fmt::format("{}.out{}", row.name, index), results[index]);
      counts.push_back(results.size());
    }
    const auto program = engine.compile(std::move(graph), {.decompose_composites = decomposed});
    const std::vector<Buffer> buffers = program->run(arguments);
    std::vector<std::vector<HostTensor>> outputs;
    size_t next = 0;
    for (const size_t count : counts) {
      outputs.emplace_back();
      for (size_t index = 0; index < count; ++index)
        outputs.back().push_back(engine.download(buffers[next++]));
    }
    return outputs;
  }

  static std::shared_ptr<Engine> engine_, with_kernels_;
  static std::string why_absent_;
};

std::shared_ptr<Engine> Emission::engine_, Emission::with_kernels_;
std::string Emission::why_absent_;

TEST_F(Emission, PlainOpsEqualTheNativeEngine) {
  expect_like_native(plain_op_rows());
}

TEST_F(Emission, CompositesEqualTheNativeEngine) {
  expect_like_native(composite_op_rows());
}

TEST_F(Emission, CallsOfNativeKernelsEqualTheNativeEngine) {
  expect_like_native(*with_kernels_, composite_op_rows(), /*decomposed=*/false);
}

TEST_F(Emission, DecompositionsEqualTheNativeEngine) {
  std::vector<OpRow> rows;
  for (OpRow& row : composite_op_rows()) {
    if (!row.name.starts_with("linear") && !row.name.starts_with("sharding"))
      continue;  // those have a direct form
    row.tolerance = row.name.find("without bias") == std::string::npos ? 1e-4 : row.tolerance;
    rows.push_back(std::move(row));
  }
  expect_like_native(rows, /*decomposed=*/true);
}

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

HostTensor awkward_floats() {
  return HostTensor::from<float>(
      {24},
      {0.0f,    -0.0f, 0.4f, -0.9f, 1.5f, -2.5f,   127.9f,  128.0f, -129.f, 255.5f, 256.0f,    -1e-8f,
       65504.f, 7e4f,  3e9f, -3e9f, 5e9f, 1.9e19f, 9.3e18f, -1e19f, kNan,   -kNan,  kInfinity, -kInfinity});
}

HostTensor awkward_integers() {
  return HostTensor::from<int64_t>(
      {10}, {0, 1, -1, 127, 128, -129, 255, (int64_t{1} << 31) + 3, std::numeric_limits<int64_t>::max(),
             std::numeric_limits<int64_t>::min()});
}

/// Every dtype to every dtype; XLA's own conversions of numbers out of range differ between devices.
TEST_F(Emission, ConversionsEqualTheNativeEngine) {
  constexpr DType kAll[] = {DType::kBool, DType::kI8,  DType::kU8,   DType::kI32, DType::kU32,
                            DType::kI64,  DType::kF16, DType::kBF16, DType::kF32, DType::kF64};
  std::vector<OpRow> rows;
  for (const DType from : kAll) {
    for (const DType to : kAll) {
      const HostTensor source = (is_float(from) ? awkward_floats() : awkward_integers()).to(from);
      const OpBuilder build = [to, from](Graph&, const Values& x) {
        return Values{convert(x[0], to), convert(convert(x[0], to), from)};
      };
      rows.push_back({fmt::format("convert {} to {}", from, to), build, {source}, {}});
    }
  }
  expect_like_native(rows);
}

OpRow row_of(std::string name, std::vector<HostTensor> inputs, std::function<Values(const Values&)> build) {
  return {std::move(name), [build](Graph&, const Values& x) { return build(x); }, std::move(inputs), {}};
}

TEST_F(Emission, RareFormsEqualTheNativeEngine) {
  const HostTensor numbers = awkward_floats();
  const HostTensor integers = awkward_integers();
  const HostTensor positions = HostTensor::from<int32_t>(
      {24}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23});
  const HostTensor matrix = HostTensor::from<int32_t>({2, 3}, {100, -7, 5, 2, 90, 77});
  const auto with = [](Value (*op)(Value)) { return [op](const Values& x) { return Values{op(x[0])}; }; };
  const auto sorted = [](bool descending) {
    return [descending](const Values& x) {
      const auto [keys, payload] = sort(x[0], x[1], 0, descending);
      return Values{keys, payload};
    };
  };
  const auto greatest = [](int64_t k) {
    return [k](const Values& x) {
      const auto [values, indices] = top_k(x[0], k);
      return Values{values, indices};
    };
  };
  const auto reduced = [](ReduceKind kind) {
    return [kind](const Values& x) { return Values{reduce_axis(x[0], kind, 0)}; };
  };
  const auto bits_as = [](DType dtype) {
    return [dtype](const Values& x) { return Values{bitcast_convert(x[0], dtype)}; };
  };
  const auto product = [](DType dtype) {
    return [dtype](const Values& x) {
      return Values{dot_general(x[0], x[0], {.lhs_contract = {1}, .rhs_contract = {1}}, dtype)};
    };
  };
  std::vector<OpRow> rows = {
      row_of("sort with NaN", {numbers, positions}, sorted(false)),
      row_of("sort descending with NaN", {numbers, positions}, sorted(true)),
      row_of("sort bf16", {numbers.to(DType::kBF16), positions}, sorted(true)),
      row_of("sort bool", {numbers.to(DType::kBool), positions}, sorted(false)),
      row_of("sort u8", {integers.to(DType::kU8), integers}, sorted(true)),
      row_of("abs u8", {integers.to(DType::kU8)}, with(abs)),
      row_of("sign u32", {integers.to(DType::kU32)}, with(sign)),
      row_of("sign i64", {integers}, with(sign)),
      row_of("negate u8", {integers.to(DType::kU8)}, with(negate)),
      row_of("bits of bool", {numbers.to(DType::kBool)}, bits_as(DType::kU8)),
      row_of("bits to bool", {numbers.to(DType::kBool).to(DType::kI8)}, bits_as(DType::kBool)),
      row_of("bits of f16", {numbers.to(DType::kF16)}, bits_as(DType::kBF16)),
      row_of("power i64", {integers}, [](const Values& x) { return Values{power(x[0], x[0])}; }),
      row_of("power u8", {integers.to(DType::kU8)},
             [](const Values& x) { return Values{power(x[0], x[0])}; }),
      row_of("reduce nothing", {matrix},
             [](const Values& x) { return Values{reduce(x[0], ReduceKind::kSum, std::vector<int64_t>{})}; }),
      row_of("dynamic_slice, starts of two dtypes", {matrix, HostTensor::from<int64_t>({}, {1})},
             [](const Values& x) {
               const Value first = scalar(x[0].graph(), 1, DType::kI32);
               return Values{dynamic_slice(x[0], Values{first, x[1]}, std::vector<int64_t>{1, 2}),
                             dynamic_update_slice(x[0], slice_axis(x[0], 0, 0, 1), Values{x[1], first})};
             }),
      row_of("constants of every form", {matrix}, [](const Values& x) {
        Graph& graph = x[0].graph();
        const HostTensor some = HostTensor::from<int32_t>({3}, {0, 5, -3});
        Values results = {graph.constant(HostTensor::zeros(Shape(DType::kF32, {0, 2})))};
        for (const DType dtype :
             {DType::kBool, DType::kI8, DType::kU8, DType::kI64, DType::kF16, DType::kBF16})
          results.push_back(graph.constant(some.to(dtype)));
        for (const double number : {0.1, 1e-30, -1e30, 3.0, static_cast<double>(kInfinity)})
          for (const DType dtype : {DType::kF16, DType::kBF16, DType::kF32, DType::kF64})
            results.push_back(scalar(graph, number, dtype));
        return results;
      })};
  for (const DType dtype : {DType::kF16, DType::kBF16, DType::kF32, DType::kF64, DType::kI32, DType::kU8})
    for (const int64_t k : {0, 5, 24})
      rows.push_back(row_of(fmt::format("top_k {} {}", dtype, k), {numbers.to(dtype)}, greatest(k)));
  for (const DType dtype : {DType::kF16, DType::kBF16, DType::kF32, DType::kF64}) {
    const HostTensor part = HostTensor::from<float>({6}, {1, kNan, -3, -kInfinity, 5, -0.0f}).to(dtype);
    const HostTensor repeated = HostTensor::from<int32_t>({6, 1}, {0, 1, 2, 1, 2, 3});
    for (const ReduceKind kind :
         {ReduceKind::kSum, ReduceKind::kProduct, ReduceKind::kMax, ReduceKind::kMin}) {
      rows.push_back(row_of(fmt::format("reduce {} {}", to_string(kind), dtype), {part}, reduced(kind)));
      rows.push_back(row_of(
          fmt::format("scatter {} {}", to_string(kind), dtype), {part, repeated, part},
          [kind](const Values& x) {
            return Values{scatter(
                x[0], x[1], x[2],
                {.inserted_window_dims = {0}, .scatter_dims_to_operand_dims = {0}, .index_vector_dim = 1},
                kind)};
          }));
    }
    rows.push_back(
        row_of(fmt::format("clamp {} to constants", dtype), {numbers.to(dtype)}, [](const Values& x) {
          const Value low = scalar(x[0].graph(), -0.5, x[0].dtype()),
                      high = scalar(x[0].graph(), 0.75, x[0].dtype());
          return Values{clamp(low, x[0], high), minimum(maximum(x[0], low), high), maximum(x[0], x[0] * 0.0)};
        }));
  }
  for (const DType dtype : {DType::kI8, DType::kU8, DType::kU32, DType::kI64})
    for (const ReduceKind kind : {ReduceKind::kSum, ReduceKind::kProduct, ReduceKind::kMax, ReduceKind::kMin,
                                  ReduceKind::kAnd, ReduceKind::kOr})
      rows.push_back(
          row_of(fmt::format("reduce {} {}", to_string(kind), dtype), {integers.to(dtype)}, reduced(kind)));
  for (const DType in : {DType::kI8, DType::kU8, DType::kI32, DType::kU32, DType::kI64})
    for (const DType out : {DType::kI8, DType::kI32, DType::kI64, DType::kU32, DType::kF32, DType::kBF16})
      rows.push_back(row_of(fmt::format("dot_general {} to {}", in, out), {matrix.to(in)}, product(out)));
  for (const DType in : {DType::kF16, DType::kBF16, DType::kF32})
    for (const DType out : {DType::kF16, DType::kBF16, DType::kF32})
      rows.push_back(row_of(fmt::format("dot_general {} to {}", in, out), {matrix.to(in)}, product(out)));
  expect_like_native(rows);
}

// A state is updated where it lies, over any number of runs.
TEST_F(Emission, StatesAreTakenOver) {
  Graph graph;
  const Value position = graph.parameter("position", Shape(DType::kI32, {}));
  const Value cache = graph.parameter("cache", Shape(DType::kF32, {4}), ParameterKind::kState);
  const Value one = reshape(convert(position, DType::kF32), {1});
  graph.set_output_alias("cache", dynamic_update_slice(cache, one, Values{position}), "cache");
  const auto program = engine_->compile(std::move(graph), {});
  Buffer state = engine_->zeros(Shape(DType::kF32, {4}));
  for (const int32_t position_now : {3, 1})
    state = program->run(
        std::vector<Buffer>{engine_->upload(HostTensor::from<int32_t>({}, {position_now})), state})[0];
  expect_close(engine_->download(state), HostTensor::from<float>({4}, {0, 1, 0, 3}), 0, "cache");
}

}  // namespace
}  // namespace easydel
