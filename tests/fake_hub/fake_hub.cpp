#include "fake_hub/fake_hub.h"

#include <algorithm>

#include "io/hub/sha256.h"

namespace easydel::test_support {
namespace {

Reply refusal(int status, const std::string& code) {
  return {.status = status, .headers = {{"X-Error-Code", code}}};
}

/// The whole, or from the byte that a Range names.
Reply content_reply(const ServerRequest& request, const std::string& content, bool ranges) {
  const std::string range = request.header("range");
  if (range.empty() || !ranges) return {.body = content};
  const size_t offset = std::stoul(range.substr(range.find('=') + 1));
  if (offset >= content.size())
    return {.status = 416, .headers = {{"Content-Range", "bytes */" + std::to_string(content.size())}}};
  return {.status = 206,
          .headers = {{"Content-Range", "bytes " + std::to_string(offset) + "-" +
                                            std::to_string(content.size() - 1) + "/" +
                                            std::to_string(content.size())}},
          .body = content.substr(offset)};
}

}  // namespace

FakeHub::FakeHub()
    : storage_([this](const ServerRequest& request) { return store(request); }),
      server_([this](const ServerRequest& request) { return answer(request); }) {}

void FakeHub::add(const std::string& repo, const std::string& file, std::string content) {
  const std::lock_guard lock(mutex_);
  repos_[repo][file] = {std::move(content), false};
}

void FakeHub::add_large(const std::string& repo, const std::string& file, std::string content) {
  const std::lock_guard lock(mutex_);
  repos_[repo][file] = {std::move(content), true};
}

void FakeHub::require_token(const std::string& repo, const std::string& token) {
  const std::lock_guard lock(mutex_);
  tokens_[repo] = token;
}

void FakeHub::set_commit(const std::string& commit) {
  const std::lock_guard lock(mutex_);
  commit_ = commit;
}

void FakeHub::on(Fault fault) {
  const std::lock_guard lock(mutex_);
  fault_ = std::move(fault);
  counts_.clear();
}

void FakeHub::ignore_ranges() {
  const std::lock_guard lock(mutex_);
  ignores_ranges_ = true;
}

int FakeHub::count(const std::string& method, const std::string& ending) const {
  int count = 0;
  for (const HttpServer* server : {&server_, &storage_})
    for (const ServerRequest& request : server->requests())
      count += static_cast<int>(request.method == method &&
                                request.path.substr(0, request.path.find('?')).ends_with(ending));
  return count;
}

std::string FakeHub::etag_of(const std::string& content, bool large) {
  hub::Sha256 hash;
  hash.update(std::as_bytes(std::span(content)));
  return large ? hash.hex() : hash.hex().substr(0, 40);  // the Hub's is Git's SHA-1, for clients any name
}

std::optional<Reply> FakeHub::fault(const ServerRequest& request) {
  Fault fault;
  int count = 0;
  {
    const std::lock_guard lock(mutex_);
    fault = fault_;
    count = counts_[request.method + request.path]++;
  }
  return fault ? fault(request, count) : std::nullopt;
}

Reply FakeHub::answer(const ServerRequest& request) {
  if (auto reply = fault(request)) return *reply;
  const std::lock_guard lock(mutex_);
  // /org/name/resolve/revision/file
  const size_t resolve = request.path.find("/resolve/");
  if (resolve == std::string::npos) return refusal(404, "RepoNotFound");
  const std::string repo = request.path.substr(1, resolve - 1), rest = request.path.substr(resolve + 9);
  const std::string revision = rest.substr(0, rest.find('/')), file = rest.substr(rest.find('/') + 1);
  const auto found = repos_.find(repo);
  if (found == repos_.end()) return refusal(401, "RepoNotFound");
  if (tokens_.contains(repo) && request.header("authorization") != "Bearer " + tokens_[repo])
    return refusal(401, "RepoNotFound");
  if (revision != "main" && revision != commit_) return refusal(404, "RevisionNotFound");
  if (!found->second.contains(file)) {
    Reply reply = refusal(404, "EntryNotFound");
    reply.headers["X-Repo-Commit"] = commit_;
    return reply;
  }
  const File& stored = found->second[file];
  const std::string etag = etag_of(stored.content, stored.large);
  Reply reply = stored.large ? Reply{.status = 302} : content_reply(request, stored.content, true);
  reply.headers["X-Repo-Commit"] = commit_;
  if (stored.large) {
    reply.headers["X-Linked-Etag"] = "\"" + etag + "\"";
    reply.headers["X-Linked-Size"] = std::to_string(stored.content.size());
    reply.headers["Location"] = storage_.url() + "/" + repo + "/" + file + "?signature=secret";
  } else {
    reply.headers["ETag"] = "\"" + etag + "\"";
  }
  return reply;
}

Reply FakeHub::store(const ServerRequest& request) {
  if (auto reply = fault(request)) return *reply;
  const std::lock_guard lock(mutex_);
  const std::string path = request.path.substr(1, request.path.find('?') - 1);
  for (auto& [repo, files] : repos_)
    if (path.starts_with(repo + "/") && files.contains(path.substr(repo.size() + 1)))
      return content_reply(request, files[path.substr(repo.size() + 1)].content, !ignores_ranges_);
  return {.status = 404};
}

}  // namespace easydel::test_support
