// The text that a graph becomes: argument order, aliases, shardings, constants, errors.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "easydel/error.h"
#include "engine/pjrt/emit/emission.h"
#include "engine/pjrt/emit/emit.h"
#include "engine/pjrt/emit/literal.h"
#include "graph/ops.h"

namespace easydel::pjrt {
namespace {

using testing::HasSubstr;
using testing::Not;

const Shape kMatrix(DType::kF32, {4, 8});

/// y = x * w, and a cache that is updated in place.
Graph cached_product() {
  Graph graph;
  const Value weight = graph.parameter("weight", kMatrix, ParameterKind::kWeight);
  const Value x = graph.parameter("x", kMatrix);
  const Value cache = graph.parameter("cache", kMatrix, ParameterKind::kState);
  graph.set_output("y", x * weight);
  graph.set_output_alias("cache", cache + x, "cache");
  return graph;
}

TEST(EmissionText, EveryOpHasAnEmissionOrADecomposition) {
  for (const OpInfo* op : all_ops())
    EXPECT_TRUE(op->is_composite() || emission_table().find(*op) != nullptr)
        << op->name << " has no emission";
}

// As JAX writes it: nothing for the default, and products of two bytes have no choice.
TEST(EmissionText, ProductsHaveThePrecisionThatIsAsked) {
  const auto text = [](DType dtype, Precision precision) {
    Graph graph;
    const Value x = graph.parameter("x", Shape(dtype, {4, 4}));
    graph.set_output("y", dot_general(x, x, {.lhs_contract = {1}, .rhs_contract = {0}}));
    graph.set_output("z", linear(x, x));
    return emit_stablehlo(graph, {.precision = precision});
  };
  EXPECT_THAT(text(DType::kF32, Precision::kHighest), HasSubstr("precision = [HIGHEST, HIGHEST]"));
  EXPECT_THAT(text(DType::kF32, Precision::kHigh), HasSubstr("precision = [HIGH, HIGH]"));
  EXPECT_THAT(text(DType::kF32, Precision::kHigh), Not(HasSubstr("HIGHEST")));
  EXPECT_THAT(text(DType::kF32, Precision::kDefault), Not(HasSubstr("precision")));
  EXPECT_THAT(text(DType::kBF16, Precision::kHighest), Not(HasSubstr("precision")));
}

TEST(EmissionText, PrecisionsHaveTheNamesOfJax) {
  EXPECT_EQ(parse_precision("highest"), Precision::kHighest);
  EXPECT_EQ(parse_precision("float32"), Precision::kHighest);
  EXPECT_EQ(parse_precision("tensorfloat32"), Precision::kHigh);
  EXPECT_EQ(parse_precision("fastest"), Precision::kDefault);
  EXPECT_EQ(parse_precision("bfloat16"), Precision::kDefault);
  EXPECT_THROW(parse_precision("int8"), Error);
}

TEST(EmissionText, ReadsAsWritten) {
  EXPECT_EQ(emit_stablehlo(cached_product()),
            R"(module @easydel {
  func.func public @main(
      %arg0: tensor<4x8xf32>,  // weight
      %arg1: tensor<4x8xf32>,  // x
      %arg2: tensor<4x8xf32> {tf.aliasing_output = 1 : i32}  // cache
  ) -> (
      tensor<4x8xf32>,  // y
      tensor<4x8xf32>  // cache
  ) {
    %0 = stablehlo.multiply %arg1, %arg0 : tensor<4x8xf32>
    %1 = stablehlo.add %arg2, %arg1 : tensor<4x8xf32>
    func.return %0, %1 : tensor<4x8xf32>, tensor<4x8xf32>
  }
}
)");
}

TEST(EmissionText, AMeshGivesShardingsToArgumentsResultsAndConstraints) {
  Graph graph = cached_product();
  const Value product = graph.value(graph.outputs()[0].value);
  graph.set_output("spread", sharding_constraint(product, {{"dp", "tp"}}));
  const std::string text =
      emit_stablehlo(graph, {.mesh = Mesh::create({2, 2}, {"dp", "tp"}, 4),
                             .parameter_specs = {{"weight", {{}, {"dp", "tp"}}}, {"cache", {{"dp"}, {"tp"}}}},
                             .output_specs = {{"y", {{"dp"}}}}});
  EXPECT_THAT(text, HasSubstr(R"(  sdy.mesh @mesh = <["dp"=2, "tp"=2]>)"));
  EXPECT_THAT(text, HasSubstr(R"({sdy.sharding = #sdy.sharding<@mesh, [{}, {"dp", "tp"}]>},  // weight)"));
  EXPECT_THAT(text, HasSubstr(R"({sdy.sharding = #sdy.sharding<@mesh, [{}, {}]>},  // x)"));
  EXPECT_THAT(text, HasSubstr(R"([{"dp"}, {"tp"}]>, tf.aliasing_output = 1 : i32}  // cache)"));
  EXPECT_THAT(text,
              HasSubstr(R"(tensor<4x8xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"dp"}, {}]>},  // y)"));
  EXPECT_THAT(
      text,
      HasSubstr(
          R"(      tensor<4x8xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"dp"}, {"tp"}]>},  // cache)"));
  EXPECT_THAT(text, HasSubstr(R"(sdy.sharding_constraint %0 <@mesh, [{"dp", "tp"}, {}]> : tensor<4x8xf32>)"));
}

TEST(EmissionText, OneDeviceGivesNoShardings) {
  Graph graph;
  const Value x = graph.parameter("x", kMatrix);
  graph.set_output("y", sharding_constraint(x, {{"dp"}}));
  const std::string text = emit_stablehlo(graph, {.mesh = Mesh::create({1}, {"dp"}, 1)});
  EXPECT_THAT(text, Not(HasSubstr("sdy")));
}

TEST(EmissionText, AConstraintLeavesOutAxesThatDoNotFit) {
  Graph graph;
  const Value x = graph.parameter("x", Shape(DType::kF32, {3, 8}));
  graph.set_output("y", sharding_constraint(x, {{"dp"}, {"tp", "sp"}}));
  const std::string text = emit_stablehlo(graph, {.mesh = Mesh::create({2, 2}, {"dp", "tp"}, 4)});
  EXPECT_THAT(text, HasSubstr(R"(<@mesh, [{}, {"tp"}]>)"));
}

TEST(EmissionText, ASpecThatDoesNotFitNamesItsParameter) {
  const Mesh mesh = Mesh::create({3}, {"dp"}, 3);
  const Graph graph = cached_product();
  try {
    (void)emit_stablehlo(graph, {.mesh = mesh, .parameter_specs = {{"cache", {{"dp"}}}}});
    FAIL() << "4 rows cannot lie on 3 devices";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kShapeMismatch);
    EXPECT_THAT(error.what(), HasSubstr("\"cache\""));
  }
  try {
    (void)emit_stablehlo(graph, {.mesh = mesh, .output_specs = {{"y", {{"tp"}}}}});
    FAIL() << "the mesh has no axis tp";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(error.what(), HasSubstr("\"y\""));
  }
}

TEST(EmissionText, AnOpWithoutEmissionIsNamed) {
  const OpInfo op{.name = "unheard_of", .infer = kTanhOp.infer};
  Graph graph;
  graph.set_output("y", graph.add(op, {graph.parameter("x", kMatrix)}));
  try {
    (void)emit_stablehlo(graph);
    FAIL() << "no emission exists";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_THAT(error.what(), HasSubstr("unheard_of: the pjrt engine has no StableHLO form"));
    EXPECT_THAT(error.what(), HasSubstr("native engine"));
  }
}

TEST(EmissionText, NamesStayInsideTheirComment) {
  Graph graph;
  graph.set_output("y", graph.parameter("x\n}", kMatrix));
  EXPECT_THAT(emit_stablehlo(graph), HasSubstr("// x?}\n"));
}

TEST(Literal, EqualElementsAreOneNumberThatReadsBackExactly) {
  const auto text = [](const HostTensor& literal) { return literal_text(literal).value(); };
  EXPECT_EQ(text(HostTensor::from<float>({2}, {0.1f, 0.1f})), "dense<0.1>");
  EXPECT_EQ(text(HostTensor::from<float>({}, {1e-5f})), "dense<1.0e-05>");
  EXPECT_EQ(text(HostTensor::from<float>({}, {2.0f})), "dense<2.0>");
  EXPECT_EQ(text(HostTensor::from<float>({}, {-0.0f})), "dense<-0.0>");
  EXPECT_EQ(text(HostTensor::from<float>({}, {-std::numeric_limits<float>::infinity()})),
            "dense<0xFF800000>");
  EXPECT_EQ(text(HostTensor::from<float>({}, {0.1f}).to(DType::kBF16)), "dense<0.100097656>");
  EXPECT_EQ(text(HostTensor::from<int64_t>({}, {std::numeric_limits<int64_t>::max()})),
            "dense<9223372036854775807>");
  EXPECT_EQ(text(HostTensor::from<int32_t>({}, {1}).to(DType::kBool)), "dense<true>");
}

TEST(Literal, OtherElementsAreTheirBytes) {
  EXPECT_EQ(literal_text(HostTensor::from<int32_t>({2}, {1, -2})), "dense<\"0x01000000FEFFFFFF\">");
  EXPECT_EQ(literal_text(HostTensor::zeros(Shape(DType::kF32, {2, 0}))), "dense<>");
  EXPECT_EQ(literal_text(HostTensor::from<int32_t>({2}, {1, 0}).to(DType::kBool)), std::nullopt);
}

}  // namespace
}  // namespace easydel::pjrt
