#include "engine/pjrt/runtime/native_kernels.h"

#include <cfenv>
#include <exception>
#include <map>
#include <mutex>
#include <set>
#include <shared_mutex>

#include "base/format.h"
#include "base/log.h"
#include "easydel/error.h"
#include "engine/native/op_kernel.h"
#include "engine/pjrt/runtime/ffi.h"
#include "graph/ops/attention.h"
#include "graph/ops/experts.h"
#include "graph/ops/matmul.h"
#include "graph/ops/quantization.h"

namespace easydel::pjrt {
namespace {

/// The workers of all programs of that many threads. Awake between the calls of a program, asleep after it.
struct Workers {
  explicit Workers(int threads) : pool(threads), active(pool) {}
  ThreadPool pool;
  ThreadPool::ActiveScope active;
};

/// The kernels of this process, by key. Programs outlive engines in XLA's own threads, so nothing here is ever freed.
class Registry {
 public:
  static Registry& get() {
    static Registry& registry = *new Registry;
    return registry;
  }

  void add(const std::string& key, const Node& node, std::span<const Shape> operands, int threads) {
    const std::lock_guard lock(mutex_);
    if (kernels_.contains(key)) return;
    std::unique_ptr<Workers>& workers = workers_[threads];
    if (workers == nullptr) workers = std::make_unique<Workers>(threads);
    kernels_.emplace(key, std::make_unique<native::OpKernel>(node, operands, detected_isa(), workers->pool));
  }

  const native::OpKernel& find(std::string_view key) const {
    const std::shared_lock lock(mutex_);
    const auto found = kernels_.find(key);
    if (found == kernels_.end())
      throw Error(ErrorCode::kInternal, "kernel", fmt::format("no kernel \"{}\" was prepared", key));
    return *found->second;
  }

 private:
  mutable std::shared_mutex mutex_;
  std::map<int, std::unique_ptr<Workers>> workers_;
  std::map<std::string, std::unique_ptr<const native::OpKernel>, std::less<>> kernels_;
};

/// XLA's threads flush denormal numbers to zero. Kernels do not, on any thread: small scales and weights are such numbers.
class KeptDenormals {
 public:
  KeptDenormals() {
    std::fegetenv(&before_);
    std::fesetenv(FE_DFL_ENV);
  }
  ~KeptDenormals() { std::fesetenv(&before_); }
  KeptDenormals(const KeptDenormals&) = delete;
  KeptDenormals& operator=(const KeptDenormals&) = delete;

 private:
  std::fenv_t before_{};
};

std::vector<std::byte*> addresses(const ffi::Tensors& tensors) {
  std::vector<std::byte*> addresses;
  addresses.reserve(static_cast<size_t>(tensors.size));
  for (int64_t index = 0; index < tensors.size; ++index)
    addresses.push_back(static_cast<std::byte*>(static_cast<ffi::Tensor*>(tensors.values[index])->data));
  return addresses;
}

std::string_view key_of(const ffi::Attributes& attributes) {
  for (int64_t index = 0; index < attributes.size; ++index) {
    const ffi::Bytes& name = *attributes.names[index];
    if (std::string_view(name.data, name.size) != kHostKernelKey ||
        attributes.types[index] != ffi::AttributeType::kString)
      continue;
    const auto& value = *static_cast<const ffi::Bytes*>(attributes.values[index]);
    return {value.data, value.size};
  }
  throw Error(ErrorCode::kInternal, "kernel", "a call names no kernel");
}

/// What XLA calls, on any of its threads.
ffi::Error* handle(ffi::Call* call) {
  if (call->extensions != nullptr && call->extensions->type == ffi::ExtensionType::kMetadata) {
    ffi::Version& version = reinterpret_cast<ffi::MetadataExtension*>(call->extensions)->metadata->version;
    version.major = ffi::kMajor;
    version.minor = ffi::kMinor;
    return nullptr;
  }
  std::string message;
  try {
    const KeptDenormals kept;
    Registry::get().find(key_of(call->attributes)).run(addresses(call->operands), addresses(call->results));
    return nullptr;
  } catch (const std::exception& error) {
    message = error.what();
  }
  ffi::ErrorCreateArgs args{sizeof(args), nullptr, message.c_str(), ffi::kInternalError};
  return call->interface->create_error(&args);
}

/// Whether the plugin takes the handler; registered once for each plugin.
bool register_handler(const Plugin& plugin) {
  static std::mutex mutex;
  static std::map<const Plugin*, bool> registered;
  const std::lock_guard lock(mutex);
  const auto [entry, is_new] = registered.try_emplace(&plugin, false);
  if (!is_new) return entry->second;
  const auto* extension =
      reinterpret_cast<const ffi::PjrtExtension*>(plugin.api().find_extension(PJRT_Extension_Type_FFI));
  if (extension == nullptr || extension->base.struct_size < sizeof(ffi::PjrtExtension)) {
    log(LogLevel::kInfo, "the plugin takes no kernels of other libraries: XLA computes everything itself");
    return false;
  }
  constexpr std::string_view kPlatform = "Host";
  auto args = make_args<ffi::RegisterHandlerArgs>();
  args.target_name = kHostKernelTarget.data();
  args.target_name_size = kHostKernelTarget.size();
  args.handler = reinterpret_cast<void*>(&handle);
  args.platform_name = kPlatform.data();
  args.platform_name_size = kPlatform.size();
  try {
    plugin.api().check(extension->register_handler(&args), "PJRT_FFI_Register_Handler");
    entry->second = true;
  } catch (const Error& error) {
    log(LogLevel::kInfo, fmt::format("XLA computes everything itself: {}", error.what()));
  }
  return entry->second;
}

}  // namespace

std::unique_ptr<NativeKernels> NativeKernels::create(const Plugin& plugin, int threads) {
  if (!register_handler(plugin)) return nullptr;
  return std::unique_ptr<NativeKernels>(new NativeKernels(threads));
}

bool NativeKernels::has(const Node& node) const {
  static const std::set<const OpInfo*> kOps = {&kAttentionOp, &kLinearOp, &kQuantizedLinearOp,
                                               &kRoutedExpertsOp};
  const DType dtype = node.outputs[0].dtype();
  return kOps.contains(node.op) && native::OpKernel::exists(*node.op) && node.outputs[0].elements() > 0 &&
         (dtype == DType::kF32 || dtype == DType::kBF16 || dtype == DType::kF16);
}

std::string NativeKernels::prepare(const Node& node, std::span<const Shape> operands) {
  std::string key = fmt::format("{}({}){} on {}", node.op->name, fmt::join(operands, ", "),
                                node.attributes.to_string(), threads_);
  Registry::get().add(key, node, operands, threads_);
  return key;
}

}  // namespace easydel::pjrt
