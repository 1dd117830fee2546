#include <gtest/gtest.h>

#include "easydel/error.h"
#include "graph/ops.h"

namespace easydel {
namespace {

TEST(ShardingConstraint, KeepsItsSpecAndDecomposesToItsOperand) {
  const PartitionSpec spec = {{"dp", "fsdp"}, {}, {"tp"}, {}};
  Graph graph;
  const Value x = graph.parameter("x", Shape(DType::kF32, {4, 2, 8, 3}));
  const Value y = sharding_constraint(x, spec);
  EXPECT_EQ(constraint_spec(graph.node(y.id).attributes), spec);
  EXPECT_EQ(kShardingConstraintOp.decompose(graph, std::span(&x, 1), graph.node(y.id).attributes)[0].id,
            x.id);
  EXPECT_TRUE(constraint_spec(graph.node(sharding_constraint(x, {}).id).attributes).groups().empty());
}

TEST(ShardingConstraint, RefusesASpecLongerThanTheShape) {
  Graph graph;
  const Value x = graph.parameter("x", Shape(DType::kF32, {4}));
  EXPECT_THROW(sharding_constraint(x, {{"dp"}, {"tp"}}), Error);
}

}  // namespace
}  // namespace easydel
