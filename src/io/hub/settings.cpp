#include "io/hub/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "easydel/error.h"

namespace easydel::hub {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDefaultEndpoint = "https://huggingface.co";
constexpr std::chrono::seconds kDefaultTimeout{10};

/// The first of the variables that is set and not empty; empty when none is.
std::string environment(std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') return value;
  return {};
}

bool is_on(std::string value) {
  std::ranges::transform(value, value.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return value == "1" || value == "ON" || value == "YES" || value == "TRUE";
}

/// A leading "~" is the user's home.
fs::path expanded(const std::string& path) {
  if (path != "~" && !path.starts_with("~/")) return path;
  return environment({"HOME"}) + path.substr(1);
}

fs::path home_folder() {
  if (const std::string home = environment({"HF_HOME"}); !home.empty()) return expanded(home);
  if (const std::string cache = environment({"XDG_CACHE_HOME"}); !cache.empty())
    return expanded(cache) / "huggingface";
  return expanded("~/.cache/huggingface");
}

fs::path cache_folder() {
  const std::string folder = environment({"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"});
  return folder.empty() ? home_folder() / "hub" : expanded(folder);
}

std::string cleaned(std::string token) {
  std::erase_if(token, [](char c) { return c == '\r' || c == '\n'; });
  const size_t first = token.find_first_not_of(" \t");
  if (first == token.npos) return {};
  return token.substr(first, token.find_last_not_of(" \t") - first + 1);
}

/// The token of the environment, or of `hf auth login`.
std::string implicit_token() {
  if (is_on(environment({"HF_HUB_DISABLE_IMPLICIT_TOKEN"}))) return {};
  if (std::string token = cleaned(environment({"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"})); !token.empty())
    return token;
  const std::string path = environment({"HF_TOKEN_PATH"});
  std::ifstream file(path.empty() ? home_folder() / "token" : expanded(path));
  return cleaned({std::istreambuf_iterator<char>(file), {}});
}

std::chrono::milliseconds timeout_of(const HubOptions& options) {
  if (options.timeout.count() > 0) return options.timeout;
  const std::string text = environment({"HF_HUB_DOWNLOAD_TIMEOUT"});
  if (text.empty()) return kDefaultTimeout;
  int seconds = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (status != std::errc() || end != text.data() + text.size() || seconds < 1)
    throw Error(ErrorCode::kInvalidArgument, "HF_HUB_DOWNLOAD_TIMEOUT",
                fmt::format("\"{}\" is no time; write whole seconds, 1 or more", text));
  return std::chrono::seconds(seconds);
}

std::string endpoint_of(const HubOptions& options) {
  std::string endpoint = options.endpoint.empty() ? environment({"HF_ENDPOINT"}) : options.endpoint;
  if (endpoint.empty()) endpoint = kDefaultEndpoint;
  while (endpoint.ends_with('/')) endpoint.pop_back();
  if (!endpoint.starts_with("https://") && !endpoint.starts_with("http://"))
    throw Error(
        ErrorCode::kInvalidArgument, "HF_ENDPOINT",
        fmt::format("\"{}\" is no address of a Hub; write one such as {}", endpoint, kDefaultEndpoint));
  return endpoint;
}

}  // namespace

HubSettings HubSettings::of(const HubOptions& options) {
  HubSettings settings{
      .endpoint = endpoint_of(options),
      .token = options.token ? cleaned(*options.token) : implicit_token(),
      .cache = options.cache_dir.empty() ? cache_folder() : expanded(options.cache_dir.string()),
      .offline = options.local_files_only || is_on(environment({"HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"})),
      .timeout = timeout_of(options),
      .retry_wait = options.retry_wait,
      .max_retries = std::max(0, options.max_retries)};
  if (std::ranges::any_of(settings.token, [](char c) { return c <= ' ' || c > '~'; }))
    throw Error(ErrorCode::kInvalidArgument, "hub",
                "the token holds characters that no token has; copy it again into HF_TOKEN");
  if (settings.offline && options.force_download)
    throw Error(ErrorCode::kInvalidArgument, "hub",
                "fetching again needs the network; leave out force_download, or allow the network "
                "(--offline, HF_HUB_OFFLINE and local_files_only forbid it)");
  return settings;
}

}  // namespace easydel::hub
