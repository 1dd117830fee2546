#include "io/hub/names.h"

#include <fmt/format.h>

#include <algorithm>

#include "easydel/error.h"

namespace easydel::hub {
namespace {

constexpr size_t kLongestPart = 96;
constexpr std::string_view kHexDigits = "0123456789abcdef";

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_repo_part(std::string_view part) {
  return !part.empty() && part.size() <= kLongestPart && is_word(part.front()) && is_word(part.back()) &&
         std::ranges::all_of(part, [](char c) { return is_word(c) || c == '-' || c == '.'; });
}

bool is_hex(std::string_view text, size_t size) {
  return text.size() == size && text.find_first_not_of(kHexDigits) == text.npos;
}

/// Percent-encoding of everything but RFC 3986's unreserved characters and those of `safe`.
std::string quoted(std::string_view text, std::string_view safe) {
  std::string result;
  for (const char c : text) {
    if (is_word(c) || c == '-' || c == '.' || c == '~' || safe.find(c) != safe.npos)
      result += c;
    else
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return result;
}

}  // namespace

bool is_repo_id(std::string_view name) {
  const size_t slash = name.find('/');
  const bool parts = slash == name.npos
                         ? is_repo_part(name)
                         : is_repo_part(name.substr(0, slash)) && is_repo_part(name.substr(slash + 1));
  return parts && name.find("--") == name.npos && name.find("..") == name.npos && !name.ends_with(".git");
}

void check_repo_id(std::string_view name) {
  if (!is_repo_id(name))
    throw Error(
        ErrorCode::kInvalidArgument, "hub",
        fmt::format("\"{}\" is no repository; write namespace/name, each of letters, digits, '-', '_' and "
                    "'.', with a letter or digit at both ends, without \"--\" or \"..\", not ending in "
                    "\".git\", and at most {} characters long",
                    name, kLongestPart));
}

bool is_inner_path(std::string_view path) {
  if (path.empty() || path.find_first_of(std::string_view("\\\0", 2)) != path.npos) return false;
  while (true) {
    const size_t end = path.find('/');
    const std::string_view part = path.substr(0, end);
    if (part.empty() || part == "." || part == "..") return false;
    if (end == path.npos) return true;
    path.remove_prefix(end + 1);
  }
}

void check_inner_path(std::string_view path, std::string_view what) {
  if (!is_inner_path(path))
    throw Error(
        ErrorCode::kInvalidArgument, "hub",
        fmt::format("the {} \"{}\" leaves the repository; it must be relative, with parts other than \".\" "
                    "and \"..\"",
                    what, path));
}

bool is_file_name(std::string_view name) {
  return is_inner_path(name) && name.find('/') == name.npos;
}

bool is_full_commit(std::string_view revision) {
  return is_hex(revision, 40);
}

bool is_sha256(std::string_view etag) {
  return is_hex(etag, 64);
}

std::string folder_name(std::string_view repo_id) {
  std::string name = "models--";
  for (const char c : repo_id)
    if (c == '/')
      name += "--";
    else
      name += c;
  return name;
}

std::string file_url(std::string_view endpoint, std::string_view repo_id, std::string_view revision,
                     std::string_view file) {
  return fmt::format("{}/{}/resolve/{}/{}", endpoint, repo_id, quoted(revision, ""), quoted(file, "/"));
}

std::string plain_etag(std::string_view header) {
  if (header.starts_with("W/")) header.remove_prefix(2);
  while (header.starts_with('"')) header.remove_prefix(1);
  while (header.ends_with('"')) header.remove_suffix(1);
  return std::string(header);
}

}  // namespace easydel::hub
