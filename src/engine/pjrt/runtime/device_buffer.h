// Buffers on a plugin's devices: one per device of a sharding's mesh.
//
//   Buffer buffer = upload(client, tensor, sharding);
//   const Location place = device_storage(buffer, "x").location();
//   HostTensor again = download(*client, *place.shards, sharding, buffer.shape());
#pragma once

#include <memory>
#include <mutex>
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

/// Buffers of one tensor, by device of the mesh.
using Shards = std::vector<DeviceBuffer>;

/// Where a tensor's bytes lie: in buffers of its own, or as a row of those that a stack of layers has.
struct Location {
  std::shared_ptr<const Shards> shards;
  int64_t row = 0, rows = 0;  ///< of a stack; `rows` 0: buffers of its own
  bool borrowed = false;      ///< may share host memory that must not be written

  bool is_row() const { return rows > 0; }
};

/// What a Buffer of this engine holds.
class DeviceStorage final : public Buffer::Storage {
 public:
  DeviceStorage(std::shared_ptr<const Client> client, NamedSharding sharding, Location location)
      : client_(std::move(client)), sharding_(std::move(sharding)), location_(std::move(location)) {}

  const std::shared_ptr<const Client>& client() const { return client_; }
  const NamedSharding& sharding() const { return sharding_; }
  /// Weights move into stacks while others read them, each reader from where they were when it began. Without shards
  /// once a run took the storage over (see Buffer).
  Location location() const {
    const std::lock_guard lock(mutex_);
    return location_;
  }
  void move_to(Location location) {
    const std::lock_guard lock(mutex_);
    location_ = std::move(location);
  }

 private:
  std::shared_ptr<const Client> client_;
  NamedSharding sharding_;
  mutable std::mutex mutex_;
  Location location_;
};

/// Throws Error(kInvalidArgument) naming `what` for a buffer of another engine or one that a run consumed.
DeviceStorage& device_storage(const Buffer& buffer, std::string_view what);

/// Each device gets its slice, read in place; large ones share the tensor's memory where the plugin can.
Buffer upload(const std::shared_ptr<const Client>& client, const HostTensor& tensor,
              const NamedSharding& sharding);
Buffer zeros(const std::shared_ptr<const Client>& client, const Shape& shape, const NamedSharding& sharding);
/// Puts the shards together; each distinct one is copied once. Waits for the programs that compute it.
HostTensor download(const Client& client, const Shards& shards, const NamedSharding& sharding,
                    const Shape& shape);

/// A copy on the same devices.
Shards copy_shards(const std::shared_ptr<const Client>& client, const Shards& shards);
/// The address of one device's part, or of the stack's that it is a row of, for tests of donation.
uintptr_t device_address(const Buffer& buffer, int64_t device = 0);

}  // namespace easydel::pjrt
