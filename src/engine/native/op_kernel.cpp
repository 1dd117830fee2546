#include "engine/native/op_kernel.h"

#include "base/format.h"
#include "easydel/error.h"
#include "easydel/host_tensor.h"

namespace easydel::native {
namespace {

/// This thread's scratch memory, which grows to what the largest step needs.
std::byte* scratch(size_t bytes) {
  thread_local HostTensor memory;
  if (bytes == 0) return nullptr;
  if (memory.bytes().size() < bytes)
    memory = HostTensor::uninitialized(Shape(DType::kU8, {static_cast<int64_t>(bytes)}));
  return memory.mutable_bytes().data();
}

std::vector<Tensor> tensors(std::span<const Shape> shapes, std::span<std::byte* const> data) {
  if (shapes.size() != data.size())
    throw Error(ErrorCode::kInternal, "kernel",
                fmt::format("{} tensors were given, it takes {}", data.size(), shapes.size()));
  std::vector<Tensor> tensors;
  tensors.reserve(shapes.size());
  for (size_t index = 0; index < shapes.size(); ++index)
    tensors.push_back(Tensor{&shapes[index], data[index]});
  return tensors;
}

}  // namespace

OpKernel::OpKernel(const Node& node, std::span<const Shape> inputs, Isa isa, ThreadPool& pool)
    : inputs_(inputs.begin(), inputs.end()),
      outputs_(node.outputs.begin(), node.outputs.end()),
      pool_(pool),
      step_(lowering_table().find(*node.op)->lower({node, inputs_, isa, pool.threads()})) {}

void OpKernel::run(std::span<std::byte* const> inputs, std::span<std::byte* const> outputs) const {
  const std::vector<Tensor> from = tensors(inputs_, inputs), to = tensors(outputs_, outputs);
  step_.run({from, to, scratch(step_.scratch_bytes), pool_});
}

}  // namespace easydel::native
