#include "engine/pjrt/runtime/api.h"

#include <algorithm>

#include "base/format.h"
#include "easydel/error.h"

namespace easydel::pjrt {
namespace {

ErrorCode error_code(PJRT_Error_Code code) {
  switch (code) {
    case PJRT_Error_Code_NOT_FOUND:
      return ErrorCode::kNotFound;
    case PJRT_Error_Code_UNIMPLEMENTED:
    case PJRT_Error_Code_UNAVAILABLE:
    case PJRT_Error_Code_FAILED_PRECONDITION:
      return ErrorCode::kUnsupported;
    case PJRT_Error_Code_INTERNAL:
      return ErrorCode::kInternal;
    default:
      return ErrorCode::kInvalidArgument;
  }
}

/// The first paragraph as one line: XLA appends stack traces and dumps.
std::string one_line(std::string_view message) {
  constexpr size_t kMost = 600;
  std::string text(message.substr(0, message.find("\n\n")).substr(0, kMost));
  std::ranges::replace(text, '\n', ' ');
  return text;
}

}  // namespace

Api::Api(const PJRT_Api* api, std::string plugin, std::string_view package)
    : api_(api), plugin_(std::move(plugin)) {
  const auto fail = [&](std::string detail) {
    throw Error(ErrorCode::kUnsupported, "plugin",
                fmt::format("{} {}; wanted: {}", plugin_, detail, package));
  };
  if (api == nullptr) fail("gives no PJRT interface (GetPjrtApi returned null)");
  constexpr size_t kVersionEnd = offsetof(PJRT_Api, pjrt_api_version) + sizeof(PJRT_Api_Version);
  if (api->struct_size < kVersionEnd)
    fail(fmt::format("has a PJRT interface of {} bytes, which is too short to hold a version",
                     api->struct_size));
  if (major_version() != PJRT_API_MAJOR)
    fail(fmt::format("speaks PJRT {}.{}, this build speaks {}.{}", major_version(), minor_version(),
                     PJRT_API_MAJOR, PJRT_API_MINOR));
  if (!has(&PJRT_Api::PJRT_Error_Message) || !has(&PJRT_Api::PJRT_Error_Destroy) ||
      !has(&PJRT_Api::PJRT_Error_GetCode) || !has(&PJRT_Api::PJRT_Client_Create))
    fail(fmt::format("has a PJRT {}.{} interface of {} bytes, which lacks the basic calls", major_version(),
                     minor_version(), api->struct_size));
}

const PJRT_Extension_Base* Api::find_extension(PJRT_Extension_Type type) const noexcept {
  const PJRT_Extension_Base* extension = api_->extension_start;
  while (extension != nullptr && extension->type != type) extension = extension->next;
  return extension;
}

void Api::raise(PJRT_Error* error, std::string_view name) const {
  auto message = make_args<PJRT_Error_Message_Args>();
  message.error = error;
  api_->PJRT_Error_Message(&message);
  auto code = make_args<PJRT_Error_GetCode_Args>();
  code.error = error;
  PJRT_Error* failure = api_->PJRT_Error_GetCode(&code);
  if (failure != nullptr) destroy(failure);
  const std::string text = one_line({message.message, message.message_size});
  destroy(error);
  throw Error(failure != nullptr ? ErrorCode::kInternal : error_code(code.code), "pjrt",
              fmt::format("{} of {}: {}", name, plugin_, text));
}

void Api::missing(std::string_view name) const {
  throw Error(ErrorCode::kUnsupported, "pjrt",
              fmt::format("{} speaks PJRT {}.{} and lacks {}; install a newer plugin", plugin_,
                          major_version(), minor_version(), name));
}

void Api::await(PJRT_Event* event, std::string_view what) const {
  if (event == nullptr) return;
  const Owned<PJRT_Event> owned(event, {this});
  auto args = make_args<PJRT_Event_Await_Args>();
  args.event = event;
  call(&PJRT_Api::PJRT_Event_Await, args, what);
}

void Api::destroy(PJRT_Client* client) const noexcept {
  auto args = make_args<PJRT_Client_Destroy_Args>();
  args.client = client;
  call_quietly(&PJRT_Api::PJRT_Client_Destroy, args);
}

void Api::destroy(PJRT_LoadedExecutable* executable) const noexcept {
  auto args = make_args<PJRT_LoadedExecutable_Destroy_Args>();
  args.executable = executable;
  call_quietly(&PJRT_Api::PJRT_LoadedExecutable_Destroy, args);
}

void Api::destroy(PJRT_Executable* executable) const noexcept {
  auto args = make_args<PJRT_Executable_Destroy_Args>();
  args.executable = executable;
  call_quietly(&PJRT_Api::PJRT_Executable_Destroy, args);
}

void Api::destroy(PJRT_Event* event) const noexcept {
  if (event == nullptr) return;
  auto args = make_args<PJRT_Event_Destroy_Args>();
  args.event = event;
  call_quietly(&PJRT_Api::PJRT_Event_Destroy, args);
}

void Api::destroy(PJRT_Error* error) const noexcept {
  auto args = make_args<PJRT_Error_Destroy_Args>();
  args.error = error;
  api_->PJRT_Error_Destroy(&args);
}

PJRT_Buffer_Type buffer_type(DType dtype) {
  switch (dtype) {
    case DType::kBool:
      return PJRT_Buffer_Type_PRED;
    case DType::kI8:
      return PJRT_Buffer_Type_S8;
    case DType::kU8:
      return PJRT_Buffer_Type_U8;
    case DType::kI32:
      return PJRT_Buffer_Type_S32;
    case DType::kU32:
      return PJRT_Buffer_Type_U32;
    case DType::kI64:
      return PJRT_Buffer_Type_S64;
    case DType::kF16:
      return PJRT_Buffer_Type_F16;
    case DType::kBF16:
      return PJRT_Buffer_Type_BF16;
    case DType::kF32:
      return PJRT_Buffer_Type_F32;
    case DType::kF64:
      return PJRT_Buffer_Type_F64;
    case DType::kAuto:
      break;
  }
  throw Error(ErrorCode::kUnsupported, "pjrt", "\"auto\" is no type of a buffer; choose a dtype first");
}

}  // namespace easydel::pjrt
