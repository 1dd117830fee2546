// libcurl, loaded when it is first needed: it brings some thirty other libraries, whose loading would add milliseconds to
// every start of every program.
//
//   const CurlLibrary& curl = curl_library();
//   CURL* handle = curl.easy_init();
#pragma once

#include <curl/curl.h>

namespace easydel::hub {

struct CurlLibrary {
  decltype(&curl_global_init) global_init;
  decltype(&curl_easy_init) easy_init;
  decltype(&curl_easy_cleanup) easy_cleanup;
  decltype(&curl_easy_reset) easy_reset;
  decltype(&curl_easy_setopt) easy_setopt;
  decltype(&curl_easy_perform) easy_perform;
  decltype(&curl_easy_getinfo) easy_getinfo;
  decltype(&curl_easy_strerror) easy_strerror;
  decltype(&curl_slist_append) slist_append;
  decltype(&curl_slist_free_all) slist_free_all;
  decltype(&curl_url) url;
  decltype(&curl_url_cleanup) url_cleanup;
  decltype(&curl_url_set) url_set;
  decltype(&curl_url_get) url_get;
  decltype(&curl_free) free;
};

/// Ready for use, for good. Throws Error(kUnsupported) where the library is missing.
const CurlLibrary& curl_library();

}  // namespace easydel::hub
