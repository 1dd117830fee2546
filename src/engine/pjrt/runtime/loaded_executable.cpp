#include "engine/pjrt/runtime/loaded_executable.h"

#include <algorithm>
#include <regex>

#include "base/atomic_file.h"
#include "base/format.h"
#include "base/hash.h"
#include "base/log.h"
#include "easydel/error.h"
#include "engine/pjrt/folder.h"
#include "engine/pjrt/runtime/mlir_program.h"

namespace easydel::pjrt {
namespace {

constexpr size_t kFailedModules = 20;

std::string store_key(const Client& client, const std::string& stablehlo, const std::string& options) {
  const std::string& flags = client.plugin().xla_flags();
  return fmt::format(
      "plugin {}\nplatform {} {}\ndevices {}\ncpu {}\nthreads {}\nflags {} {}\noptions {} {}\n{}",
      client.plugin().build(), client.platform(), client.platform_version(), client.device_kind(),
      cpu_feature_line(), client.threads(), flags.size(), flags, options.size(), options, stablehlo);
}

/// Keeps a module that did not compile for a report, and the newest kFailedModules - 1 before it; returns where, or
/// why not.
std::string save_failed_module(const ProgramStore& store, const std::string& stablehlo) {
  const auto folder = store.folder().parent_path() / "failed";
  const auto path = folder / fmt::format("{:016x}.mlir", fnv1a(stablehlo));
  try {
    ensure_directory(folder);
    const std::vector<AgedFile> kept = files_by_age(folder, ".mlir");
    std::error_code ignored;
    for (size_t index = 0; index + kFailedModules <= kept.size(); ++index)
      std::filesystem::remove(kept[index].path, ignored);
    write_file_atomically(path, stablehlo);
    return "the module is in " + path.string();
  } catch (const Error& error) {
    return fmt::format("the module could not be saved ({})", error.what());
  }
}

/// The line of the module that XLA's message blames, as in "-:12:7: error: ..." or loc("-":12:7); empty without one.
std::string blamed_line(std::string_view message, std::string_view stablehlo) {
  static const std::regex location("(?:^|[^\\w>])\"?-\"?:(\\d{1,9}):");
  std::cmatch match;
  if (!std::regex_search(message.begin(), message.end(), match, location)) return "";
  const int wanted = std::stoi(match[1].str());
  for (int line = 1; line < wanted; ++line) {
    const size_t end = stablehlo.find('\n');
    if (end == std::string_view::npos) return "";
    stablehlo.remove_prefix(end + 1);
  }
  constexpr size_t kMost = 300;
  std::string_view text = stablehlo.substr(0, stablehlo.find('\n'));
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return fmt::format("; line {} is `{}`", wanted, text.substr(0, kMost));
}

Owned<PJRT_LoadedExecutable> deserialize(const Client& client, const std::string& bytes) {
  auto args = make_args<PJRT_Executable_DeserializeAndLoad_Args>();
  args.client = client.get();
  args.serialized_executable = bytes.data();
  args.serialized_executable_size = bytes.size();
  client.api().call(&PJRT_Api::PJRT_Executable_DeserializeAndLoad, args,
                    "PJRT_Executable_DeserializeAndLoad");
  return Owned<PJRT_LoadedExecutable>(args.loaded_executable, {&client.api()});
}

Owned<PJRT_LoadedExecutable> compile_module(const Client& client, const std::string& stablehlo,
                                            const std::string& options, const ProgramStore& store) {
  const MlirProgram program(stablehlo);
  auto args = make_args<PJRT_Client_Compile_Args>();
  args.client = client.get();
  args.program = program.get();
  args.compile_options = options.data();
  args.compile_options_size = options.size();
  try {
    client.api().call(&PJRT_Api::PJRT_Client_Compile, args, "PJRT_Client_Compile");
  } catch (const Error& error) {
    throw Error(error.code(), "compile",
                fmt::format("{}{}; {}", error.detail(), blamed_line(error.detail(), stablehlo),
                            save_failed_module(store, stablehlo)));
  }
  return Owned<PJRT_LoadedExecutable>(args.executable, {&client.api()});
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

LoadedExecutable::LoadedExecutable(std::shared_ptr<const Client> client, Owned<PJRT_LoadedExecutable> loaded,
                                   bool from_cache)
    : client_(std::move(client)), loaded_(std::move(loaded)), from_cache_(from_cache) {
  auto args = make_args<PJRT_LoadedExecutable_GetExecutable_Args>();
  args.loaded_executable = loaded_.get();
  client_->api().call(&PJRT_Api::PJRT_LoadedExecutable_GetExecutable, args,
                      "PJRT_LoadedExecutable_GetExecutable");
  executable_ = {args.executable, {&client_->api()}};
  auto outputs = make_args<PJRT_Executable_NumOutputs_Args>();
  outputs.executable = executable_.get();
  client_->api().call(&PJRT_Api::PJRT_Executable_NumOutputs, outputs, "PJRT_Executable_NumOutputs");
  outputs_ = outputs.num_outputs;
}

std::string LoadedExecutable::serialize() const {
  auto args = make_args<PJRT_Executable_Serialize_Args>();
  args.executable = executable_.get();
  client_->api().call(&PJRT_Api::PJRT_Executable_Serialize, args, "PJRT_Executable_Serialize");
  const std::unique_ptr<PJRT_SerializedExecutable, void (*)(PJRT_SerializedExecutable*)> serialized(
      args.serialized_executable, args.serialized_executable_deleter);
  return {args.serialized_bytes, args.serialized_bytes_size};
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
  std::vector<Owned<PJRT_Event>> pending;  // those still to await go when one before them throws
  pending.reserve(devices);

  auto options = make_args<PJRT_ExecuteOptions>();
  auto args = make_args<PJRT_LoadedExecutable_Execute_Args>();
  args.executable = loaded_.get();
  args.options = &options;
  args.argument_lists = argument_lists.data();
  args.num_devices = devices;
  args.num_args = arguments.front().size();
  args.output_lists = output_lists.data();
  if (wait) args.device_complete_events = events.data();
  const Api& api = client_->api();
  api.call(&PJRT_Api::PJRT_LoadedExecutable_Execute, args, "PJRT_LoadedExecutable_Execute");
  for (PJRT_Event* event : events) pending.emplace_back(event, Destroyer{&api});

  std::vector<std::vector<DeviceBuffer>> results(devices);
  for (size_t device = 0; device < devices; ++device)
    for (PJRT_Buffer* buffer : outputs[device]) results[device].emplace_back(client_, buffer);
  for (Owned<PJRT_Event>& event : pending) api.await(event.release(), "PJRT_LoadedExecutable_Execute");
  return results;
}

CompiledMemory LoadedExecutable::memory() const {
  const Api& api = client_->api();
  if (!api.has(&PJRT_Api::PJRT_Executable_GetCompiledMemoryStats)) return {};
  auto args = make_args<PJRT_Executable_GetCompiledMemoryStats_Args>();
  args.executable = executable_.get();
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
