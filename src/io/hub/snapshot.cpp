#include "io/hub/snapshot.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <optional>

#include "base/log.h"
#include "easydel/error.h"
#include "io/checkpoint.h"
#include "io/hub/cache.h"
#include "io/hub/client.h"
#include "io/hub/download.h"
#include "io/hub/names.h"
#include "io/hub/workers.h"
#include "io/model_files.h"

namespace easydel {
namespace hub {
namespace {

namespace fs = std::filesystem;

std::vector<std::string_view> joined(std::vector<std::string_view> names, const auto&... more) {
  (names.insert(names.end(), more.begin(), more.end()), ...);
  return names;
}

struct Wanted {
  std::string name;
  bool required = true;
};

class Snapshot {
 public:
  Snapshot(const std::string& repo_id, const WantedFiles& files, const HubOptions& options)
      : repo_id_(repo_id),
        files_(files),
        options_(options),
        settings_(HubSettings::of(options)),
        cache_(settings_.cache, repo_id),
        offline_(settings_.offline) {
    check_inner_path(options.revision, "revision");
    if (!options.subfolder.empty()) check_inner_path(options.subfolder, "subfolder");
    if (!options.variant.empty()) check_inner_path(options.variant, "variant");
  }

  fs::path fetch() {
    commit_ = find_commit();
    std::vector<Wanted> wanted;
    for (const std::string_view name : files_.required) wanted.push_back({inner(name), true});
    for (const std::string_view name : files_.optional) wanted.push_back({inner(name), false});
    fetch_all(wanted);
    if (files_.weights) fetch_weights();
    return options_.subfolder.empty() ? cache_.snapshot(commit_)
                                      : cache_.snapshot(commit_) / options_.subfolder;
  }

 private:
  HubClient& client() {
    if (!client_) client_.emplace(repo_id_, settings_, std::stop_token());
    return *client_;
  }

  /// A file's path in the repository.
  std::string inner(std::string_view name) const {
    return options_.subfolder.empty() ? std::string(name) : fmt::format("{}/{}", options_.subfolder, name);
  }

  bool is_there(std::string_view commit, std::string_view file) const {
    return cache_.state(commit, file) == CacheState::kThere;
  }

  CacheState state(std::string_view file) const {
    return options_.force_download ? CacheState::kUnknown : cache_.state(commit_, file);
  }

  bool has_weights(std::string_view commit) const {
    return std::ranges::any_of(
        io::weight_files(options_.variant, files_.layout), [&](const io::WeightFiles& files) {
          if (is_there(commit, inner(files.file))) return true;
          if (files.index.empty() || !is_there(commit, inner(files.index))) return false;
          const auto shards = io::index_shards(cache_.snapshot(commit) / inner(files.index));
          return std::ranges::all_of(
              shards, [&](const std::string& shard) { return is_there(commit, inner(shard)); });
        });
  }

  /// Whether the cache alone could serve.
  bool cache_serves(std::string_view commit) const {
    const auto is_here = [&](std::string_view name) { return is_there(commit, inner(name)); };
    return !options_.force_download && std::ranges::all_of(files_.required, is_here) &&
           (!files_.weights || has_weights(commit));
  }

  /// What the cache has is no reason to try long for news.
  int retries(std::string_view commit) const { return cache_serves(commit) ? 0 : settings_.max_retries; }

  /// Inside a catch: goes on with the cache alone, or throws the error again.
  void go_offline(const HubError& error, std::string_view commit) {
    if (!error.kind().cache_may_serve || !cache_serves(commit)) throw error;
    offline_ = true;
    log(LogLevel::kWarning, fmt::format("{}; using what the cache has of {}: {}", error.detail(), repo_id_,
                                        cache_.snapshot(commit).string()));
  }

  Error missing(std::string_view what) const {
    return {
        ErrorCode::kNotFound, "hub",
        fmt::format("{} at {}: {} is not in the cache {}, and the Hub is not to be asked (--offline, "
                    "HF_HUB_OFFLINE); fetch it once with `easydel download {}`, or choose another cache with "
                    "HF_HUB_CACHE or --cache-dir",
                    repo_id_, options_.revision, what, settings_.cache.string(), repo_id_)};
  }

  Error has_no(std::string_view what) const {
    return {ErrorCode::kNotFound, "hub",
            fmt::format("{} at {} has no {}; check the repository's files at {}/{}", repo_id_,
                        options_.revision, what, settings_.endpoint, repo_id_)};
  }

  std::string find_commit() {
    if (is_full_commit(options_.revision)) return options_.revision;
    const std::optional<std::string> known = cache_.ref(options_.revision);
    const std::string first = inner(files_.required.front());
    if (offline_) {
      if (!known) throw missing(first);
      return *known;
    }
    try {
      const FileInfo info =
          client().look_up(options_.revision, first, known ? retries(*known) : settings_.max_retries);
      cache_.remember_ref(options_.revision, info.commit);
      looked_up_.emplace(first, info);
      return info.commit;
    } catch (const HubError& error) {
      if (!known) throw;
      go_offline(error, *known);
      return *known;
    }
  }

  /// Whether the commit has a file, by the cache or by the Hub.
  bool exists(const std::string& file) {
    const CacheState known = state(file);
    if (known != CacheState::kUnknown || offline_) return known == CacheState::kThere;
    try {
      const FileInfo info = client().look_up(commit_, file, retries(commit_));
      if (!info.exists()) cache_.remember_absent(commit_, file);
      looked_up_.emplace(file, info);
      return info.exists();
    } catch (const HubError& error) {
      go_offline(error, commit_);
      return false;
    }
  }

  /// The one file of weights, or the index of their shards.
  std::string find_weights() {
    std::vector<std::string> names;
    for (const io::WeightFiles& files : io::weight_files(options_.variant, files_.layout)) {
      for (const std::string& name : files.names()) names.push_back(inner(name));
    }
    for (const std::string& name : names)
      if (exists(name)) return name;
    const std::string what = fmt::format("file of weights ({})", fmt::join(names, ", "));
    throw offline_ ? missing(what) : has_no(what);
  }

  void fetch_weights() {
    const std::string weights = find_weights();
    fetch_all({{weights}});
    if (!weights.ends_with(".json")) return;
    std::vector<Wanted> shards;
    for (const std::string& shard : io::index_shards(cache_.snapshot(commit_) / weights))
      shards.push_back({inner(shard)});
    fetch_all(shards);
  }

  /// Asks the Hub about the files that the cache knows nothing of.
  void look_up_all(const std::vector<Wanted>& wanted) {
    std::vector<std::string> unknown;
    for (const Wanted& file : wanted) {
      if (state(file.name) != CacheState::kUnknown || looked_up_.contains(file.name)) continue;
      if (offline_ && file.required) throw missing(file.name);
      unknown.push_back(file.name);
    }
    if (offline_ || unknown.empty()) return;
    std::vector<FileInfo> infos(unknown.size());
    const int tries = retries(commit_);
    try {
      run_workers(
          infos.size(), options_.max_workers,
          [&](size_t index, HubClient& client) {
            infos[index] = client.look_up(commit_, unknown[index], tries);
          },
          [&](const std::stop_token& stop) { return HubClient(repo_id_, settings_, stop); });
    } catch (const HubError& error) {
      go_offline(error, commit_);
      return;
    }
    for (size_t index = 0; index < infos.size(); ++index) looked_up_.emplace(unknown[index], infos[index]);
  }

  void fetch_all(const std::vector<Wanted>& wanted) {
    look_up_all(wanted);
    std::vector<RemoteFile> files;
    uint64_t total = 0, lacking = 0;
    for (const Wanted& file : wanted) {
      const CacheState known = state(file.name);
      const auto found = looked_up_.find(file.name);
      if (known == CacheState::kThere) continue;
      if (found != looked_up_.end() && found->second.exists()) {
        files.push_back({file.name, found->second});
        files.back().info.commit = commit_;
        total += found->second.size.value_or(0);
        lacking += bytes_to_fetch(cache_, files.back(), options_.force_download);
        continue;
      }
      if (found != looked_up_.end()) cache_.remember_absent(commit_, file.name);
      if (file.required) throw has_no("file " + file.name);
    }
    if (files.empty()) return;
    cache_.prepare();
    check_free_space(cache_, lacking, repo_id_);
    download(files, total);
  }

  void download(const std::vector<RemoteFile>& files, uint64_t total) const {
    const ProgressTask task(options_.progress, "Downloading " + repo_id_, total, ProgressUnit::kBytes);
    std::atomic<int64_t> received = 0;
    int64_t reported = 0;
    const FetchOptions fetch_options{.force = options_.force_download,
                                     .received = [&](int64_t bytes) { received += bytes; }};
    // Sinks are told on this thread, and only ever of more.
    const auto report = [&] {
      const int64_t now = received.load();
      if (now > reported) task.advance(static_cast<uint64_t>(now - reported));
      reported = std::max(reported, now);
    };
    run_workers(
        files.size(), options_.max_workers,
        [&](size_t index, HubClient& client) { fetch_file(client, cache_, files[index], fetch_options); },
        [&](const std::stop_token& stop) { return HubClient(repo_id_, settings_, stop); }, report);
    report();
  }

  const std::string& repo_id_;
  const WantedFiles& files_;
  const HubOptions& options_;
  const HubSettings settings_;
  const RepoCache cache_;
  std::optional<HubClient> client_;  // made when the Hub is first asked
  bool offline_;
  std::string commit_;
  std::map<std::string, FileInfo> looked_up_;  // of commit_
};

}  // namespace

const WantedFiles kConfigFiles{.required = {"config.json"}, .optional = {}};
const WantedFiles kGenerationConfigFiles{.required = {"config.json"}, .optional = {"generation_config.json"}};
const WantedFiles kTokenizerFiles{
    .required = {io::kTokenizerFiles.front()},
    .optional = {io::kTokenizerFiles.begin() + 1, io::kTokenizerFiles.end()},
};
const WantedFiles kModelFiles{
    .required = {"config.json"},
    .optional =
        joined({"generation_config.json"}, io::kTokenizerFiles, io::kSlowTokenizerFiles, io::kCompanionFiles),
    .weights = true,
};

fs::path fetch_snapshot(const std::string& repo_id, const WantedFiles& files, const HubOptions& options) {
  check_repo_id(repo_id);
  return Snapshot(repo_id, files, options).fetch();
}

fs::path model_directory(const fs::path& name_or_path, const WantedFiles& files, const HubOptions& options) {
  std::error_code ignored;
  if (fs::exists(name_or_path, ignored))
    return options.subfolder.empty() ? name_or_path : name_or_path / options.subfolder;
  const std::string name = name_or_path.string();
  if (!is_repo_id(name)) return name_or_path;
  try {
    return fetch_snapshot(name, files, options);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound && error.code() != ErrorCode::kIo) throw;
    throw Error(error.code(), error.operation(),
                fmt::format("{} (there is no directory of that name either)", error.detail()));
  }
}

}  // namespace hub

std::filesystem::path snapshot_download(const std::string& repo_id, const HubOptions& options) {
  return hub::fetch_snapshot(repo_id, hub::kModelFiles, options);
}

}  // namespace easydel
