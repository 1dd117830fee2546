#include "graph/graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "easydel/error.h"
#include "graph/ops.h"

namespace easydel {
namespace {

using testing::HasSubstr;

TEST(Graph, PrintsOneLinePerNode) {
  Graph graph;
  const Value x = graph.parameter("x", Shape(DType::kF32, {2, 4}));
  graph.set_output("y", tanh(x));
  EXPECT_EQ(graph.to_string(),
            "%0 = parameter \"x\" : f32[2,4]\n"
            "%1 = tanh %0 : f32[2,4]\n"
            "return %1 as \"y\"\n");
}

TEST(Graph, SharesParametersOfOneName) {
  Graph graph;
  const Value a = graph.parameter("w", Shape(DType::kF32, {3}), ParameterKind::kWeight);
  const Value b = graph.parameter("w", Shape(DType::kF32, {3}), ParameterKind::kWeight);
  EXPECT_EQ(a.id, b.id);
  EXPECT_THROW(graph.parameter("w", Shape(DType::kF32, {4}), ParameterKind::kWeight), Error);
}

TEST(Graph, RefusesOperandsOfAnotherGraph) {
  Graph graph, other;
  const Value x = graph.parameter("x", Shape(DType::kF32, {2}));
  const Value y = other.parameter("y", Shape(DType::kF32, {2}));
  EXPECT_THROW(graph.add(kAddOp, {x, y}), Error);
}

TEST(Graph, ShapeErrorsShowTheShapes) {
  Graph graph;
  const Value x = graph.parameter("x", Shape(DType::kF32, {2, 3}));
  const Value y = graph.parameter("y", Shape(DType::kF32, {4, 5}));
  try {
    matmul(x, y);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kShapeMismatch);
    EXPECT_THAT(error.what(), HasSubstr("f32[2,3]"));
    EXPECT_THAT(error.what(), HasSubstr("f32[4,5]"));
  }
}

TEST(Graph, AliasNeedsAStateOfTheSameShape) {
  Graph graph;
  const Value x = graph.parameter("x", Shape(DType::kF32, {2}));
  graph.parameter("state", Shape(DType::kF32, {3}), ParameterKind::kState);
  EXPECT_THROW(graph.set_output_alias("new", x, "state"), Error);
  EXPECT_THROW(graph.set_output_alias("new", x, "x"), Error);
}

TEST(Graph, OutputNamesAreUnique) {
  Graph graph;
  const Value x = graph.parameter("x", Shape(DType::kF32, {2}));
  graph.set_output("y", x);
  EXPECT_THROW(graph.set_output("y", x), Error);
}

}  // namespace
}  // namespace easydel
