#include "easydel/sharding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "easydel/error.h"
#include "unit/error_of.h"

namespace easydel {
namespace {

using testing::AllOf;
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

// What create_mesh refuses over 8 devices, and what the message must show.
TEST(Mesh, RefusesSizesThatDoNotFitTheDevices) {
  struct Row {
    std::vector<int64_t> dims;
    std::vector<std::string> names, parts;
  };
  const std::vector<Row> rows = {
      {{1, 1, 1, 1}, kAxes, {"(1,1,1,1)", "make 1 devices", "there are 8"}},
      {{2, 2, 1, 1}, kAxes, {"make 4 devices", "there are 8"}},
      {{4, 4, 1, 1}, kAxes, {"make 16 devices", "there are 8"}},
      {{1, -1, -1, 1}, kAxes, {"only one", "-1", "(1,-1,-1,1)"}},
      {{3, -1, 1, 1}, kAxes, {"8 devices", "groups of 3"}},
      {{0, -1, 1, 1}, kAxes, {"axis size 0", "device count 8"}},
      {{-2, 1, 1, 1}, kAxes, {"axis size -2", "device count 8"}},
      {{16, 1, 1, 1}, kAxes, {"axis size 16", "device count 8"}},
      {{8}, {"dp", "tp"}, {"1 axis sizes (8)", "2 axis names (dp,tp)"}},
      {{1, 8, 1, 1, 1}, kAxes, {"5 axis sizes", "4 axis names"}},
      {{2, 4}, {"dp", "dp"}, {"appears twice", "(dp,dp)"}},
  };
  for (const Row& row : rows) {
    const std::string message = error_of([&] { Mesh::create(row.dims, row.names, 8); });
    for (const std::string& part : row.parts)
      EXPECT_THAT(message, HasSubstr(part)) << testing::PrintToString(row.dims);
  }
}

TEST(Mesh, EasyDeLsFiveAxes) {
  const Mesh mesh =
      Mesh::create(std::vector<int64_t>{1, -1, 2, 1, 2}, MeshAxes::default_names(5), /*device_count=*/8);
  EXPECT_EQ(mesh.to_string(), "dp=1,fsdp=2,ep=2,tp=1,sp=2");
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

// Rules are searched for, as re.search does, and the first that matches wins; tensors of one element have no rule.
TEST(PartitionRules, TheFirstThatOccursInThePathWins) {
  const PartitionRules rules = {{"self_attn/(q_proj|k_proj)/kernel", {{"fsdp", "sp"}, {"tp"}}},
                                {"^lm_head/", {{}, {"tp"}}},
                                {"norm/kernel$", {{}}},
                                {"proj", {{"sp"}}},
                                {".*", {{"fsdp"}}}};
  struct Row {
    std::string path;
    std::vector<int64_t> dims;
    PartitionSpec expected;
  };
  const std::vector<Row> rows = {
      {"model/layers/0/self_attn/q_proj/kernel", {4, 4}, rules[0].spec},
      {"model/layers/11/self_attn/k_proj/kernel", {4, 4}, rules[0].spec},
      {"model/layers/0/self_attn/v_proj/kernel", {4, 4}, rules[3].spec},
      {"lm_head/kernel", {4, 4}, rules[1].spec},
      {"model/lm_head/kernel", {4, 4}, rules[4].spec},
      {"model/norm/kernel", {4}, rules[2].spec},
      {"model/norm/kernel/extra", {4}, rules[4].spec},
      {"lm_head/kernel", {}, {}},
      {"lm_head/kernel", {1}, {}},
      {"lm_head/kernel", {1, 1}, {}},
      {"lm_head/kernel", {1, 2}, rules[1].spec},
  };
  for (const Row& row : rows)
    EXPECT_EQ(match_partition_rule(rules, row.path, Shape(DType::kF32, row.dims)), row.expected) << row.path;
  EXPECT_EQ(match_partition_rule({}, "step", Shape(DType::kF32, {})), PartitionSpec());
}

TEST(PartitionRules, AParameterWithoutARuleIsNamed) {
  EXPECT_THAT(error_of([] {
                match_partition_rule({{"kernel", {}}}, "a/bias", Shape(DType::kF32, {4}));
              }),
              AllOf(HasSubstr("partition rule not found for param \"a/bias\""), HasSubstr("\".*\"")));
}

TEST(PartitionRules, AMalformedPatternIsNamedWithItsPlace) {
  for (const char* pattern : {"(", "[a", "*", "a{2", "\\"})
    EXPECT_THAT(
        error_of([&] {
          match_partition_rule({{"kernel", {}}, {pattern, {}}, {".*", {}}}, "a", Shape(DType::kF32, {4}));
        }),
        AllOf(HasSubstr("rule 2 of 3"), HasSubstr("\"" + std::string(pattern) + "\"")));
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
  EXPECT_THAT(
      error_of([&] { fit_spec({{"fsdp"}}, Shape(DType::kF32, {6}), mesh, "a/kernel", true); }),
      AllOf(HasSubstr("\"a/kernel\" f32[6]"), HasSubstr("not divisible by 4"), HasSubstr("\"fsdp\"")));
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
