// HttpServer: a small HTTP/1.1 server in the test's own process.
//
//   HttpServer server([](const ServerRequest& request) { return Reply{.status = 200, .body = request.path}; });
//   server.url();   // "http://127.0.0.1:40123"
//
// A reply may misbehave: end early, stall, or say another length than it has.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace easydel::test_support {

struct ServerRequest {
  std::string method, path;                    ///< "GET", "/org/name/resolve/main/config.json"
  std::map<std::string, std::string> headers;  ///< names in lower case

  std::string header(const std::string& name) const;
};

struct Reply {
  int status = 200;
  std::map<std::string, std::string> headers;
  std::string body;
  std::optional<uint64_t> length;      ///< the Content-Length to send, where it is not the body's
  std::optional<size_t> cut_after;     ///< close the connection after so many bytes of the body
  std::chrono::milliseconds stall{0};  ///< before the body
};

class HttpServer {
 public:
  using Handler = std::function<Reply(const ServerRequest&)>;

  /// Listens on a free port of 127.0.0.1. The handler is called from many threads.
  explicit HttpServer(Handler handler);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::string url() const;
  /// Everything that was asked so far.
  std::vector<ServerRequest> requests() const;
  void forget_requests();

 private:
  void accept_all();
  void serve(int connection);

  Handler handler_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::atomic<bool> closing_ = false;
  mutable std::mutex mutex_;
  std::vector<ServerRequest> requests_;
  std::vector<std::thread> connections_;
  std::thread acceptor_;
};

}  // namespace easydel::test_support
