// Programs and buffers over eight virtual CPU devices.
#include <gmock/gmock.h>

#include <numeric>

#include "graph/ops.h"
#include "unit/engine/pjrt_testing.h"

#ifdef EASYDEL_HAS_PJRT
#include "engine/pjrt/runtime/device_buffer.h"

namespace easydel {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class PjrtMesh : public PjrtCpuTest {
 protected:
  void SetUp() override {
    PjrtCpuTest::SetUp();
    if (engine_) engine_ = make(8);
  }
  static HostTensor counting(std::vector<int64_t> dims) {
    HostTensor tensor = HostTensor::uninitialized(Shape(DType::kF32, dims));
    std::iota(tensor.mutable_data<float>().begin(), tensor.mutable_data<float>().end(), 0.0f);
    return tensor;
  }
  const Mesh mesh_ = Mesh::create({2, 2, 2}, {"dp", "fsdp", "tp"}, 8);
};

TEST_F(PjrtMesh, EverySpecSurvivesTheRoundTrip) {
  const HostTensor tensor = counting({8, 4, 6});
  const std::vector<PartitionSpec> specs = {{},
                                            {{"dp"}},
                                            {{}, {"tp"}},
                                            {{}, {}, {"fsdp"}},
                                            {{"fsdp", "dp"}, {"tp"}},
                                            {{"tp"}, {"dp"}, {"fsdp"}},
                                            {{"dp", "fsdp", "tp"}}};
  for (const PartitionSpec& spec : specs) {
    const Buffer buffer = engine_->upload(tensor, NamedSharding(mesh_, spec));
    const HostTensor again = engine_->download(buffer);
    EXPECT_TRUE(std::ranges::equal(again.bytes(), tensor.bytes())) << spec.to_string();
  }
}

TEST_F(PjrtMesh, EachDeviceHoldsItsSliceOnly) {
  const NamedSharding sharding(mesh_, {{"dp"}, {"tp"}});
  const Buffer buffer = engine_->upload(counting({4, 4}), sharding);
  const pjrt::DeviceStorage& storage = pjrt::device_storage(buffer, "x");
  for (const pjrt::DeviceBuffer& shard : *storage.location().shards) {
    auto args = pjrt::make_args<PJRT_Buffer_OnDeviceSizeInBytes_Args>();
    args.buffer = shard.get();
    storage.client()->api().call(&PJRT_Api::PJRT_Buffer_OnDeviceSizeInBytes, args, "size");
    EXPECT_EQ(args.on_device_size_in_bytes, 4u * 4 * 4 / 4);
  }
}

TEST_F(PjrtMesh, AShardedMatmulEqualsOneDevice) {
  const HostTensor x = counting({8, 16}), w = counting({16, 32});
  const auto product = [&](Engine& engine, const Mesh& mesh, const PartitionSpec& rows,
                           const PartitionSpec& columns) {
    Graph graph;
    const Value lhs = graph.parameter("x", x.shape());
    const Value rhs = graph.parameter("w", w.shape(), ParameterKind::kWeight);
    graph.set_output("y", matmul(lhs, rhs));
    auto program =
        engine.compile(std::move(graph), {.bindings = {{"w", engine.upload(w, {mesh, columns})}},
                                          .mesh = mesh,
                                          .shardings = {{"x", rows}, {"w", columns}, {"y", rows}}});
    return engine.download(program->run(std::vector{engine.upload(x, {mesh, rows})})[0]);
  };
  const HostTensor expected = product(*make_native_engine(), Mesh(), {}, {});
  for (const PartitionSpec& columns :
       {PartitionSpec{}, PartitionSpec{{}, {"tp"}}, PartitionSpec{{"fsdp"}, {"tp"}}}) {
    const HostTensor actual = product(*engine_, mesh_, {{"dp"}}, columns);
    EXPECT_TRUE(std::ranges::equal(actual.data<float>(), expected.data<float>())) << columns.to_string();
  }
}

TEST_F(PjrtMesh, AShardedStateIsUpdatedInPlace) {
  const Shape shape(DType::kF32, {8, 1024});
  const NamedSharding sharding(mesh_, {{"dp", "fsdp"}, {"tp"}});
  Graph graph;
  const Value state = graph.parameter("s", shape, ParameterKind::kState);
  graph.set_output_alias("s", state + 1.0, "s");
  auto program = engine_->compile(std::move(graph), {.mesh = mesh_, .shardings = {{"s", sharding.spec()}}});
  const Buffer before = engine_->zeros(shape, sharding);
  const uintptr_t address = pjrt::device_address(before, 5);
  const auto results = program->run(std::vector{before});
  EXPECT_EQ(pjrt::device_address(results[0], 5), address);
  EXPECT_EQ(values(results[0]), std::vector<float>(8 * 1024, 1.0f));
}

TEST_F(PjrtMesh, AxesMayHaveAnyName) {
  const Mesh mesh = Mesh::create({8}, {"a \"b\\ \xc3\xa9\n"}, 8);
  const PartitionSpec rows = {{mesh.axis_names()[0]}};
  Graph graph;
  graph.set_output("y", graph.parameter("x", Shape(DType::kF32, {8})) + 1.0);
  auto program = engine_->compile(std::move(graph), {.mesh = mesh, .shardings = {{"x", rows}, {"y", rows}}});
  EXPECT_EQ(values(program->run(std::vector{engine_->upload(counting({8}), {mesh, rows})})[0]),
            (std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8}));
}

TEST_F(PjrtMesh, WrongMeshesAndShardingsAreNamed) {
  const Mesh sixteen = Mesh::create({16}, {"dp"}, 16);
  EXPECT_THAT(error_of([&] { engine_->upload(counting({16}), NamedSharding(sixteen, {{"dp"}})); }),
              AllOf(HasSubstr("needs 16 devices"), HasSubstr("pjrt:cpu engine has 8")));
  Graph graph;
  graph.set_output("y", graph.parameter("x", Shape(DType::kF32, {8})) + 1.0);
  auto program = engine_->compile(std::move(graph), {.mesh = mesh_, .shardings = {{"x", {{"dp"}}}}});
  EXPECT_THAT(error_of([&] {
                program->run(std::vector{engine_->upload(counting({8}), {mesh_, {{"tp"}}})});
              }),
              AllOf(HasSubstr("\"x\" is P(\"tp\""), HasSubstr("P(\"dp\"")));
  EXPECT_THAT(error_of([&] { program->run(std::vector{engine_->upload(counting({8}))}); }),
              HasSubstr("upload it in"));
}

TEST(NativeMesh, IsOneDevice) {
  const auto engine = make_native_engine();
  const Mesh mesh = Mesh::create({8}, {"dp"}, 8);
  EXPECT_THAT(error_of([&] { engine->zeros(Shape(DType::kF32, {8}), NamedSharding(mesh, {})); }),
              AllOf(HasSubstr("needs 8 devices"), HasSubstr("native engine has 1"), HasSubstr("pjrt:cpu")));
}

}  // namespace
}  // namespace easydel
#endif
