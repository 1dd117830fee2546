#include "easydel/sharded_tensor.h"

#include <gmock/gmock.h>

#include <numeric>

#include "easydel/error.h"

namespace easydel {
namespace {

using testing::ElementsAre;

HostTensor counted(std::initializer_list<int64_t> dims) {
  std::vector<int32_t> values(static_cast<size_t>(Shape(DType::kI32, dims).elements()));
  std::iota(values.begin(), values.end(), 0);
  return HostTensor::from<int32_t>(dims, values);
}

Mesh mesh_2x2() {
  return Mesh::create({2, 2}, {"fsdp", "tp"}, 4);
}

TEST(ShardedTensor, EachDeviceHoldsItsSlice) {
  const ShardedTensor cut = shard_tensor(counted({2, 4}), NamedSharding(mesh_2x2(), {{"tp"}, {"fsdp"}}));
  ASSERT_EQ(cut.shards.size(), 4u);
  EXPECT_THAT(cut.shards[0].data<int32_t>(), ElementsAre(0, 1));  // fsdp 0, tp 0
  EXPECT_THAT(cut.shards[1].data<int32_t>(), ElementsAre(4, 5));  // fsdp 0, tp 1
  EXPECT_THAT(cut.shards[2].data<int32_t>(), ElementsAre(2, 3));  // fsdp 1, tp 0
  EXPECT_THAT(cut.shards[3].data<int32_t>(), ElementsAre(6, 7));
}

TEST(ShardedTensor, PiecesMakeTheWholeAgain) {
  const std::vector<PartitionSpec> specs = {
      {}, {{"fsdp"}}, {{}, {"tp"}}, {{"fsdp", "tp"}}, {{"tp"}, {}, {"fsdp"}}, {{}, {"tp", "fsdp"}}};
  const HostTensor whole = counted({4, 8, 2});
  for (const PartitionSpec& spec : specs) {
    const HostTensor again = gather_tensor(shard_tensor(whole, NamedSharding(mesh_2x2(), spec)));
    EXPECT_TRUE(std::ranges::equal(again.bytes(), whole.bytes())) << spec.to_string();
  }
  const HostTensor scalar = counted({});
  EXPECT_THAT(gather_tensor(shard_tensor(scalar, NamedSharding(mesh_2x2(), {}))).data<int32_t>(),
              ElementsAre(0));
}

TEST(ShardedTensor, RowsAndReplicasAreNotCopied) {
  const HostTensor whole = counted({4, 3});
  const ShardedTensor cut = shard_tensor(whole, NamedSharding(mesh_2x2(), {{"fsdp"}}));
  EXPECT_EQ(cut.shards[0].bytes().data(), whole.bytes().data());
  EXPECT_EQ(cut.shards[1].bytes().data(), whole.bytes().data());  // tp 1 holds the same rows
  EXPECT_EQ(cut.shards[2].bytes().data(), whole.bytes().data() + 2 * 3 * sizeof(int32_t));
}

TEST(ShardedTensor, GatherRefusesMissingAndMisshapenPieces) {
  ShardedTensor cut = shard_tensor(counted({4}), NamedSharding(mesh_2x2(), {{"fsdp"}}));
  cut.shards[3] = counted({3});
  EXPECT_THROW(gather_tensor(cut), Error);
  cut.shards.pop_back();
  EXPECT_THROW(gather_tensor(cut), Error);
  EXPECT_THROW(shard_tensor(counted({3}), NamedSharding(mesh_2x2(), {{"fsdp"}})), Error);
}

TEST(ShardAndGatherFns, OnePairPerParameter) {
  const auto [shard_fns, gather_fns] = make_shard_and_gather_fns({{"a", {{"fsdp"}}}, {"b", {}}}, mesh_2x2());
  ASSERT_EQ(shard_fns.size(), 2u);
  ASSERT_EQ(gather_fns.size(), 2u);
  const HostTensor whole = counted({6, 2});
  const ShardedTensor cut = shard_fns.at("a")(whole);
  EXPECT_EQ(cut.shards[0].shape(), Shape(DType::kI32, {3, 2}));
  EXPECT_TRUE(std::ranges::equal(gather_fns.at("a")(cut).bytes(), whole.bytes()));
}

}  // namespace
}  // namespace easydel
