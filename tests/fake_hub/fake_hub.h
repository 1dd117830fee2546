// FakeHub: answers as the Hugging Face Hub does, on this machine, and misbehaves on request.
//
//   FakeHub hub;
//   hub.add("org/name", "config.json", "{}");
//   hub.add_large("org/name", "model.safetensors", bytes);   // named by SHA-256, served by another port
//   hub.on([](const ServerRequest& request, int count) -> std::optional<Reply> { ... });   // count: 0, 1, ... per path
//   snapshot_download("org/name", {.endpoint = hub.url()});
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "fake_hub/http_server.h"

namespace easydel::test_support {

class FakeHub {
 public:
  /// Asked first for each request to the Hub and to its storage of large files; `count` is how often that method and
  /// path came before. Nothing: answer as the Hub does.
  using Fault = std::function<std::optional<Reply>(const ServerRequest&, int count)>;

  FakeHub();

  void add(const std::string& repo, const std::string& file, std::string content);
  void add_large(const std::string& repo, const std::string& file, std::string content);
  /// Only who sends this token gets a repository's files.
  void require_token(const std::string& repo, const std::string& token);
  /// What the branch "main" of every repository stands for; forty digits.
  void set_commit(const std::string& commit);
  void on(Fault fault);
  /// The storage ignores Range headers.
  void ignore_ranges();

  std::string url() const { return server_.url(); }
  const std::string& commit() const { return commit_; }
  HttpServer& server() { return server_; }
  HttpServer& storage() { return storage_; }
  /// How many requests of a method came for paths that end so, to either server.
  int count(const std::string& method, const std::string& ending = "") const;

  /// The etag of a file: its name in blobs/.
  static std::string etag_of(const std::string& content, bool large);

 private:
  struct File {
    std::string content;
    bool large = false;
  };
  std::optional<Reply> fault(const ServerRequest& request);
  Reply answer(const ServerRequest& request);
  Reply store(const ServerRequest& request);

  mutable std::mutex mutex_;
  std::map<std::string, std::map<std::string, File>> repos_;
  std::map<std::string, std::string> tokens_;
  std::map<std::string, int> counts_;
  std::string commit_ = "0123456789abcdef0123456789abcdef01234567";
  Fault fault_;
  bool ignores_ranges_ = false;
  HttpServer storage_, server_;  // last: they use the rest
};

}  // namespace easydel::test_support
