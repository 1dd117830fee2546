// Hand-written scanners for the split patterns that most models use: where the piece that starts at a
// position ends. Equal to the regular expressions that they name, and several times faster.
//
//   if (Scanner scan = find_scanner(pattern))
//     for (size_t at = 0; at < text.size();) { size_t end = scan(text, at); use(text.substr(at, end - at));
//     at = end; }
#pragma once

#include <cstddef>
#include <string_view>

namespace easydel::text {

/// The end of the match at `at` (< text.size()) in valid UTF-8. The patterns match at every position, so
/// pieces cover the text.
using Scanner = size_t (*)(std::string_view text, size_t at);

/// GPT-2's pattern, which the ByteLevel pre-tokenizer carries within it.
size_t scan_gpt2(std::string_view text, size_t at);

/// The scanner whose pattern equals this regular expression (GPT-2, Llama 3 and cl100k, Qwen2, o200k); else
/// null.
Scanner find_scanner(std::string_view pattern);

}  // namespace easydel::text
