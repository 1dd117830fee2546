// Names that come from users and servers, checked before they become paths and addresses.
//
//   check_repo_id("HuggingFaceTB/SmolLM2-135M");
//   file_url("https://huggingface.co", "HuggingFaceTB/SmolLM2-135M", "refs/pr/1", "config.json");
//   // https://huggingface.co/HuggingFaceTB/SmolLM2-135M/resolve/refs%2Fpr%2F1/config.json
#pragma once

#include <string>
#include <string_view>

namespace easydel::hub {

/// huggingface_hub's rules: "name" or "namespace/name" of letters, digits, "-", "_" and ".", at most 96 each.
bool is_repo_id(std::string_view name);
/// Throws Error(kInvalidArgument) that says the rules.
void check_repo_id(std::string_view name);

/// Whether a path of a repository stays inside it: relative, of "/" alone, without "." and ".." parts.
bool is_inner_path(std::string_view path);
/// Throws Error(kInvalidArgument) for a path that is not; `what` names it.
void check_inner_path(std::string_view path, std::string_view what);
/// An inner path of one part, as etags and commits must be to become file names.
bool is_file_name(std::string_view name);

/// Forty lower-case hexadecimal digits.
bool is_full_commit(std::string_view revision);
/// Sixty-four lower-case hexadecimal digits: the etag of a file in large-file storage.
bool is_sha256(std::string_view etag);

/// "models--HuggingFaceTB--SmolLM2-135M".
std::string folder_name(std::string_view repo_id);
/// The address of a file.
std::string file_url(std::string_view endpoint, std::string_view repo_id, std::string_view revision,
                     std::string_view file);
/// `W/"abc"` and `"abc"` become `abc`.
std::string plain_etag(std::string_view header);

}  // namespace easydel::hub
