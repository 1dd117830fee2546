// The kernels on the shapes of a 135M Llama (hidden 576, FFN 1536, 9/3 heads of 64), through their lowerings.
//
//   build-bench/benchmarks/kernels_bench --benchmark_filter=linear
//
// Counters: MAC/s (multiply-adds) and B/s (weight or cache bytes), to hold against the roofline program.
// Weights rotate over more memory than the caches hold, as in decoding.
#include <benchmark/benchmark.h>

#include <array>
#include <atomic>
#include <cstring>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "engine/native/lower/lowering.h"
#include "graph/ops.h"
#include "quantization/format.h"

namespace easydel::native {
namespace {

/// One node's step with operands and scratch of its own.
class Bench {
 public:
  Bench(Graph& graph, Value result, int threads) : pool_(threads) {
    const Node& node = graph.node(result.id);
    for (const ValueId input : node.inputs) shapes_.push_back(graph.shape(input));
    step_ = lowering_table().find(*node.op)->lower({node, shapes_, active_isa(), threads});
    std::mt19937 generator(1);
    for (const Shape& shape : shapes_) operands_.push_back(random(shape, generator));
    out_ = HostTensor::uninitialized(result.shape());
    scratch_ = HostTensor::uninitialized(Shape(DType::kU8, {static_cast<int64_t>(step_.scratch_bytes) + 1}));
    for (size_t i = 0; i < shapes_.size(); ++i)
      tensors_.push_back({&shapes_[i], operands_[i].mutable_bytes().data()});
  }

  /// Copies of operand `index`, so that `bytes` of memory lie between two uses of one copy.
  void rotate(size_t index, size_t bytes) {
    rotated_ = index;
    const size_t count = bytes / operands_[index].bytes().size() + 1;
    for (size_t i = 0; i < count; ++i)
      copies_.push_back(HostTensor::copy_of(operands_[index].shape(), operands_[index].bytes()));
  }
  void set_i32(size_t index, int32_t value) {
    std::memcpy(operands_[index].mutable_bytes().data(), &value, sizeof value);
  }

  void run() {
    if (!copies_.empty()) {
      next_ = (next_ + 1) % copies_.size();
      tensors_[rotated_].data = copies_[next_].mutable_bytes().data();
    }
    const Tensor outputs[] = {{&out_.shape(), out_.mutable_bytes().data()}};
    step_.run({tensors_, outputs, scratch_.mutable_bytes().data(), pool_});
  }
  void measure(benchmark::State& state) {
    const ThreadPool::ActiveScope active(pool_);
    for (auto _ : state) run();
  }

 private:
  static HostTensor random(const Shape& shape, std::mt19937& generator) {
    if (!is_float(shape.dtype())) return HostTensor::zeros(shape);
    std::normal_distribution<float> normal;
    HostTensor values = HostTensor::uninitialized(shape.with_dtype(DType::kF32));
    for (float& value : values.mutable_data<float>()) value = normal(generator);
    return HostTensor::copy_of(shape, values.to(shape.dtype()).bytes());
  }

  ThreadPool pool_;
  Step step_;
  std::vector<Shape> shapes_;
  std::vector<HostTensor> operands_, copies_;
  std::vector<Tensor> tensors_;
  HostTensor out_, scratch_;
  size_t rotated_ = 0, next_ = 0;
};

void count(benchmark::State& state, double products, double bytes) {
  const auto rate = [](double value) {
    return benchmark::Counter(value, benchmark::Counter::kIsIterationInvariantRate);
  };
  if (products > 0) state.counters["MAC/s"] = rate(products);
  if (bytes > 0) state.counters["B/s"] = rate(bytes);
}

/// Arguments: rows, out, in, threads.
void linear_bench(benchmark::State& state, DType weight_type) {
  const int64_t m = state.range(0), n = state.range(1), k = state.range(2);
  Graph graph;
  const Value x = graph.parameter("x", Shape(DType::kF32, {m, k}));
  const Value w = graph.parameter("w", Shape(weight_type, {n, k}));
  Bench bench(graph, linear(x, w), static_cast<int>(state.range(3)));
  bench.rotate(1, m < 64 ? size_t{256} << 20 : 0);
  bench.measure(state);
  count(state, static_cast<double>(m * n * k), static_cast<double>(w.shape().bytes()));
}

void linear_f32(benchmark::State& state) {
  linear_bench(state, DType::kF32);
}
void linear_bf16(benchmark::State& state) {
  linear_bench(state, DType::kBF16);
}

void linear_shapes(benchmark::internal::Benchmark* bench) {
  for (const int64_t threads : {1, 2}) {
    for (const int64_t rows : {1, 4, 8, 16, 32, 48, 512}) {
      bench->Args({rows, 576, 576, threads});
      bench->Args({rows, 192, 576, threads});
      bench->Args({rows, 1536, 576, threads});
      bench->Args({rows, 576, 1536, threads});
    }
    bench->Args({1, 49152, 576, threads});
  }
}
BENCHMARK(linear_f32)->Apply(linear_shapes)->UseRealTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(linear_bf16)->Apply(linear_shapes)->UseRealTime()->Unit(benchmark::kMicrosecond);

/// A weight in a quantized format. Arguments: rows, out, in, threads.
void linear_quantized(benchmark::State& state, const quantization::Format& format) {
  const int64_t m = state.range(0), n = state.range(1), k = state.range(2);
  Graph graph;
  const Value x = graph.parameter("x", Shape(DType::kF32, {m, k}));
  std::vector<Value> parts;
  double bytes = 0;
  for (const quantization::Part& part : format.parts) {
    parts.push_back(graph.parameter(part.name("w"), part.shape(std::array{n, k})));
    bytes += static_cast<double>(parts.back().shape().bytes());
  }
  Bench bench(graph, quantized_linear(x, format, parts, {}, DType::kF32), static_cast<int>(state.range(3)));
  bench.rotate(1, m < 64 ? size_t{256} << 20 : 0);
  bench.measure(state);
  count(state, static_cast<double>(m * n * k), bytes);
}

void quantized_shapes(benchmark::internal::Benchmark* bench) {
  for (const int64_t threads : {1, 2})
    for (const int64_t rows : {1, 4, 16, 512})
      for (const auto& [out, in] : {std::pair{1536, 576}, std::pair{5632, 2048}})
        bench->Args({rows, out, in, threads});
}

/// One benchmark per format: linear_int8, linear_int4, ...
const bool kQuantizedAreRegistered = [] {
  for (const quantization::Format& format : quantization::formats())
    benchmark::RegisterBenchmark(std::string("linear_").append(format.name).c_str(),
                                 [&format](benchmark::State& state) { linear_quantized(state, format); })
        ->Apply(quantized_shapes)
        ->UseRealTime()
        ->Unit(benchmark::kMicrosecond);
  return true;
}();

/// Arguments: queries, keys before them, threads.
void attention_f32(benchmark::State& state) {
  constexpr int64_t kHeads = 9, kKvHeads = 3, kHeadDim = 64;
  const int64_t q_len = state.range(0), past = state.range(1);
  const int64_t keys = q_len + past;
  Graph graph;
  const Value q = graph.parameter("q", Shape(DType::kF32, {1, q_len, kHeads, kHeadDim}));
  const Value k = graph.parameter("k", Shape(DType::kF32, {1, keys, kKvHeads, kHeadDim}));
  const Value v = graph.parameter("v", Shape(DType::kF32, {1, keys, kKvHeads, kHeadDim}));
  const Value offset = graph.parameter("offset", Shape(DType::kI32, {}));
  Bench bench(graph, attention(q, k, v, offset, {}, {.scale = 0.125}), static_cast<int>(state.range(2)));
  bench.set_i32(3, static_cast<int32_t>(past));
  bench.measure(state);
  const int64_t pairs = q_len * past + q_len * (q_len + 1) / 2;
  count(state, static_cast<double>(2 * pairs * kHeads * kHeadDim),
        static_cast<double>(k.shape().bytes() + v.shape().bytes()));
}
BENCHMARK(attention_f32)
    ->ArgsProduct({{1}, {63, 511, 8191}, {1, 2}})
    ->ArgsProduct({{512}, {0, 2048}, {1, 2}})
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);

/// Arguments: rows, threads.
void rms_norm_f32(benchmark::State& state) {
  Graph graph;
  const Value x = graph.parameter("x", Shape(DType::kF32, {state.range(0), 576}));
  const Value w = graph.parameter("w", Shape(DType::kF32, {576}));
  Bench bench(graph, rms_norm(x, w, 1e-5), static_cast<int>(state.range(1)));
  bench.measure(state);
  count(state, 0, 2 * static_cast<double>(x.shape().bytes()));
}
void silu_gate_f32(benchmark::State& state) {
  Graph graph;
  const Value gate = graph.parameter("gate", Shape(DType::kF32, {state.range(0), 1536}));
  const Value up = graph.parameter("up", Shape(DType::kF32, {state.range(0), 1536}));
  Bench bench(graph, gated_activation(gate, up, "silu"), static_cast<int>(state.range(1)));
  bench.measure(state);
  count(state, 0, 3 * static_cast<double>(gate.shape().bytes()));
}
BENCHMARK(rms_norm_f32)->ArgsProduct({{1, 512}, {1, 2}})->UseRealTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(silu_gate_f32)->ArgsProduct({{1, 512}, {1, 2}})->UseRealTime()->Unit(benchmark::kMicrosecond);

/// The price of one step's fork and join: the caller waits until all workers have come.
void pool_run(benchmark::State& state) {
  ThreadPool pool(static_cast<int>(state.range(0)));
  const ThreadPool::ActiveScope active(pool);
  for (auto _ : state) {
    std::atomic<int> came{0};
    pool.run([&](int worker) {
      ++came;
      while (worker == 0 && came.load(std::memory_order_relaxed) < pool.threads()) {
      }
    });
  }
}
BENCHMARK(pool_run)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace easydel::native

BENCHMARK_MAIN();
