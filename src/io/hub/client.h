// HubClient: asks a Hub about the files of one repository, and turns its refusals into errors that say what to do.
//
//   HubClient client("HuggingFaceTB/SmolLM2-135M", settings, stop);
//   const FileInfo info = client.look_up("main", "config.json", settings.max_retries);
//   client.get(info.commit, "config.json", 0, [](const HttpResponse&, std::span<const std::byte> bytes) { ... });
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "easydel/error.h"
#include "io/hub/http.h"
#include "io/hub/settings.h"

namespace easydel::hub {

/// What a Hub says about a file without sending it.
struct FileInfo {
  std::string commit;            ///< that the revision stands for
  std::string etag;              ///< names the content; empty: the commit has no such file
  std::optional<uint64_t> size;  ///< in bytes

  bool exists() const { return !etag.empty(); }
};

/// An error of the network or the Hub.
class HubError : public Error {
 public:
  struct Kind {
    bool transient = false;        ///< another try may help
    bool cache_may_serve = true;   ///< the Hub did not answer the question, so an older answer counts
    std::chrono::seconds wait{0};  ///< that the Hub asks for before the next try
  };
  HubError(ErrorCode code, std::string detail, Kind kind)
      : Error(code, "hub", std::move(detail)), kind_(kind) {}
  const Kind& kind() const { return kind_; }

 private:
  Kind kind_;
};

/// Counts failures that may pass and waits between tries: retry_wait, twice, ... eight times as long, or what the Hub
/// asks for.
class Retries {
 public:
  Retries(const HubSettings& settings, int most, std::stop_token stop)
      : wait_(settings.retry_wait), most_(most), stop_(std::move(stop)) {}

  /// Waits before the next try; throws the error again when it is of no use. Inside a catch only.
  void next(const HubError& error, std::string_view file);
  /// There was progress: the failures before count no more.
  void reset() { failures_ = 0; }

 private:
  std::chrono::milliseconds wait_;
  int most_, failures_ = 0;
  std::stop_token stop_;
};

/// For one thread.
class HubClient {
 public:
  HubClient(std::string repo_id, const HubSettings& settings, std::stop_token stop);

  /// Looks up a file of a branch, tag or commit, with so many retries. Throws HubError.
  FileInfo look_up(const std::string& revision, const std::string& file, int retries);
  /// Fetches a file from a byte on, one try. A server may answer with the whole file: status 200 in place of 206.
  /// Throws HubError, HttpStopped, and what `body` throws.
  HttpResponse get(const std::string& commit, const std::string& file, uint64_t offset,
                   const HttpClient::Body& body);

  const HubSettings& settings() const { return settings_; }
  const std::string& repo_id() const { return repo_id_; }
  const std::stop_token& stop() const { return stop_; }

 private:
  FileInfo look_up_once(const std::string& revision, const std::string& file);
  HttpResponse send(HttpRequest request, const std::string& file, const HttpClient::Body& body = {});
  std::string redirect_target(const HttpRequest& request, const HttpResponse& response,
                              const std::string& file) const;
  HubError refusal(const HttpResponse& response, const std::string& revision, const std::string& file) const;

  std::string repo_id_;
  const HubSettings& settings_;
  std::stop_token stop_;
  std::string origin_;  ///< the one place that the token is sent to
  HttpClient http_;
};

}  // namespace easydel::hub
