#include "io/hub/http.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <exception>

#include "easydel/version.h"
#include "io/hub/curl_library.h"

namespace easydel::hub {
namespace {

using Clock = std::chrono::steady_clock;

/// One exchange, as curl's callbacks see it.
struct Exchange {
  HttpResponse response;
  const HttpClient::Body* body = nullptr;
  const HttpOptions* options = nullptr;
  curl_off_t received = 0;
  Clock::time_point last_byte = Clock::now();
  bool timed_out = false;
  std::exception_ptr thrown;  // nothing may be thrown through C
};

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

size_t on_header(char* data, size_t size, size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const std::string_view line(data, size * count);
  if (line.starts_with("HTTP/")) exchange.response.headers.clear();  // an interim response came before
  if (const size_t colon = line.find(':'); colon != line.npos && !line.starts_with("HTTP/")) {
    std::string name(trimmed(line.substr(0, colon)));
    std::ranges::transform(name, name.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    exchange.response.headers[name] = trimmed(line.substr(colon + 1));
  }
  return size * count;
}

int status_of(CURL* curl) {
  long status = 0;
  curl_library().easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  return static_cast<int>(status);
}

struct BodyTarget {
  CURL* curl;
  Exchange* exchange;
};

size_t on_body(char* data, size_t size, size_t count, void* user) {
  const auto& [curl, exchange] = *static_cast<BodyTarget*>(user);
  exchange->response.status = status_of(curl);
  const bool wanted = exchange->response.status == 200 || exchange->response.status == 206;
  if (wanted && *exchange->body) {
    try {
      (*exchange->body)(exchange->response, std::as_bytes(std::span(data, size * count)));
    } catch (...) {
      exchange->thrown = std::current_exception();
      return 0;
    }
  }
  return size * count;
}

int on_progress(void* user, curl_off_t, curl_off_t received, curl_off_t, curl_off_t) {
  auto& exchange = *static_cast<Exchange*>(user);
  const auto now = Clock::now();
  if (received != exchange.received) {
    exchange.received = received;
    exchange.last_byte = now;
  }
  exchange.timed_out = now - exchange.last_byte > exchange.options->timeout;
  return exchange.timed_out || exchange.options->stop.stop_requested() ? 1 : 0;
}

bool is_transient(CURLcode code) {
  switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
      return false;
    default:
      return true;
  }
}

struct Url {
  CURLU* handle = curl_library().url();

  Url() = default;
  ~Url() { curl_library().url_cleanup(handle); }
  Url(const Url&) = delete;
  Url& operator=(const Url&) = delete;

  bool set(const std::string& text) const {
    return curl_library().url_set(handle, CURLUPART_URL, text.c_str(), 0) == CURLUE_OK;
  }
  std::string part(CURLUPart which, unsigned int flags = 0) const {
    char* text = nullptr;
    if (curl_library().url_get(handle, which, &text, flags) != CURLUE_OK) return {};
    std::string result(text);
    curl_library().free(text);
    return result;
  }
  bool is_http() const {
    const std::string scheme = part(CURLUPART_SCHEME);
    return scheme == "http" || scheme == "https";
  }
};

const char* certificates() {
  for (const char* name : {"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"})
    if (const char* path = std::getenv(name); path != nullptr && *path != '\0') return path;
  return nullptr;
}

}  // namespace

struct HttpClient::Handle {
  CURL* curl = curl_library().easy_init();

  Handle() = default;
  ~Handle() { curl_library().easy_cleanup(curl); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
};

std::string_view HttpResponse::header(std::string_view name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

HttpClient::HttpClient(HttpOptions options) : options_(std::move(options)) {
  handle_ = std::make_unique<Handle>();
  if (handle_->curl == nullptr) throw std::bad_alloc();
}

HttpClient::~HttpClient() = default;

HttpResponse HttpClient::send(const HttpRequest& request, const Body& body) {
  const CurlLibrary& api = curl_library();
  CURL* curl = handle_->curl;
  api.easy_reset(curl);  // keeps the connections
  Exchange exchange{.response = {}, .body = &body, .options = &options_};
  BodyTarget target{curl, &exchange};
  std::array<char, CURL_ERROR_SIZE> message{};

  api.easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  api.easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  api.easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  api.easy_setopt(curl, CURLOPT_ERRORBUFFER, message.data());
  api.easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.timeout.count()));
  api.easy_setopt(curl, CURLOPT_NOBODY, request.head ? 1L : 0L);
  api.easy_setopt(curl, CURLOPT_USERAGENT, fmt::format("easydel/{}", version()).c_str());
  if (const char* path = certificates(); path != nullptr) api.easy_setopt(curl, CURLOPT_CAINFO, path);
  if (request.offset > 0) api.easy_setopt(curl, CURLOPT_RANGE, fmt::format("{}-", request.offset).c_str());
  api.easy_setopt(curl, CURLOPT_HEADERFUNCTION, &on_header);
  api.easy_setopt(curl, CURLOPT_HEADERDATA, &exchange);
  api.easy_setopt(curl, CURLOPT_WRITEFUNCTION, &on_body);
  api.easy_setopt(curl, CURLOPT_WRITEDATA, &target);
  api.easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  api.easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &on_progress);
  api.easy_setopt(curl, CURLOPT_XFERINFODATA, &exchange);

  // Compressed bodies would come without their length.
  curl_slist* headers = api.slist_append(nullptr, "Accept-Encoding: identity");
  if (!request.token.empty())
    headers = api.slist_append(headers, fmt::format("Authorization: Bearer {}", request.token).c_str());
  api.easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  const CURLcode code = api.easy_perform(curl);
  api.slist_free_all(headers);

  if (exchange.thrown) std::rethrow_exception(exchange.thrown);
  if (options_.stop.stop_requested()) throw HttpStopped();
  if (exchange.timed_out || code == CURLE_OPERATION_TIMEDOUT)
    throw HttpFailure(
        fmt::format("no answer within {:g} s", static_cast<double>(options_.timeout.count()) / 1e3), true);
  if (code != CURLE_OK)
    throw HttpFailure(message[0] != '\0' ? message.data() : api.easy_strerror(code), is_transient(code));
  exchange.response.status = status_of(curl);
  return std::move(exchange.response);
}

std::string joined_url(const std::string& base, const std::string& target) {
  const Url url;
  return url.set(base) && url.set(target) && url.is_http() ? url.part(CURLUPART_URL) : std::string();
}

std::string origin_of(const std::string& url) {
  const Url parsed;
  if (!parsed.set(url) || !parsed.is_http()) return {};
  return fmt::format("{}://{}:{}", parsed.part(CURLUPART_SCHEME), parsed.part(CURLUPART_HOST),
                     parsed.part(CURLUPART_PORT, CURLU_DEFAULT_PORT));
}

}  // namespace easydel::hub
