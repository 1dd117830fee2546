// Api: PJRT's C functions with errors as exceptions. The only header that includes pjrt_c_api.h.
//
//   auto args = make_args<PJRT_Client_PlatformName_Args>();
//   args.client = client;
//   api.call(&PJRT_Api::PJRT_Client_PlatformName, args, "PJRT_Client_PlatformName");
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "easydel/dtype.h"
#include "pjrt_c_api.h"

namespace easydel::pjrt {

/// Zeroed, with its size set.
template <typename Args>
Args make_args() {
  Args args{};
  args.struct_size = sizeof(Args);
  return args;
}

class Api {
 public:
  /// `api` is what a plugin's GetPjrtApi returned, not checked yet; `plugin` names it in errors. Throws
  /// Error(kUnsupported) naming `package` for another major version or a table that is too short.
  Api(const PJRT_Api* api, std::string plugin, std::string_view package);

  /// Calls a function of the table. Throws Error(kUnsupported) when this plugin's table ends before it, and the
  /// plugin's own error otherwise.
  template <typename Args>
  void call(PJRT_Error* (*PJRT_Api::*function)(Args*), Args& args, std::string_view name) const {
    if (!has(function)) missing(name);
    if (PJRT_Error* error = (api_->*function)(&args)) raise(error, name);
  }
  /// As call(), for functions that tear down: nothing to report, nothing thrown.
  template <typename Args>
  void call_quietly(PJRT_Error* (*PJRT_Api::*function)(Args*), Args& args) const noexcept {
    if (!has(function)) return;
    if (PJRT_Error* error = (api_->*function)(&args)) destroy(error);
  }
  /// Whether the table, which newer versions only append to, reaches this function.
  template <typename Function>
  bool has(Function PJRT_Api::*function) const noexcept {
    const auto offset =
        reinterpret_cast<const char*>(&(api_->*function)) - reinterpret_cast<const char*>(api_);
    return static_cast<size_t>(offset) + sizeof(Function) <= api_->struct_size && api_->*function != nullptr;
  }

  /// Throws the error, if there is one, of a function that is not in the table.
  void check(PJRT_Error* error, std::string_view name) const {
    if (error != nullptr) raise(error, name);
  }
  /// Null when the plugin has no extension of that type.
  const PJRT_Extension_Base* find_extension(PJRT_Extension_Type type) const noexcept;

  const std::string& plugin() const { return plugin_; }
  int major_version() const { return api_->pjrt_api_version.major_version; }
  int minor_version() const { return api_->pjrt_api_version.minor_version; }

  /// Waits until the event is ready, destroys it, and throws its error. Null is ready.
  void await(PJRT_Event* event, std::string_view what) const;
  void destroy(PJRT_Client* client) const noexcept;
  void destroy(PJRT_LoadedExecutable* executable) const noexcept;
  void destroy(PJRT_Executable* executable) const noexcept;
  void destroy(PJRT_Event* event) const noexcept;
  void destroy(PJRT_Error* error) const noexcept;

 private:
  [[noreturn]] void raise(PJRT_Error* error, std::string_view name) const;
  [[noreturn]] void missing(std::string_view name) const;

  const PJRT_Api* api_;
  std::string plugin_;
};

/// Owns what a plugin made: Owned<PJRT_Event> event(args.event, {&api}). The Api must live longer.
struct Destroyer {
  const Api* api = nullptr;
  template <typename Object>
  void operator()(Object* object) const noexcept {
    api->destroy(object);
  }
};
template <typename Object>
using Owned = std::unique_ptr<Object, Destroyer>;

/// Throws Error(kUnsupported) for kAuto.
PJRT_Buffer_Type buffer_type(DType dtype);

}  // namespace easydel::pjrt
