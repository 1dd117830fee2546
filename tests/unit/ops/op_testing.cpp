#include "unit/ops/op_testing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/format.h"
#include "unit/ops/op_rows.h"

namespace easydel {

std::vector<Isa> available_isas() {
  std::vector<Isa> isas;
  for (const Isa isa : all_isas())
    if (isa <= detected_isa()) isas.push_back(isa);
  return isas;
}

std::vector<HostTensor> run_op(Engine& engine, const OpBuilder& build, const std::vector<HostTensor>& inputs,
                               bool decomposed) {
  Graph graph;
  std::vector<Value> operands;
  std::vector<Buffer> arguments;
  for (size_t index = 0; index < inputs.size(); ++index) {
    operands.push_back(graph.parameter(fmt::format("in{}", index), inputs[index].shape()));
    arguments.push_back(engine.upload(inputs[index]));
  }
  const std::vector<Value> results = build(graph, operands);
  for (size_t index = 0; index < results.size(); ++index)
    graph.set_output(fmt::format("out{}", index), results[index]);
  const auto program = engine.compile(std::move(graph), {.decompose_composites = decomposed});
  std::vector<HostTensor> outputs;
  for (const Buffer& buffer : program->run(arguments)) outputs.push_back(engine.download(buffer));
  return outputs;
}

std::vector<HostTensor> run_op(const OpBuilder& build, const std::vector<HostTensor>& inputs, Isa isa,
                               int threads, bool decomposed) {
  const auto engine = make_native_engine({.threads = threads, .isa = isa});
  return run_op(*engine, build, inputs, decomposed);
}

std::set<std::string_view> ops_of(const std::vector<OpRow>& rows) {
  std::set<std::string_view> names;
  for (const OpRow& row : rows) {
    Graph graph;
    std::vector<Value> operands;
    for (const HostTensor& input : row.inputs)
      operands.push_back(graph.parameter(fmt::format("in{}", operands.size()), input.shape()));
    row.build(graph, operands);
    for (int32_t index = 0; index < graph.node_count(); ++index) names.insert(graph.node(index).op->name);
  }
  return names;
}

void expect_close(const HostTensor& actual, const HostTensor& expected, double tolerance,
                  const std::string& what) {
  ASSERT_EQ(actual.shape().to_string(), expected.shape().to_string()) << what;
  const HostTensor a = actual.to(DType::kF64), b = expected.to(DType::kF64);
  const double allowed = is_float(expected.dtype()) ? tolerance : 0.0;
  for (size_t i = 0; i < a.data<double>().size(); ++i) {
    const double x = a.data<double>()[i], y = b.data<double>()[i];
    if (x == y || (std::isnan(x) && std::isnan(y))) continue;
    ASSERT_LE(std::fabs(x - y), allowed * std::max(1.0, std::fabs(y)))
        << what << ", element " << i << ": " << x << ", expected " << y;
    ASSERT_TRUE(std::isfinite(x)) << what << ", element " << i << ": " << x << ", expected " << y;
  }
}

double tolerance_of(DType dtype) {
  switch (dtype) {
    case DType::kBF16:
      return 1.0 / 128;
    case DType::kF16:
      return 1.0 / 1024;
    default:
      return 3e-6;
  }
}

}  // namespace easydel
