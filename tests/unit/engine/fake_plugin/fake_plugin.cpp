// A shared object that looks like a PJRT plugin and is wrong in one way, chosen when it is compiled.
#include "pjrt_c_api.h"

namespace {

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
