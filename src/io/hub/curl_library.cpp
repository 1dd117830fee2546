#include "io/hub/curl_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include "easydel/error.h"

namespace easydel::hub {
namespace {

constexpr const char* kFileName = "libcurl.so.4";

Error unusable(const char* why) {
  return {ErrorCode::kUnsupported, "hub",
          fmt::format("fetching needs {}, which cannot be used: {}; install it (Debian: libcurl4)", kFileName,
                      why)};
}

template <typename Function>
void bind(void* library, Function& function, const char* name) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  if (function == nullptr) throw unusable(::dlerror());
}

CurlLibrary load() {
  void* library = ::dlopen(kFileName, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw unusable(::dlerror());
  CurlLibrary curl{};
  bind(library, curl.global_init, "curl_global_init");
  bind(library, curl.easy_init, "curl_easy_init");
  bind(library, curl.easy_cleanup, "curl_easy_cleanup");
  bind(library, curl.easy_reset, "curl_easy_reset");
  bind(library, curl.easy_setopt, "curl_easy_setopt");
  bind(library, curl.easy_perform, "curl_easy_perform");
  bind(library, curl.easy_getinfo, "curl_easy_getinfo");
  bind(library, curl.easy_strerror, "curl_easy_strerror");
  bind(library, curl.slist_append, "curl_slist_append");
  bind(library, curl.slist_free_all, "curl_slist_free_all");
  bind(library, curl.url, "curl_url");
  bind(library, curl.url_cleanup, "curl_url_cleanup");
  bind(library, curl.url_set, "curl_url_set");
  bind(library, curl.url_get, "curl_url_get");
  bind(library, curl.free, "curl_free");
  if (const CURLcode code = curl.global_init(CURL_GLOBAL_DEFAULT); code != CURLE_OK)
    throw unusable(curl.easy_strerror(code));
  return curl;
}

}  // namespace

const CurlLibrary& curl_library() {
  static const CurlLibrary library = load();
  return library;
}

}  // namespace easydel::hub
