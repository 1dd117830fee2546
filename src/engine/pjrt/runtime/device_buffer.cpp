#include "engine/pjrt/runtime/device_buffer.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/format.h"
#include "easydel/error.h"

namespace easydel::pjrt {
namespace {

// Below this a copy is cheaper than keeping the host memory alive.
constexpr size_t kShareBytes = 1 << 16;

using Strides = std::array<int64_t, Shape::kMaxRank>;

/// Bytes from one element to the next along each axis of a dense row-major tensor.
Strides byte_strides(const Shape& shape) {
  Strides strides{};
  auto step = static_cast<int64_t>(item_size(shape.dtype()));
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    strides[static_cast<size_t>(axis)] = step;
    step *= shape.dim(axis);
  }
  return strides;
}

int64_t offset_of(const ShardSlice& slice, const Strides& strides) {
  int64_t offset = 0;
  for (size_t axis = 0; axis < slice.start.size(); ++axis) offset += slice.start[axis] * strides[axis];
  return offset;
}

/// Whether the slice is one run of bytes: only axes before the first one longer than 1 may be cut.
bool is_dense(const Shape& whole, const Shape& part) {
  bool cut = false;
  for (int axis = whole.rank() - 1; axis >= 0; --axis) {
    if (cut && part.dim(axis) != 1) return false;
    cut = cut || part.dim(axis) != whole.dim(axis);
  }
  return true;
}

/// Frees the host memory of a transfer once the plugin needs it no more.
void release_when_done(const Api& api, PJRT_Event* event, const HostTensor& tensor) {
  if (event == nullptr) return;
  const Owned<PJRT_Event> owned(event, {&api});
  struct Kept {
    HostTensor tensor;
    const Api* api;
  };
  auto kept = std::make_unique<Kept>(Kept{tensor, &api});
  auto args = make_args<PJRT_Event_OnReady_Args>();
  args.event = event;
  args.user_arg = kept.get();
  args.callback = [](PJRT_Error* error, void* user) {
    const std::unique_ptr<Kept> done(static_cast<Kept*>(user));
    if (error != nullptr) done->api->destroy(error);
  };
  api.call(&PJRT_Api::PJRT_Event_OnReady, args, "PJRT_Event_OnReady");
  static_cast<void>(kept.release());  // the callback owns it now
}

DeviceBuffer upload_slice(const std::shared_ptr<const Client>& client, const HostTensor& tensor,
                          const Shape& part, const ShardSlice& slice, int64_t device, bool share) {
  const Api& api = client->api();
  const Strides strides = byte_strides(tensor.shape());
  auto args = make_args<PJRT_Client_BufferFromHostBuffer_Args>();
  args.client = client->get();
  args.data = tensor.bytes().data() + offset_of(slice, strides);
  args.type = buffer_type(part.dtype());
  args.dims = part.dims().data();
  args.num_dims = part.dims().size();
  if (!is_dense(tensor.shape(), part)) {
    args.byte_strides = strides.data();
    args.num_byte_strides = part.dims().size();
  }
  args.host_buffer_semantics =
      share ? PJRT_HostBufferSemantics_kImmutableZeroCopy : PJRT_HostBufferSemantics_kImmutableOnlyDuringCall;
  args.device = client->device(device);
  api.call(&PJRT_Api::PJRT_Client_BufferFromHostBuffer, args, "PJRT_Client_BufferFromHostBuffer");
  DeviceBuffer buffer(client, args.buffer);
  release_when_done(api, args.done_with_host_buffer, tensor);
  return buffer;
}

/// Copies `part`, dense at `source`, to its place at `target` inside a tensor of shape `whole`, from `axis` on.
void place(const std::byte* source, const Shape& part, std::byte* target, const Shape& whole, int axis) {
  if (axis == part.rank() - 1) {
    std::memcpy(target, source, static_cast<size_t>(part.dim(axis)) * item_size(part.dtype()));
    return;
  }
  const auto at = static_cast<size_t>(axis);
  const int64_t from = byte_strides(part)[at], to = byte_strides(whole)[at];
  for (int64_t index = 0; index < part.dim(axis); ++index)
    place(source + index * from, part, target + index * to, whole, axis + 1);
}

void download_shard(const Client& client, PJRT_Buffer* buffer, const Shape& shape,
                    std::span<std::byte> target) {
  std::array<int64_t, Shape::kMaxRank> minor_to_major{};
  for (int axis = 0; axis < shape.rank(); ++axis)
    minor_to_major[static_cast<size_t>(axis)] = shape.rank() - 1 - axis;
  auto layout = make_args<PJRT_Buffer_MemoryLayout>();
  layout.type = PJRT_Buffer_MemoryLayout_Type_Tiled;
  layout.tiled.struct_size = sizeof(PJRT_Buffer_MemoryLayout_Tiled);
  layout.tiled.minor_to_major = minor_to_major.data();
  layout.tiled.minor_to_major_size = static_cast<size_t>(shape.rank());
  auto args = make_args<PJRT_Buffer_ToHostBuffer_Args>();
  args.src = buffer;
  args.host_layout = &layout;
  args.dst = target.data();
  args.dst_size = target.size();
  client.api().call(&PJRT_Api::PJRT_Buffer_ToHostBuffer, args, "PJRT_Buffer_ToHostBuffer");
  client.api().await(args.event, "PJRT_Buffer_ToHostBuffer");
}

}  // namespace

DeviceBuffer& DeviceBuffer::operator=(DeviceBuffer&& other) noexcept {
  if (this != &other) {
    reset();
    client_ = std::move(other.client_);
    buffer_ = other.release();
  }
  return *this;
}

void DeviceBuffer::reset() noexcept {
  if (buffer_ == nullptr) return;
  auto args = make_args<PJRT_Buffer_Destroy_Args>();
  args.buffer = release();
  client_->api().call_quietly(&PJRT_Api::PJRT_Buffer_Destroy, args);
}

DeviceStorage& device_storage(const Buffer& buffer, std::string_view what) {
  auto* storage = dynamic_cast<DeviceStorage*>(buffer.storage().get());
  if (storage == nullptr)
    throw Error(ErrorCode::kInvalidArgument, "pjrt engine",
                fmt::format("\"{}\" is no buffer of this engine; upload it first", what));
  if (storage->location().shards == nullptr)
    throw Error(
        ErrorCode::kInvalidArgument, "pjrt engine",
        fmt::format("\"{}\" was passed as a state and consumed; use the output that took it over", what));
  return *storage;
}

Buffer upload(const std::shared_ptr<const Client>& client, const HostTensor& tensor,
              const NamedSharding& sharding) {
  if (tensor.empty()) throw Error(ErrorCode::kInvalidArgument, "upload", "the tensor is empty");
  client->check_mesh(sharding.mesh());
  const Shape part = sharding.shard_shape(tensor.shape());
  const bool share = part.bytes() >= kShareBytes;
  auto shards = std::make_shared<Shards>();
  for (int64_t device = 0; device < sharding.mesh().device_count(); ++device)
    shards->push_back(
        upload_slice(client, tensor, part, sharding.slice(tensor.shape(), device), device, share));
  return {tensor.shape(),
          std::make_shared<DeviceStorage>(client, sharding, Location{std::move(shards), 0, 0, share})};
}

Buffer zeros(const std::shared_ptr<const Client>& client, const Shape& shape, const NamedSharding& sharding) {
  client->check_mesh(sharding.mesh());
  const Shape part = sharding.shard_shape(shape);
  const HostTensor tensor = HostTensor::zeros(part);
  const ShardSlice whole{std::vector<int64_t>(part.dims().size(), 0),
                         {part.dims().begin(), part.dims().end()}};
  auto shards = std::make_shared<Shards>();
  for (int64_t device = 0; device < sharding.mesh().device_count(); ++device)
    shards->push_back(upload_slice(client, tensor, part, whole, device, /*share=*/false));
  return {shape, std::make_shared<DeviceStorage>(client, sharding, Location{std::move(shards)})};
}

HostTensor download(const Client& client, const Shards& shards, const NamedSharding& sharding,
                    const Shape& shape) {
  const Shape part = sharding.shard_shape(shape);
  HostTensor result = HostTensor::uninitialized(shape);
  if (part == shape) {
    download_shard(client, shards[0].get(), shape, result.mutable_bytes());
    return result;
  }
  HostTensor scratch = HostTensor::uninitialized(part);
  const Strides strides = byte_strides(shape);
  std::vector<ShardSlice> done;
  for (int64_t device = 0; device < sharding.mesh().device_count(); ++device) {
    ShardSlice slice = sharding.slice(shape, device);
    if (std::find(done.begin(), done.end(), slice) != done.end()) continue;
    std::byte* target = result.mutable_bytes().data() + offset_of(slice, strides);
    PJRT_Buffer* shard = shards[static_cast<size_t>(device)].get();
    if (is_dense(shape, part)) {
      download_shard(client, shard, part, {target, part.bytes()});
    } else {
      download_shard(client, shard, part, scratch.mutable_bytes());
      place(scratch.bytes().data(), part, target, shape, 0);
    }
    done.push_back(std::move(slice));
  }
  return result;
}

Shards copy_shards(const std::shared_ptr<const Client>& client, const Shards& shards) {
  const Api& api = client->api();
  Shards copies;
  for (const DeviceBuffer& shard : shards) {
    auto memory = make_args<PJRT_Buffer_Memory_Args>();
    memory.buffer = shard.get();
    api.call(&PJRT_Api::PJRT_Buffer_Memory, memory, "PJRT_Buffer_Memory");
    auto args = make_args<PJRT_Buffer_CopyToMemory_Args>();
    args.buffer = shard.get();
    args.dst_memory = memory.memory;
    api.call(&PJRT_Api::PJRT_Buffer_CopyToMemory, args, "PJRT_Buffer_CopyToMemory");
    copies.emplace_back(client, args.dst_buffer);
  }
  return copies;
}

uintptr_t device_address(const Buffer& buffer, int64_t device) {
  const DeviceStorage& storage = device_storage(buffer, "buffer");
  const Location location = storage.location();
  auto args = make_args<PJRT_Buffer_UnsafePointer_Args>();
  args.buffer = location.shards->at(static_cast<size_t>(device)).get();
  storage.client()->api().call(&PJRT_Api::PJRT_Buffer_UnsafePointer, args, "PJRT_Buffer_UnsafePointer");
  return args.buffer_pointer;
}

}  // namespace easydel::pjrt
