#include "io/hub/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <mutex>

#include "base/log.h"
#include "io/hub/names.h"

namespace easydel::hub {
namespace {

constexpr int kMaxRedirects = 10;
constexpr std::chrono::seconds kLongestWait{300};  // a Hub that asks for more gets an error

std::optional<uint64_t> number(std::string_view text) {
  uint64_t value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || status != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_busy(int status) {
  return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

bool is_missing_entry(const HttpResponse& response) {
  if (response.status != 404) return false;
  const std::string_view code = response.header("x-error-code");
  return code == "EntryNotFound" || (code.empty() && !response.header("x-repo-commit").empty());
}

void sleep(std::chrono::milliseconds time, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, time, [] { return false; });
  if (stop.stop_requested()) throw HttpStopped();
}

}  // namespace

void Retries::next(const HubError& error, std::string_view file) {
  if (!error.kind().transient || error.kind().wait > kLongestWait) throw error;
  if (failures_ == most_) {
    if (most_ == 0) throw error;
    throw HubError(error.code(), fmt::format("{} (tried {} times)", error.detail(), most_ + 1), error.kind());
  }
  const auto pause =
      std::max<std::chrono::milliseconds>(wait_ * (1 << std::min(failures_, 3)), error.kind().wait);
  ++failures_;
  log(LogLevel::kWarning, fmt::format("{}: {}; trying again in {:g} s", file, error.detail(),
                                      static_cast<double>(pause.count()) / 1e3));
  sleep(pause, stop_);
}

HubClient::HubClient(std::string repo_id, const HubSettings& settings, std::stop_token stop)
    : repo_id_(std::move(repo_id)),
      settings_(settings),
      stop_(std::move(stop)),
      origin_(origin_of(settings.endpoint)),
      http_({.timeout = settings.timeout, .stop = stop_}) {}

FileInfo HubClient::look_up(const std::string& revision, const std::string& file, int retries) {
  Retries tries(settings_, retries, stop_);
  while (true) {
    try {
      return look_up_once(revision, file);
    } catch (const HubError& error) {
      tries.next(error, file);
    }
  }
}

FileInfo HubClient::look_up_once(const std::string& revision, const std::string& file) {
  HttpRequest request{.url = file_url(settings_.endpoint, repo_id_, revision, file), .head = true};
  HttpResponse response = send(request, file);
  // A redirect that names the commit points to the storage of large files and says all that is asked here. Others
  // lead on: to the new name of a repository, or from a mirror to the Hub.
  for (int hops = 0; response.is_redirect() && response.header("x-repo-commit").empty(); ++hops) {
    if (hops == kMaxRedirects)
      throw HubError(ErrorCode::kIo, fmt::format("{}: {} is redirected without end", repo_id_, file), {});
    request.url = redirect_target(request, response, file);
    response = send(request, file);
  }

  FileInfo info{.commit = std::string(response.header("x-repo-commit")), .etag = {}, .size = {}};
  const auto malformed = [&](std::string_view what) {
    return HubError(ErrorCode::kIo,
                    fmt::format("{} answers about {} without {}, so it is no Hub; check HF_ENDPOINT and the "
                                "proxy's settings",
                                settings_.endpoint, file, what),
                    {});
  };
  if (is_missing_entry(response)) {
    if (!is_file_name(info.commit)) throw malformed("a commit (X-Repo-Commit)");
    return info;
  }
  if (response.status >= 400) throw refusal(response, revision, file);
  if (!is_file_name(info.commit)) throw malformed("a commit (X-Repo-Commit)");
  const std::string_view linked = response.header("x-linked-etag");
  info.etag = plain_etag(linked.empty() ? response.header("etag") : linked);
  if (!is_file_name(info.etag)) throw malformed("an ETag");
  info.size = number(response.header("x-linked-size"));
  if (!info.size && !response.is_redirect()) info.size = number(response.header("content-length"));
  return info;
}

HttpResponse HubClient::get(const std::string& commit, const std::string& file, uint64_t offset,
                            const HttpClient::Body& body) {
  HttpRequest request{.url = file_url(settings_.endpoint, repo_id_, commit, file), .offset = offset};
  for (int hops = 0; hops <= kMaxRedirects; ++hops) {
    HttpResponse response = send(request, file, body);
    if (response.status == 200 || response.status == 206 || response.status == 416) return response;
    if (!response.is_redirect()) throw refusal(response, commit, file);
    request.url = redirect_target(request, response, file);
  }
  throw HubError(ErrorCode::kIo, fmt::format("{}: {} is redirected without end", repo_id_, file), {});
}

HttpResponse HubClient::send(HttpRequest request, const std::string& file, const HttpClient::Body& body) {
  if (origin_of(request.url) == origin_) request.token = settings_.token;
  try {
    return http_.send(request, body);
  } catch (const HttpFailure& failure) {
    throw HubError(
        ErrorCode::kIo,
        fmt::format("{} of {} cannot be fetched from {}: {}; check the network, and https_proxy where there "
                    "is a proxy",
                    file, repo_id_, settings_.endpoint, failure.what()),
        {.transient = failure.transient});
  }
}

std::string HubClient::redirect_target(const HttpRequest& request, const HttpResponse& response,
                                       const std::string& file) const {
  std::string target = joined_url(request.url, std::string(response.header("location")));
  if (target.empty() || (request.url.starts_with("https:") && !target.starts_with("https:")))
    throw HubError(
        ErrorCode::kIo,
        fmt::format("{}: {} is redirected to an address that is not followed (no http, or http in place "
                    "of https); check HF_ENDPOINT",
                    repo_id_, file),
        {});
  return target;
}

HubError HubClient::refusal(const HttpResponse& response, const std::string& revision,
                            const std::string& file) const {
  const std::string_view code = response.header("x-error-code"), message = response.header("x-error-message");
  const bool has_token = !settings_.token.empty();
  const std::string_view token_mend =
      has_token ? "check that the token may read it" : "give a token in HF_TOKEN, or run `hf auth login`";
  if (code == "GatedRepo")
    return {ErrorCode::kNotFound,
            fmt::format("{} is gated: ask for access at {}/{}, then {}", repo_id_, settings_.endpoint,
                        repo_id_, token_mend),
            {}};
  if (code == "RevisionNotFound")
    return {ErrorCode::kNotFound,
            fmt::format("{} has no revision \"{}\"; name a branch, a tag or a commit that it has", repo_id_,
                        revision),
            {.cache_may_serve = false}};
  if (is_missing_entry(response))
    return {ErrorCode::kNotFound,
            fmt::format("{} has no file {} at {}", repo_id_, file, revision),
            {.cache_may_serve = false}};
  if (response.status == 401 && message == "Invalid credentials in Authorization header")
    return {ErrorCode::kNotFound,
            fmt::format("{} refuses the token for {}; get a new one and put it into HF_TOKEN, or unset it",
                        settings_.endpoint, repo_id_),
            {}};
  if (code == "RepoNotFound" || response.status == 401 || response.status == 404)
    return {ErrorCode::kNotFound,
            fmt::format("{} has no repository {}, or it is private; check the name, or {}",
                        settings_.endpoint, repo_id_, token_mend),
            {}};
  if (response.status == 403)
    return {ErrorCode::kNotFound,
            fmt::format("{} forbids reading {} of {}{}{}; {}", settings_.endpoint, file, repo_id_,
                        message.empty() ? "" : ": ", message, token_mend),
            {}};
  const std::chrono::seconds wait(
      std::min<uint64_t>(number(response.header("retry-after")).value_or(0), 1u << 20));
  if (response.status == 429)
    return {ErrorCode::kIo,
            fmt::format("{} limits how often it may be asked, at {} of {} (status 429); wait{}{}",
                        settings_.endpoint, file, repo_id_,
                        wait.count() > 0 ? fmt::format(" {} s", wait.count()) : " a while",
                        has_token ? "" : ", or give a token in HF_TOKEN"),
            {.transient = true, .wait = wait}};
  return {ErrorCode::kIo,
          fmt::format("{} answers with status {} for {} of {}{}{}; try again later", settings_.endpoint,
                      response.status, file, repo_id_, message.empty() ? "" : ": ", message),
          {.transient = is_busy(response.status), .wait = wait}};
}

}  // namespace easydel::hub
