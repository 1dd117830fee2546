#include "easydel/sharding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "easydel/error.h"

namespace easydel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<std::string> kAxes = {"dp", "fsdp", "tp", "sp"};

Mesh mesh_of(std::vector<int64_t> dims) {
  return Mesh::create(dims, kAxes, 8);
}

// Expected values: jax.sharding.Mesh over 8 devices, as EasyDeL's create_mesh makes it.
TEST(Mesh, OneSizeMayBeOpen) {
  EXPECT_THAT(mesh_of({1, -1, 1, 1}).axis_dims(), ElementsAre(1, 8, 1, 1));
  EXPECT_THAT(mesh_of({2, -1, 2, 1}).axis_dims(), ElementsAre(2, 2, 2, 1));
  EXPECT_THAT(mesh_of({8, 1, 1, 1}).axis_dims(), ElementsAre(8, 1, 1, 1));
}

TEST(Mesh, RefusesSizesThatDoNotFitTheDevices) {
  for (const std::vector<int64_t>& dims : {std::vector<int64_t>{1, 1, 1, 1},
                                           {1, -1, -1, 1},
                                           {3, -1, 1, 1},
                                           {0, -1, 1, 1},
                                           {-2, 1, 1, 1},
                                           {16, 1, 1, 1}})
    EXPECT_THROW(mesh_of(dims), Error) << testing::PrintToString(dims);
  EXPECT_THROW(Mesh::create({8}, {"dp", "tp"}, 8), Error);
  EXPECT_THROW(Mesh::create({2, 4}, {"dp", "dp"}, 8), Error);
}

TEST(Mesh, ParsesTheCommandLinesForm) {
  EXPECT_EQ(Mesh::parse("dp=1,fsdp=-1,tp=2,sp=1", 8).to_string(), "dp=1,fsdp=4,tp=2,sp=1");
  for (const char* text : {"", "dp", "dp=", "=2", "dp=two", "dp=8,", "dp=8x"})
    EXPECT_THROW(Mesh::parse(text, 8), Error);
}

TEST(Mesh, SizesAloneHaveEasyDeLsNames) {
  EXPECT_EQ(Mesh::parse("1,-1,2,1", 8).to_string(), "dp=1,fsdp=4,tp=2,sp=1");
  EXPECT_EQ(Mesh::parse("1,-1,1,2,1", 8).to_string(), "dp=1,fsdp=4,ep=1,tp=2,sp=1");
  EXPECT_THROW(Mesh::parse("4,2", 8), Error);
  EXPECT_THROW(Mesh::parse("dp=4,2", 8), Error);
  EXPECT_EQ(MeshAxes::parse("dp=4,tp=2").device_count(), 8);
  EXPECT_EQ(MeshAxes::parse("dp=4,tp=-1").device_count(), std::nullopt);
}

TEST(PartitionSpec, PrintsAsEasyDeLDoes) {
  EXPECT_EQ(PartitionSpec({{"fsdp", "sp"}, {}, {"tp"}}).to_string(), "P((\"fsdp\", \"sp\"), None, \"tp\")");
  EXPECT_EQ(PartitionSpec().to_string(), "P()");
}

TEST(NamedSharding, SlicesCoverTheTensorOnce) {
  const NamedSharding sharding(mesh_of({1, 2, 2, 2}), {{"fsdp", "sp"}, {"tp"}});
  const Shape shape(DType::kF32, {8, 6});
  EXPECT_EQ(sharding.shard_shape(shape), Shape(DType::kF32, {2, 3}));
  std::vector<int> covered(48);
  for (int64_t device = 0; device < 8; ++device) {
    const ShardSlice slice = sharding.slice(shape, device);
    for (int64_t row = slice.start[0]; row < slice.limit[0]; ++row)
      for (int64_t column = slice.start[1]; column < slice.limit[1]; ++column)
        ++covered[static_cast<size_t>(row * 6 + column)];
  }
  EXPECT_THAT(covered, testing::Each(1));
}

// The first axis of a group is the outermost, as in JAX: P(("fsdp", "sp")) on fsdp=2, sp=2 puts rows 2..4 of
// 8 on (fsdp 0, sp 1).
TEST(NamedSharding, TheFirstAxisOfAGroupIsOutermost) {
  const NamedSharding sharding(mesh_of({1, 2, 2, 2}), {{"fsdp", "sp"}});
  const ShardSlice slice = sharding.slice(Shape(DType::kF32, {8}), 1);  // fsdp 0, tp 0, sp 1
  EXPECT_THAT(slice.start, ElementsAre(2));
  EXPECT_THAT(slice.limit, ElementsAre(4));
}

TEST(NamedSharding, RefusesWhatCannotBe) {
  const Mesh mesh = mesh_of({1, 8, 1, 1});
  EXPECT_THROW(NamedSharding(mesh, {{"ep"}}), Error);
  EXPECT_THROW(NamedSharding(mesh, {{"fsdp"}, {"fsdp"}}), Error);
  try {
    (void)NamedSharding(mesh, {{"fsdp"}}).shard_shape(Shape(DType::kF32, {6, 3}));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("f32[6,3] is not divisible by 8"));
  }
}

TEST(PartitionRules, TheFirstMatchWins) {
  const PartitionRules rules = {{"self_attn/(q_proj|k_proj)/kernel", {{"fsdp", "sp"}, {"tp"}}},
                                {".*", {{"fsdp"}}}};
  const Shape shape(DType::kF32, {4, 4});
  EXPECT_EQ(match_partition_rule(rules, "model/layers/0/self_attn/q_proj/kernel", shape), rules[0].spec);
  EXPECT_EQ(match_partition_rule(rules, "model/layers/0/mlp/up_proj/kernel", shape), rules[1].spec);
}

TEST(PartitionRules, ScalarsAreNeverSplit) {
  EXPECT_EQ(match_partition_rule({}, "step", Shape(DType::kF32, {})), PartitionSpec());
  EXPECT_EQ(match_partition_rule({}, "scale", Shape(DType::kF32, {1, 1})), PartitionSpec());
}

TEST(PartitionRules, AParameterWithoutARuleIsNamed) {
  try {
    match_partition_rule({{"kernel", {}}}, "a/bias", Shape(DType::kF32, {4}));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("\"a/bias\""));
  }
  EXPECT_THROW(match_partition_rule({{"(", {}}}, "a", Shape(DType::kF32, {4})), Error);
}

TEST(FitSpec, AxesThatDoNotDivideAreDroppedWithAWarning) {
  const Mesh mesh = mesh_of({1, 4, 2, 1});
  const PartitionSpec spec = {{"fsdp", "tp"}, {"sp"}, {"fsdp"}};
  const SpecAdjustment adjusted = fit_spec(spec, Shape(DType::kF32, {12, 5}), mesh, "lm_head/kernel");
  EXPECT_EQ(adjusted.spec, PartitionSpec({{"fsdp"}, {"sp"}}));
  ASSERT_EQ(adjusted.warnings.size(), 2u);
  EXPECT_THAT(adjusted.warnings[0], HasSubstr("lm_head/kernel"));
  EXPECT_THAT(adjusted.warnings[0], HasSubstr("not divisible by 8"));
  EXPECT_THAT(adjusted.warnings[1], HasSubstr("more entries"));
  EXPECT_THROW(fit_spec(spec, Shape(DType::kF32, {12, 5}), mesh, "lm_head/kernel", true), Error);
}

// EasyDeL's rules name all of its axes, whatever the mesh.
TEST(FitSpec, EasyDeLsAxesThatTheMeshLacksAreOfSizeOne) {
  const Mesh mesh = Mesh::create({2, 2}, {"fsdp", "tp"}, 4);
  const SpecAdjustment adjusted = fit_spec({{"fsdp", "sp"}, {"ep"}}, Shape(DType::kF32, {4, 4}), mesh, "a");
  EXPECT_EQ(adjusted.spec, PartitionSpec({{"fsdp"}, {}}));
  EXPECT_TRUE(adjusted.warnings.empty());
  try {
    fit_spec({{"fsdb"}}, Shape(DType::kF32, {4}), mesh, "a/kernel");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("\"a/kernel\" names axis \"fsdb\", the mesh has fsdp=2,tp=2"));
  }
}

}  // namespace
}  // namespace easydel
