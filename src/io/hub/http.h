// HttpClient: one HTTP request at a time, over libcurl.
//
//   HttpClient client({.timeout = std::chrono::seconds(10)});
//   const HttpResponse head = client.send({.url = "https://huggingface.co/gpt2/resolve/main/config.json", .head = true});
//   head.header("x-repo-commit");
//
// Redirects are not followed here: who follows them decides what the next host is told. Proxies come from the usual
// environment variables (https_proxy, no_proxy), certificates from SSL_CERT_FILE, REQUESTS_CA_BUNDLE or the system.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>

namespace easydel::hub {

struct HttpRequest {
  std::string url;
  bool head = false;    ///< ask for the headers alone
  std::string token;    ///< sent as a bearer token; empty: none
  uint64_t offset = 0;  ///< first byte that is wanted, as a Range
};

struct HttpResponse {
  int status = 0;
  std::map<std::string, std::string, std::less<>> headers;  ///< names in lower case

  /// Empty for a header that is not there.
  std::string_view header(std::string_view name) const;
  bool is_redirect() const { return status >= 300 && status < 400 && !header("location").empty(); }
};

/// No whole response came. `transient` when another try may help.
class HttpFailure : public std::runtime_error {
 public:
  HttpFailure(const std::string& what, bool is_transient)
      : std::runtime_error(what), transient(is_transient) {}
  bool transient;
};

/// The stop token asked to give up.
class HttpStopped : public std::exception {};

struct HttpOptions {
  std::chrono::milliseconds timeout{10000};  ///< to connect, and between two bytes
  std::stop_token stop;
};

class HttpClient {
 public:
  /// Gets the bodies of responses of status 200 and 206; may throw.
  using Body = std::function<void(const HttpResponse&, std::span<const std::byte>)>;

  explicit HttpClient(HttpOptions options);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Sends one request over the connection of the one before where that is open. Throws HttpFailure, HttpStopped, and
  /// what `body` throws.
  HttpResponse send(const HttpRequest& request, const Body& body = {});

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
  HttpOptions options_;
};

/// `target` as seen from `base`: "/b" from "http://h/a" is "http://h/b". Empty for what is no http address.
std::string joined_url(const std::string& base, const std::string& target);
/// Scheme, host and port: "https://huggingface.co:443". Empty for what is no http address.
std::string origin_of(const std::string& url);

}  // namespace easydel::hub
