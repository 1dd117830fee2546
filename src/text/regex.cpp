#include "text/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <fmt/format.h>
#include <pcre2.h>

#include "easydel/error.h"
#include "text/json_node.h"
#include "text/utf8.h"

namespace easydel::text {
namespace {

constexpr size_t kMaxExpression = 1 << 16;
// A bound on backtracking, so that a hostile file cannot hang the process.
constexpr uint32_t kMatchLimit = 5'000'000;

[[noreturn]] void refuse(std::string_view where, std::string_view expression, std::string_view reason) {
  throw Error(ErrorCode::kUnsupported, "tokenizer.json",
              fmt::format("{}: the regular expression \"{}\" {}", where, clipped(expression), reason));
}

// Members that stand for Oniguruma's Unicode meaning inside [...].
constexpr std::string_view kSpaceMembers = R"(\t-\r\x{85}\p{Z})";
constexpr std::string_view kWordMembers = R"(\p{Alphabetic}\p{M}\p{Nd}\p{Pc})";
// A quirk of Oniguruma's: outside a class, \w takes Latin-1's superscripts and fractions too.
constexpr std::string_view kLoneWordMembers = R"(\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\xB2\xB3\xB9\xBC-\xBE)";

class Translator {
 public:
  Translator(std::string_view expression, std::string_view where) : in_(expression), where_(where) {}

  std::string run() {
    while (at_ < in_.size()) {
      if (in_[at_] == '\\')
        escape(false);
      else if (in_[at_] == '[')
        out_ += character_class(0);
      else if (in_.substr(at_).starts_with("(?") && at_ + 2 < in_.size())
        group();
      else
        out_.push_back(in_[at_++]);
    }
    return std::move(out_);
  }

 private:
  // (?m) lets . match line ends in Ruby, which PCRE2 calls (?s).
  void group() {
    size_t end = at_ + 2;
    while (end < in_.size() && (std::isalpha(static_cast<unsigned char>(in_[end])) || in_[end] == '-')) ++end;
    const bool flags = end > at_ + 2 && end < in_.size() && (in_[end] == ':' || in_[end] == ')');
    out_ += "(?";
    for (size_t i = at_ + 2; flags && i < end; ++i) out_.push_back(in_[i] == 'm' ? 's' : in_[i]);
    at_ = flags ? end : at_ + 2;
  }

  void escape(bool in_class) {
    if (at_ + 1 >= in_.size()) refuse(where_, in_, "ends in a backslash");
    const char c = in_[at_ + 1];
    std::string_view members;
    if (c == 's' || c == 'S') members = kSpaceMembers;
    if (c == 'w' || c == 'W') members = in_class ? kWordMembers : kLoneWordMembers;
    if (c == 'h' || c == 'H') members = "0-9A-Fa-f";
    if (members.empty() || (in_class && std::isupper(static_cast<unsigned char>(c)))) {
      out_.append(in_, at_, 2);
    } else if (in_class) {
      out_ += members;
    } else {
      out_ += std::isupper(static_cast<unsigned char>(c)) ? "[^" : "[";
      out_ += members;
      out_ += "]";
    }
    at_ += 2;
  }

  // Oniguruma's letter classes hold more than the categories that PCRE2 gives them.
  static std::string_view posix_class(std::string_view name) {
    if (name == "[:alpha:]") return R"(\p{Alphabetic})";
    if (name == "[:upper:]") return R"(\p{Uppercase})";
    if (name == "[:lower:]") return R"(\p{Lowercase})";
    if (name == "[:space:]") return kSpaceMembers;
    return name;
  }

  // A class, with && as look-aheads: [a&&[^b]] is (?=[^b])[a].
  std::string character_class(int depth) {
    if (depth > 8) refuse(where_, in_, "nests character classes too deeply");
    std::string outer = std::exchange(out_, "[");
    std::string conditions;
    ++at_;
    if (at_ < in_.size() && in_[at_] == '^') out_.push_back(in_[at_++]);
    const bool negated = out_.size() == 2;
    if (at_ < in_.size() && in_[at_] == ']') {
      out_ += "\\]";
      ++at_;
    }
    while (at_ < in_.size() && in_[at_] != ']') {
      if (in_[at_] == '\\') {
        escape(true);
      } else if (in_.substr(at_).starts_with("[:")) {
        const size_t end = in_.find(":]", at_ + 2);
        if (end == std::string_view::npos) refuse(where_, in_, "has an unclosed POSIX class");
        out_ += posix_class(in_.substr(at_, end + 2 - at_));
        at_ = end + 2;
      } else if (in_.substr(at_).starts_with("&&[") && !negated) {
        at_ += 2;
        conditions += "(?=" + character_class(depth + 1) + ")";
      } else if (in_[at_] == '[' || in_.substr(at_).starts_with("&&")) {
        refuse(where_, in_, "nests character classes in a way that is not known (known: [..&&[..]])");
      } else {
        out_.push_back(in_[at_++]);
      }
    }
    if (at_ >= in_.size()) refuse(where_, in_, "has an unclosed character class");
    ++at_;
    std::string result = std::exchange(out_, std::move(outer)) + "]";
    return conditions.empty() ? result : "(?:" + conditions + result + ")";
  }

  std::string_view in_, where_;
  size_t at_ = 0;
  std::string out_;
};

std::string pcre2_message(int code) {
  unsigned char buffer[256] = {};
  pcre2_get_error_message(code, buffer, sizeof buffer);
  return reinterpret_cast<const char*>(buffer);
}

}  // namespace

std::string oniguruma_to_pcre2(std::string_view expression, std::string_view where) {
  return Translator(expression, where).run();
}

struct Regex::Program {
  struct Free {
    void operator()(pcre2_code* pointer) const { pcre2_code_free(pointer); }
    void operator()(pcre2_match_context* pointer) const { pcre2_match_context_free(pointer); }
    void operator()(pcre2_match_data* pointer) const { pcre2_match_data_free(pointer); }
  };
  std::unique_ptr<pcre2_code, Free> code;
  std::unique_ptr<pcre2_match_context, Free> context;
};

Regex::Regex(const std::string& expression, std::string_view where)
    : program_(std::make_unique<Program>()), where_(where) {
  if (expression.size() > kMaxExpression) refuse(where, expression, "is longer than 64 KiB");
  const std::string pattern = oniguruma_to_pcre2(expression, where);
  int code = 0;
  PCRE2_SIZE offset = 0;
  // ^ and $ match at every line in Ruby's syntax.
  constexpr uint32_t kOptions = PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C;
  program_->code.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), kOptions,
                                     &code, &offset, nullptr));
  if (!program_->code)
    refuse(where, expression, fmt::format("does not compile: {} at offset {}", pcre2_message(code), offset));
  pcre2_jit_compile(program_->code.get(), PCRE2_JIT_COMPLETE);  // without JIT the interpreter runs
  program_->context.reset(pcre2_match_context_create(nullptr));
  pcre2_set_match_limit(program_->context.get(), kMatchLimit);
}

Regex::~Regex() = default;

void Regex::find(std::string_view text, FunctionRef<void(size_t begin, size_t end)> found) const {
  std::unique_ptr<pcre2_match_data, Program::Free> match(
      pcre2_match_data_create_from_pattern(program_->code.get(), nullptr));
  const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.data());
  const auto search = [&](size_t at) {
    int rc = pcre2_match(program_->code.get(), subject, text.size(), at, PCRE2_NO_UTF_CHECK, match.get(),
                         program_->context.get());
    if (rc == PCRE2_ERROR_JIT_STACKLIMIT)  // the interpreter keeps its stack on the heap
      rc = pcre2_match(program_->code.get(), subject, text.size(), at, PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT,
                       match.get(), program_->context.get());
    return rc;
  };
  size_t last_end = std::string_view::npos;
  for (size_t at = 0; at <= text.size();) {
    const int rc = search(at);
    if (rc == PCRE2_ERROR_NOMATCH) return;
    if (rc < 0)
      throw Error(
          ErrorCode::kUnsupported, "encode",
          fmt::format("{}: the regular expression gave up on this text: {}", where_, pcre2_message(rc)));
    const PCRE2_SIZE* span = pcre2_get_ovector_pointer(match.get());
    const size_t begin = span[0], end = span[1];
    if (begin > end || (begin == end && end == last_end)) {
      if (at >= text.size()) return;
      at += utf8_length(text[at]);
      continue;
    }
    at = last_end = end;
    found(begin, end);
  }
}

}  // namespace easydel::text
