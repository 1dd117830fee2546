// Buffers on a plugin's devices: one per device of a sharding's mesh.
//
//   Buffer buffer = upload(client, tensor, sharding);
//   HostTensor again = download(device_storage(buffer, "x"), buffer.shape());
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "easydel/sharding.h"
#include "engine/engine.h"
#include "engine/pjrt/runtime/client.h"

namespace easydel::pjrt {

/// Owns a PJRT_Buffer, and through the client what the buffer needs.
class DeviceBuffer {
 public:
  DeviceBuffer() = default;
  DeviceBuffer(std::shared_ptr<const Client> client, PJRT_Buffer* buffer)
      : client_(std::move(client)), buffer_(buffer) {}
  DeviceBuffer(DeviceBuffer&& other) noexcept : client_(std::move(other.client_)), buffer_(other.release()) {}
  DeviceBuffer& operator=(DeviceBuffer&& other) noexcept;
  ~DeviceBuffer() { reset(); }

  PJRT_Buffer* get() const { return buffer_; }

 private:
  PJRT_Buffer* release() noexcept { return std::exchange(buffer_, nullptr); }
  void reset() noexcept;

  std::shared_ptr<const Client> client_;
  PJRT_Buffer* buffer_ = nullptr;
};

/// What a Buffer of this engine holds.
struct DeviceStorage final : Buffer::Storage {
  std::shared_ptr<const Client> client;
  NamedSharding sharding;
  std::vector<DeviceBuffer> shards;  ///< by device of the mesh
  bool consumed = false;             ///< a run took it over (see Buffer)
  bool borrowed = false;             ///< may share host memory that must not be written
};

/// Throws Error(kInvalidArgument) naming `what` for a buffer of another engine or one that a run consumed.
DeviceStorage& device_storage(const Buffer& buffer, std::string_view what);

/// Each device gets its slice, read in place; large ones share the tensor's memory where the plugin can.
Buffer upload(const std::shared_ptr<const Client>& client, const HostTensor& tensor,
              const NamedSharding& sharding);
Buffer zeros(const std::shared_ptr<const Client>& client, const Shape& shape, const NamedSharding& sharding);
/// Puts the shards together; each distinct one is copied once. Waits for the programs that compute it.
HostTensor download(const DeviceStorage& storage, const Shape& shape);

/// A copy on the same devices.
std::vector<DeviceBuffer> copy_shards(const DeviceStorage& storage);
/// The address of one device's part, for tests of donation.
uintptr_t device_address(const Buffer& buffer, int64_t device = 0);

}  // namespace easydel::pjrt
