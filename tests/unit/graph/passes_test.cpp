#include "graph/passes.h"

#include <gtest/gtest.h>

#include "graph/ops.h"

namespace easydel {
namespace {

int count_ops(const Graph& graph, const OpInfo& op) {
  int count = 0;
  for (int32_t index = 0; index < graph.node_count(); ++index) count += graph.node(index).op == &op ? 1 : 0;
  return count;
}

TEST(Passes, DeadCodeGoesButInputsStay) {
  Graph graph;
  const Value x = graph.parameter("x", Shape(DType::kF32, {2}));
  graph.parameter("unused input", Shape(DType::kF32, {2}));
  const Value weight = graph.parameter("unused weight", Shape(DType::kF32, {2}), ParameterKind::kWeight);
  tanh(weight);
  graph.set_output("y", tanh(x));
  const Graph result = eliminate_dead_code(graph);
  EXPECT_EQ(count_ops(result, kTanhOp), 1);
  EXPECT_TRUE(result.find_parameter("unused input"));
  EXPECT_FALSE(result.find_parameter("unused weight"));
}

TEST(Passes, EqualNodesAreMergedThroughTheirOperands) {
  Graph graph;
  const Value x = graph.parameter("x", Shape(DType::kF32, {2}));
  const Value a = tanh(x) + full_like(x, 1.0);
  const Value b = tanh(x) + full_like(x, 1.0);
  graph.set_output("y", a * b);
  const Graph result = eliminate_dead_code(merge_common_subexpressions(graph));
  EXPECT_EQ(count_ops(result, kTanhOp), 1);
  EXPECT_EQ(count_ops(result, kAddOp), 1);
  EXPECT_EQ(count_ops(result, kConstantOp), 1);
}

TEST(Passes, DifferentAttributesAreNotMerged) {
  Graph graph;
  const Value x = graph.parameter("x", Shape(DType::kF32, {2, 2}));
  graph.set_output("y", reduce_axis(x, ReduceKind::kSum, 0) + reduce_axis(x, ReduceKind::kSum, 1));
  EXPECT_EQ(count_ops(merge_common_subexpressions(graph), kReduceOp), 2);
}

TEST(Passes, ConstantOperandsAreFolded) {
  Graph graph;
  const Value x = graph.parameter("x", Shape(DType::kF32, {2}));
  const Value constant = graph.constant(HostTensor::from<float>({2}, {1.0f, 2.0f}));
  graph.set_output("y", x + negate(constant));
  const auto evaluate = [](const Node& node, std::span<const HostTensor> operands) {
    EXPECT_EQ(node.op, &kNegateOp);
    const auto values = operands[0].data<float>();
    return std::vector<HostTensor>{HostTensor::from<float>({2}, {-values[0], -values[1]})};
  };
  const Graph result = eliminate_dead_code(fold_constants(graph, evaluate));
  EXPECT_EQ(count_ops(result, kNegateOp), 0);
  EXPECT_EQ(count_ops(result, kAddOp), 1);
}

TEST(Passes, DecomposeLeavesOnlyPlainOps) {
  Graph graph;
  const Value x = graph.parameter("x", Shape(DType::kF32, {2, 8}));
  const Value weight = graph.parameter("w", Shape(DType::kF32, {8}), ParameterKind::kWeight);
  graph.set_output("y", softmax(rms_norm(x, weight, 1e-5)));
  const Graph result = decompose(graph, [](const Node&) { return false; });
  for (int32_t index = 0; index < result.node_count(); ++index)
    EXPECT_FALSE(result.node(index).op->is_composite());
  EXPECT_EQ(result.outputs().size(), 1u);
}

TEST(Passes, AliasesSurviveARewrite) {
  Graph graph;
  const Value state = graph.parameter("cache", Shape(DType::kF32, {4}), ParameterKind::kState);
  graph.set_output_alias("cache", state + full_like(state, 1.0), "cache");
  const Graph result = eliminate_dead_code(graph);
  ASSERT_EQ(result.outputs().size(), 1u);
  EXPECT_EQ(result.outputs()[0].aliased_parameter, 0);
}

}  // namespace
}  // namespace easydel
