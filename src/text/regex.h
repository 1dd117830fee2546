// Regex: a PCRE2 program made from an expression in Oniguruma's (Ruby) syntax.
//
//   Regex regex(R"(\s+(?!\S)|\s+)", "pre_tokenizer.pattern");
//   regex.find(text, [](size_t begin, size_t end) { ... });
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/thread_pool.h"

namespace easydel::text {

class Regex {
 public:
  /// Error(kUnsupported), naming `where`, for an expression that PCRE2 cannot take.
  Regex(const std::string& expression, std::string_view where);
  ~Regex();
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;

  /// Matches from left to right, as Oniguruma's find_iter gives them: an empty match right behind the last
  /// one is skipped. Safe from several threads. Error(kUnsupported) when a match needs more than a bounded
  /// effort.
  void find(std::string_view text, FunctionRef<void(size_t begin, size_t end)> found) const;

 private:
  struct Program;
  std::unique_ptr<Program> program_;
  std::string where_;
};

/// The same expression in PCRE2's syntax: \h, \s, \w, (?m), class intersections. Public for its test.
std::string oniguruma_to_pcre2(std::string_view expression, std::string_view where);

}  // namespace easydel::text
