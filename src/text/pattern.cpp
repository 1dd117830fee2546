#include "text/pattern.h"

#include <algorithm>
#include <vector>

#include "text/regex.h"
#include "text/unicode.h"
#include "text/utf8.h"

namespace easydel::text {
namespace {

struct Stretch {
  size_t begin, end;
  bool match;
};

// The behaviors that join stretches, as NormalizedString::split of the package joins them.
std::vector<Stretch> join(const std::vector<Stretch>& stretches, SplitBehavior behavior) {
  std::vector<Stretch> joined;
  bool previous = false;
  const auto add = [&](const Stretch& s, bool joins) {
    if (joins && !joined.empty()) {
      joined.back().begin = std::min(joined.back().begin, s.begin);
      joined.back().end = std::max(joined.back().end, s.end);
    } else {
      joined.push_back(s);
    }
    previous = s.match;
  };
  if (behavior == SplitBehavior::kContiguous)
    for (const Stretch& s : stretches) add(s, s.match == previous);
  if (behavior == SplitBehavior::kMergedWithPrevious)
    for (const Stretch& s : stretches) add(s, s.match && !previous);
  if (behavior == SplitBehavior::kMergedWithNext) {
    for (auto s = stretches.rbegin(); s != stretches.rend(); ++s) add(*s, s->match && !previous);
    std::vector<Stretch>(joined.rbegin(), joined.rend()).swap(joined);
  }
  return joined;
}

}  // namespace

Pattern Pattern::literal(std::string text) {
  if (text.empty()) return regex({}, "pattern");  // matches between all characters
  Pattern pattern;
  pattern.literal_ = std::move(text);
  return pattern;
}

Pattern Pattern::regex(const std::string& expression, std::string_view where) {
  Pattern pattern;
  if ((pattern.scanner_ = find_scanner(expression)) != nullptr) {
    pattern.kind_ = Kind::kScanner;
  } else {
    pattern.kind_ = Kind::kRegex;
    pattern.regex_ = std::make_shared<const Regex>(expression, where);
  }
  return pattern;
}

Pattern Pattern::character(uint16_t class_bits) {
  Pattern pattern;
  pattern.kind_ = Kind::kCharacter;
  pattern.class_bits_ = class_bits;
  return pattern;
}

void Pattern::find(std::string_view text, RangeSink found) const {
  switch (kind_) {
    case Kind::kLiteral:
      for (size_t at = text.find(literal_); at != std::string_view::npos;
           at = text.find(literal_, at + literal_.size()))
        found(at, at + literal_.size());
      return;
    case Kind::kCharacter:
      for (size_t at = 0; at < text.size();) {
        const size_t begin = at;
        if (has_class(decode_utf8(text, at), class_bits_)) found(begin, at);
      }
      return;
    case Kind::kScanner:
      for (size_t at = 0; at < text.size();) {
        const size_t end = scanner_(text, at);
        found(at, end);
        at = end;
      }
      return;
    case Kind::kRegex:
      return regex_->find(text, found);
  }
}

void Pattern::split(std::string_view text, SplitBehavior behavior, bool invert, RangeSink piece) const {
  const auto emit = [&](size_t begin, size_t end) {
    if (begin < end) piece(begin, end);
  };
  if (behavior == SplitBehavior::kIsolated || behavior == SplitBehavior::kRemoved) {
    const bool keep_matches = behavior == SplitBehavior::kIsolated || invert;
    const bool keep_rest = behavior == SplitBehavior::kIsolated || !invert;
    size_t previous = 0;
    find(text, [&](size_t begin, size_t end) {
      if (keep_rest) emit(previous, begin);
      if (keep_matches) emit(begin, end);
      previous = end;
    });
    if (keep_rest) emit(previous, text.size());
    return;
  }
  std::vector<Stretch> stretches;
  size_t previous = 0;
  find(text, [&](size_t begin, size_t end) {
    if (previous != begin) stretches.push_back({previous, begin, invert});
    stretches.push_back({begin, end, !invert});
    previous = end;
  });
  if (previous != text.size()) stretches.push_back({previous, text.size(), invert});
  for (const Stretch& s : join(stretches, behavior)) emit(s.begin, s.end);
}

std::string Pattern::replace(std::string_view text, std::string_view content) const {
  std::string result;
  result.reserve(text.size() + text.size() / 4);
  size_t previous = 0;
  find(text, [&](size_t begin, size_t end) {
    result.append(text, previous, begin - previous).append(content);
    previous = end;
  });
  result.append(text, previous);
  return result;
}

double Pattern::growth(std::string_view content) const {
  const auto size = static_cast<double>(content.size());
  if (kind_ == Kind::kLiteral) return std::max(1.0, size / static_cast<double>(literal_.size()));
  return 1.0 + size;  // a regular expression may match between all characters
}

Pattern read_pattern(const JsonNode& node) {
  if (const auto literal = node.find("String")) return Pattern::literal(std::string(literal->string()));
  if (const auto regex = node.find("Regex"))
    return Pattern::regex(std::string(regex->string()), regex->path());
  corrupt(node.path(), "has neither \"String\" nor \"Regex\"");
}

SplitBehavior read_behavior(const JsonNode& node) {
  const std::string_view name = node.string();
  if (name == "Removed") return SplitBehavior::kRemoved;
  if (name == "Isolated") return SplitBehavior::kIsolated;
  if (name == "MergedWithPrevious") return SplitBehavior::kMergedWithPrevious;
  if (name == "MergedWithNext") return SplitBehavior::kMergedWithNext;
  if (name == "Contiguous") return SplitBehavior::kContiguous;
  unknown_part(node.path(), name, "Removed, Isolated, MergedWithPrevious, MergedWithNext and Contiguous");
}

}  // namespace easydel::text
