#include "engine/pjrt/runtime/client.h"

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <thread>

#include "base/format.h"
#include "easydel/error.h"
#include "engine/pjrt/runtime/named_values.h"

namespace easydel::pjrt {
namespace {

NamedValues create_options(const Plugin& plugin, const EngineConfig& config) {
  NamedValues options;
  if (plugin.found().name == "cpu") {
    options.add("cpu_device_count", std::max<int64_t>(config.devices, 1));
  } else if (plugin.found().name == "cuda" || plugin.found().name == "rocm") {
    options.add("preallocate", config.preallocate);
    if (config.memory_fraction > 0)
      options.add("memory_fraction", static_cast<float>(config.memory_fraction));
    if (!config.visible_devices.empty()) options.add("visible_devices", config.visible_devices);
  }
  return options;
}

/// The CPU plugin reads its thread count from PJRT_NPROC when a client is made. Sets it while this lives, and puts
/// back what was there; `threads` 0 leaves the user's value in force. One at a time: the environment is shared.
class ThreadCount {
 public:
  explicit ThreadCount(int threads) : lock_(mutex()) {
    if (const char* value = std::getenv(kVariable)) before_ = value;
    if (threads > 0) {
      set_ = true;
      count_ = std::to_string(threads);
      setenv(kVariable, count_.c_str(), 1);
    } else {
      count_ = before_ ? *before_ : std::to_string(std::thread::hardware_concurrency());
    }
  }
  ~ThreadCount() {
    if (!set_) return;
    if (before_)
      setenv(kVariable, before_->c_str(), 1);
    else
      unsetenv(kVariable);
  }
  ThreadCount(const ThreadCount&) = delete;
  ThreadCount& operator=(const ThreadCount&) = delete;

  const std::string& count() const { return count_; }

 private:
  static constexpr const char* kVariable = "PJRT_NPROC";
  static std::mutex& mutex() {
    static std::mutex mutex;
    return mutex;
  }

  std::lock_guard<std::mutex> lock_;
  std::optional<std::string> before_;
  std::string count_;
  bool set_ = false;
};

}  // namespace

std::shared_ptr<const Client> Client::create(const Plugin& plugin, const EngineConfig& config) {
  std::optional<ThreadCount> threads;
  if (plugin.found().name == "cpu") threads.emplace(config.threads);
  const NamedValues options = create_options(plugin, config);
  const std::vector<PJRT_NamedValue> values = options.view();
  auto args = make_args<PJRT_Client_Create_Args>();
  args.create_options = values.data();
  args.num_options = values.size();
  try {
    plugin.api().call(&PJRT_Api::PJRT_Client_Create, args, "PJRT_Client_Create");
  } catch (const Error& error) {
    throw Error(ErrorCode::kUnsupported, "plugin",
                fmt::format("the {} plugin finds no device to use: {}", plugin.found().name, error.detail()));
  }
  return std::shared_ptr<const Client>(
      new Client(plugin, Owned<PJRT_Client>(args.client, {&plugin.api()}), threads ? threads->count() : ""));
}

Client::Client(const Plugin& plugin, Owned<PJRT_Client> client, std::string threads)
    : plugin_(&plugin), client_(std::move(client)), threads_(std::move(threads)) {
  auto devices = make_args<PJRT_Client_AddressableDevices_Args>();
  devices.client = get();
  api().call(&PJRT_Api::PJRT_Client_AddressableDevices, devices, "PJRT_Client_AddressableDevices");
  devices_.assign(devices.addressable_devices, devices.addressable_devices + devices.num_addressable_devices);
  if (devices_.empty())
    throw Error(
        ErrorCode::kUnsupported, "plugin",
        fmt::format("the {} plugin finds no device to use: the client of {} has none; choose another engine",
                    plugin.found().name, plugin.found().path.string()));
  for (PJRT_Device* device : devices_) {
    auto description = make_args<PJRT_Device_GetDescription_Args>();
    description.device = device;
    api().call(&PJRT_Api::PJRT_Device_GetDescription, description, "PJRT_Device_GetDescription");
    auto id = make_args<PJRT_DeviceDescription_Id_Args>();
    id.device_description = description.device_description;
    api().call(&PJRT_Api::PJRT_DeviceDescription_Id, id, "PJRT_DeviceDescription_Id");
    ids_.push_back(id.id);
    auto kind = make_args<PJRT_DeviceDescription_Kind_Args>();
    kind.device_description = description.device_description;
    api().call(&PJRT_Api::PJRT_DeviceDescription_Kind, kind, "PJRT_DeviceDescription_Kind");
    device_kind_.assign(kind.device_kind, kind.device_kind_size);
  }
  auto name = make_args<PJRT_Client_PlatformName_Args>();
  name.client = get();
  api().call(&PJRT_Api::PJRT_Client_PlatformName, name, "PJRT_Client_PlatformName");
  platform_.assign(name.platform_name, name.platform_name_size);
  auto version = make_args<PJRT_Client_PlatformVersion_Args>();
  version.client = get();
  api().call(&PJRT_Api::PJRT_Client_PlatformVersion, version, "PJRT_Client_PlatformVersion");
  platform_version_.assign(version.platform_version, version.platform_version_size);
}

void Client::check_mesh(const Mesh& mesh) const {
  require_devices("pjrt:" + plugin_->found().name, device_count(), mesh.device_count());
}

}  // namespace easydel::pjrt
