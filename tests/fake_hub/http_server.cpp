#include "fake_hub/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

namespace easydel::test_support {
namespace {

using namespace std::chrono_literals;

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// Whether bytes can be read before the server closes.
bool wait_for_bytes(int connection, const std::atomic<bool>& closing) {
  pollfd waiting{connection, POLLIN, 0};
  while (!closing)
    if (poll(&waiting, 1, 20) > 0) return true;
  return false;
}

/// The header of the next request; empty at the end of the connection.
std::string read_header(int connection, const std::atomic<bool>& closing) {
  std::string text;
  char byte = 0;
  while (!text.ends_with("\r\n\r\n")) {
    if (!wait_for_bytes(connection, closing) || recv(connection, &byte, 1, 0) != 1) return {};
    text += byte;
  }
  return text;
}

ServerRequest parse(const std::string& text) {
  ServerRequest request;
  const size_t space = text.find(' '), end = text.find(' ', space + 1);
  request.method = text.substr(0, space);
  request.path = text.substr(space + 1, end - space - 1);
  for (size_t line = text.find("\r\n") + 2; line + 2 < text.size(); line = text.find("\r\n", line) + 2) {
    const size_t colon = text.find(": ", line);
    request.headers[lower(text.substr(line, colon - line))] =
        text.substr(colon + 2, text.find("\r\n", line) - colon - 2);
  }
  return request;
}

bool send_all(int connection, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

}  // namespace

std::string ServerRequest::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

HttpServer::HttpServer(Handler handler) : handler_(std::move(handler)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 64) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("no port to listen on");
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

HttpServer::~HttpServer() {
  closing_ = true;
  acceptor_.join();
  for (std::thread& connection : connections_) connection.join();
  close(listener_);
}

std::string HttpServer::url() const {
  return "http://127.0.0.1:" + std::to_string(port_);
}

std::vector<ServerRequest> HttpServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void HttpServer::forget_requests() {
  const std::lock_guard lock(mutex_);
  requests_.clear();
}

void HttpServer::accept_all() {
  while (wait_for_bytes(listener_, closing_))
    connections_.emplace_back(
        [this, connection = accept(listener_, nullptr, nullptr)] { serve(connection); });
}

void HttpServer::serve(int connection) {
  for (std::string header; !(header = read_header(connection, closing_)).empty();) {
    const ServerRequest request = parse(header);
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    const Reply reply = handler_(request);
    std::string head = "HTTP/1.1 " + std::to_string(reply.status) + " Reply\r\n";
    for (const auto& [name, value] : reply.headers) head += name + ": " + value + "\r\n";
    head += "Content-Length: " + std::to_string(reply.length.value_or(reply.body.size())) + "\r\n\r\n";
    if (!send_all(connection, head)) break;
    const auto until = std::chrono::steady_clock::now() + reply.stall;
    while (std::chrono::steady_clock::now() < until && !closing_) std::this_thread::sleep_for(5ms);
    const size_t count = std::min(reply.body.size(), reply.cut_after.value_or(reply.body.size()));
    const bool whole = count == reply.length.value_or(reply.body.size());
    if (request.method == "HEAD") continue;
    if (!send_all(connection, std::string_view(reply.body).substr(0, count)) || !whole) break;
  }
  close(connection);
}

}  // namespace easydel::test_support
