// Client: a plugin's devices.
//
//   auto client = Client::create(Plugin::load(find_plugin("cpu")), {.devices = 8});
//   client->device_count();      // 8
//   client->platform();          // "cpu"
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/pjrt/runtime/plugin.h"

namespace easydel::pjrt {

class Client {
 public:
  /// Throws Error(kUnsupported) with the plugin's reason when it finds no device.
  static std::shared_ptr<const Client> create(const Plugin& plugin, const EngineConfig& config);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  const Plugin& plugin() const { return *plugin_; }
  const Api& api() const { return plugin_->api(); }
  PJRT_Client* get() const { return client_.get(); }

  int64_t device_count() const { return static_cast<int64_t>(devices_.size()); }
  PJRT_Device* device(int64_t index) const { return devices_[static_cast<size_t>(index)]; }
  int64_t device_id(int64_t index) const { return ids_[static_cast<size_t>(index)]; }
  /// "cpu", "cuda", "tpu".
  const std::string& platform() const { return platform_; }
  const std::string& platform_version() const { return platform_version_; }
  /// What kind of device: "cpu", "NVIDIA H200".
  const std::string& device_kind() const { return device_kind_; }
  /// The CPU plugin's thread count in force, as PJRT_NPROC spells it; empty for other plugins.
  const std::string& threads() const { return threads_; }

  /// Throws Error(kUnsupported) showing both counts for a mesh of more devices than there are.
  void check_mesh(const Mesh& mesh) const;

 private:
  Client(const Plugin& plugin, Owned<PJRT_Client> client, std::string threads);

  const Plugin* plugin_;
  Owned<PJRT_Client> client_;
  std::vector<PJRT_Device*> devices_;  // those of this process
  std::vector<int64_t> ids_;
  std::string platform_, platform_version_, device_kind_, threads_;
};

}  // namespace easydel::pjrt
