// A shared object that looks like a PJRT plugin and is wrong in one way, chosen when it is compiled.
#include "pjrt_c_api.h"

namespace {

#ifdef FAKE_NO_DEVICES
// Clients can be made, and have nothing to run on.
PJRT_Error* succeed_create(PJRT_Client_Create_Args* args) {
  static char client = 0;
  args->client = reinterpret_cast<PJRT_Client*>(&client);
  return nullptr;
}
PJRT_Error* no_devices(PJRT_Client_AddressableDevices_Args* args) {
  args->addressable_devices = nullptr;
  args->num_addressable_devices = 0;
  return nullptr;
}
PJRT_Error* destroy_client(PJRT_Client_Destroy_Args* /*args*/) {
  return nullptr;
}
void destroy_error(PJRT_Error_Destroy_Args* /*args*/) {}
void error_message(PJRT_Error_Message_Args* args) {
  args->message = "";
  args->message_size = 0;
}
PJRT_Error* error_code(PJRT_Error_GetCode_Args* args) {
  args->code = PJRT_Error_Code_UNKNOWN;
  return nullptr;
}
#endif

PJRT_Api make_api() {
  PJRT_Api api{};
  api.struct_size = sizeof(PJRT_Api);
  api.pjrt_api_version.struct_size = sizeof(PJRT_Api_Version);
  api.pjrt_api_version.major_version = PJRT_API_MAJOR;
  api.pjrt_api_version.minor_version = PJRT_API_MINOR;
#if defined(FAKE_OTHER_MAJOR)
  api.pjrt_api_version.major_version = PJRT_API_MAJOR + 7;
#elif defined(FAKE_TOO_SHORT)
  api.struct_size = sizeof(size_t);
#elif defined(FAKE_NO_DEVICES)
  api.PJRT_Client_Create = succeed_create;
  api.PJRT_Client_AddressableDevices = no_devices;
  api.PJRT_Client_Destroy = destroy_client;
  api.PJRT_Error_Destroy = destroy_error;
  api.PJRT_Error_Message = error_message;
  api.PJRT_Error_GetCode = error_code;
#endif
  return api;  // FAKE_NO_CALLS: a version that fits, and not one function
}

}  // namespace

#ifdef FAKE_OTHER_SYMBOL
extern "C" __attribute__((visibility("default"))) int GetSomethingElse() {
  return static_cast<int>(make_api().struct_size);
}
#else
extern "C" __attribute__((visibility("default"))) const PJRT_Api* GetPjrtApi() {
#ifdef FAKE_NULL
  return nullptr;
#else
  static const PJRT_Api api = make_api();
  return &api;
#endif
}
#endif
