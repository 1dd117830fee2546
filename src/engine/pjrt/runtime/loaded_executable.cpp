#include "engine/pjrt/runtime/loaded_executable.h"

#include "base/atomic_file.h"
#include "base/format.h"
#include "base/log.h"
#include "easydel/error.h"

namespace easydel::pjrt {
namespace {

std::string store_key(const Client& client, const std::string& stablehlo, const std::string& options) {
  return fmt::format("plugin {}\nplatform {} {}\ndevices {}\ncpu {}\noptions {} {}\n{}",
                     client.plugin().build(), client.platform(), client.platform_version(),
                     client.device_kind(), cpu_feature_line(), options.size(), options, stablehlo);
}

/// Keeps a module that did not compile for a report; returns where, or why not.
std::string save_failed_module(const ProgramStore& store, const std::string& stablehlo) {
  const auto folder = store.folder().parent_path() / "failed";
  const auto path = folder / fmt::format("{:016x}.mlir", hash_bytes(stablehlo));
  try {
    ensure_directory(folder);
    write_file_atomically(path, stablehlo);
    return "the module is in " + path.string();
  } catch (const Error& error) {
    return fmt::format("the module could not be saved ({})", error.what());
  }
}

PJRT_LoadedExecutable* deserialize(const Client& client, const std::string& bytes) {
  auto args = make_args<PJRT_Executable_DeserializeAndLoad_Args>();
  args.client = client.get();
  args.serialized_executable = bytes.data();
  args.serialized_executable_size = bytes.size();
  client.api().call(&PJRT_Api::PJRT_Executable_DeserializeAndLoad, args,
                    "PJRT_Executable_DeserializeAndLoad");
  return args.loaded_executable;
}

PJRT_LoadedExecutable* compile_module(const Client& client, const std::string& stablehlo,
                                      const std::string& options, const ProgramStore& store) {
  constexpr std::string_view kFormat = "mlir";
  std::string code = stablehlo;  // the C struct wants it writable
  auto program = make_args<PJRT_Program>();
  program.code = code.data();
  program.code_size = code.size();
  program.format = kFormat.data();
  program.format_size = kFormat.size();
  auto args = make_args<PJRT_Client_Compile_Args>();
  args.client = client.get();
  args.program = &program;
  args.compile_options = options.data();
  args.compile_options_size = options.size();
  try {
    client.api().call(&PJRT_Api::PJRT_Client_Compile, args, "PJRT_Client_Compile");
  } catch (const Error& error) {
    throw Error(error.code(), "compile",
                fmt::format("{}; {}", error.detail(), save_failed_module(store, stablehlo)));
  }
  return args.executable;
}

}  // namespace

LoadedExecutable LoadedExecutable::compile(const std::shared_ptr<const Client>& client,
                                           const std::string& stablehlo, const CompileOptionsFields& options,
                                           ProgramStore& store) {
  const std::string encoded = encode_compile_options(options);
  const std::string key = store_key(*client, stablehlo, encoded);
  if (const auto bytes = store.find(key)) {
    try {
      return {client, deserialize(*client, *bytes), true};
    } catch (const Error& error) {
      log(LogLevel::kInfo, fmt::format("a stored program is compiled again: {}", error.what()));
      store.remove(key);
    }
  }
  LoadedExecutable compiled(client, compile_module(*client, stablehlo, encoded, store), false);
  try {
    store.insert(key, compiled.serialize());
  } catch (const Error& error) {  // a plugin that cannot serialize
    log(LogLevel::kInfo, fmt::format("the program is not stored: {}", error.what()));
  }
  return compiled;
}

LoadedExecutable::LoadedExecutable(std::shared_ptr<const Client> client, PJRT_LoadedExecutable* loaded,
                                   bool from_cache)
    : client_(std::move(client)), loaded_(loaded), from_cache_(from_cache) {
  auto args = make_args<PJRT_LoadedExecutable_GetExecutable_Args>();
  args.loaded_executable = loaded_;
  client_->api().call(&PJRT_Api::PJRT_LoadedExecutable_GetExecutable, args,
                      "PJRT_LoadedExecutable_GetExecutable");
  executable_ = args.executable;
  auto outputs = make_args<PJRT_Executable_NumOutputs_Args>();
  outputs.executable = executable_;
  client_->api().call(&PJRT_Api::PJRT_Executable_NumOutputs, outputs, "PJRT_Executable_NumOutputs");
  outputs_ = outputs.num_outputs;
}

LoadedExecutable::LoadedExecutable(LoadedExecutable&& other) noexcept
    : client_(std::move(other.client_)),
      loaded_(std::exchange(other.loaded_, nullptr)),
      executable_(std::exchange(other.executable_, nullptr)),
      outputs_(other.outputs_),
      from_cache_(other.from_cache_) {}

LoadedExecutable::~LoadedExecutable() {
  if (executable_ != nullptr) {
    auto args = make_args<PJRT_Executable_Destroy_Args>();
    args.executable = executable_;
    client_->api().call_quietly(&PJRT_Api::PJRT_Executable_Destroy, args);
  }
  if (loaded_ != nullptr) {
    auto args = make_args<PJRT_LoadedExecutable_Destroy_Args>();
    args.executable = loaded_;
    client_->api().call_quietly(&PJRT_Api::PJRT_LoadedExecutable_Destroy, args);
  }
}

std::string LoadedExecutable::serialize() const {
  auto args = make_args<PJRT_Executable_Serialize_Args>();
  args.executable = executable_;
  client_->api().call(&PJRT_Api::PJRT_Executable_Serialize, args, "PJRT_Executable_Serialize");
  std::string bytes(args.serialized_bytes, args.serialized_bytes_size);
  args.serialized_executable_deleter(args.serialized_executable);
  return bytes;
}

std::vector<std::vector<DeviceBuffer>> LoadedExecutable::execute(
    const std::vector<std::vector<PJRT_Buffer*>>& arguments, bool wait) const {
  const size_t devices = arguments.size();
  std::vector<PJRT_Buffer* const*> argument_lists;
  argument_lists.reserve(devices);
  for (const std::vector<PJRT_Buffer*>& list : arguments) argument_lists.push_back(list.data());
  std::vector<std::vector<PJRT_Buffer*>> outputs(devices, std::vector<PJRT_Buffer*>(outputs_));
  std::vector<PJRT_Buffer**> output_lists;
  output_lists.reserve(devices);
  for (std::vector<PJRT_Buffer*>& list : outputs) output_lists.push_back(list.data());
  std::vector<PJRT_Event*> events(devices);

  auto options = make_args<PJRT_ExecuteOptions>();
  auto args = make_args<PJRT_LoadedExecutable_Execute_Args>();
  args.executable = loaded_;
  args.options = &options;
  args.argument_lists = argument_lists.data();
  args.num_devices = devices;
  args.num_args = arguments.front().size();
  args.output_lists = output_lists.data();
  if (wait) args.device_complete_events = events.data();
  const Api& api = client_->api();
  api.call(&PJRT_Api::PJRT_LoadedExecutable_Execute, args, "PJRT_LoadedExecutable_Execute");

  std::vector<std::vector<DeviceBuffer>> results(devices);
  for (size_t device = 0; device < devices; ++device)
    for (PJRT_Buffer* buffer : outputs[device]) results[device].emplace_back(client_, buffer);
  for (PJRT_Event* event : events) api.await(event, "PJRT_LoadedExecutable_Execute");
  return results;
}

CompiledMemory LoadedExecutable::memory() const {
  const Api& api = client_->api();
  if (!api.has(&PJRT_Api::PJRT_Executable_GetCompiledMemoryStats)) return {};
  auto args = make_args<PJRT_Executable_GetCompiledMemoryStats_Args>();
  args.executable = executable_;
  try {
    api.call(&PJRT_Api::PJRT_Executable_GetCompiledMemoryStats, args,
             "PJRT_Executable_GetCompiledMemoryStats");
  } catch (const Error&) {  // the plugin does not tell
    return {};
  }
  return {args.argument_size_in_bytes, args.output_size_in_bytes, args.alias_size_in_bytes,
          args.temp_size_in_bytes, args.generated_code_size_in_bytes};
}

}  // namespace easydel::pjrt
