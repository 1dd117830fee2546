#include "text/pre_tokenizer.h"

#include <string>

#include "text/byte_level.h"
#include "text/pattern.h"
#include "text/scanners.h"
#include "text/unicode.h"
#include "text/utf8.h"

namespace easydel::text {
namespace {

constexpr size_t kMaxSteps = 256;  // each is a level of the call stack
constexpr std::string_view kPreTokenizers =
    "ByteLevel, Split, Digits, Metaspace, Punctuation, Whitespace, WhitespaceSplit, BertPreTokenizer, "
    "CharDelimiterSplit, FixedLength and Sequence";

Piece part(const Piece& piece, size_t begin, size_t end) {
  return {piece.text.substr(begin, end - begin), piece.first && begin == 0};
}

class PatternSplit final : public SplitStep {
 public:
  PatternSplit(Pattern pattern, SplitBehavior behavior, bool invert)
      : pattern_(std::move(pattern)), behavior_(behavior), invert_(invert) {}
  void split(const Piece& piece, PieceSink sink) const override {
    pattern_.split(piece.text, behavior_, invert_,
                   [&](size_t begin, size_t end) { sink(part(piece, begin, end)); });
  }

 private:
  Pattern pattern_;
  SplitBehavior behavior_;
  bool invert_;
};

// GPT-2's split and, unless the model takes raw bytes, its byte spelling.
class ByteLevelSplit final : public SplitStep {
 public:
  ByteLevelSplit(bool add_prefix_space, bool use_regex, bool spell)
      : add_prefix_space_(add_prefix_space), use_regex_(use_regex), spell_(spell) {}
  void split(const Piece& piece, PieceSink sink) const override {
    if (!add_prefix_space_ || piece.text.starts_with(' ')) return split_words(piece, sink);
    const std::string prefixed = " " + std::string(piece.text);
    split_words({prefixed, piece.first}, sink);
  }

 private:
  void split_words(const Piece& piece, PieceSink sink) const {
    if (!use_regex_) return give(piece, sink);
    for (size_t at = 0; at < piece.text.size();) {
      const size_t end = scan_gpt2(piece.text, at);
      give(part(piece, at, end), sink);
      at = end;
    }
  }
  void give(const Piece& piece, PieceSink sink) const {
    if (!spell_) return sink(piece);
    const std::string spelled = to_byte_level(piece.text);
    sink({spelled, piece.first});
  }

  bool add_prefix_space_, use_regex_, spell_;
};

enum class Prepend { kNever, kFirst, kAlways };

class MetaspaceSplit final : public SplitStep {
 public:
  MetaspaceSplit(std::string replacement, Prepend prepend, bool split)
      : replacement_(std::move(replacement)), prepend_(prepend), split_(split) {}
  void split(const Piece& piece, PieceSink sink) const override {
    std::string text;
    text.reserve(piece.text.size() * 3 / 2 + 8);
    for (const char c : piece.text) c == ' ' ? text.append(replacement_) : text.append(1, c);
    const bool wanted = prepend_ == Prepend::kAlways || (prepend_ == Prepend::kFirst && piece.first);
    if (wanted && !text.starts_with(replacement_)) text.insert(0, replacement_);
    const Piece spelled{text, piece.first};
    if (!split_) return sink(spelled);
    // Each piece starts with the replacement.
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = std::min(text.find(replacement_, begin + 1), text.size());
      sink(part(spelled, begin, end));
      begin = end;
    }
  }

 private:
  std::string replacement_;
  Prepend prepend_;
  bool split_;
};

// Rust's \w+|[^\w\s]+ : runs of word characters and runs of other visible ones.
class WhitespaceSplit final : public SplitStep {
 public:
  void split(const Piece& piece, PieceSink sink) const override {
    enum { kNone, kWord, kOther } run = kNone;
    size_t begin = 0;
    for (size_t at = 0; at < piece.text.size();) {
      const size_t here = at;
      const uint32_t point = decode_utf8(piece.text, at);
      const auto kind = has_class(point, unicode::kWord) ? kWord : is_space(point) ? kNone : kOther;
      if (kind == run) continue;
      if (run != kNone) sink(part(piece, begin, here));
      run = kind;
      begin = here;
    }
    if (run != kNone) sink(part(piece, begin, piece.text.size()));
  }
};

class FixedLengthSplit final : public SplitStep {
 public:
  explicit FixedLengthSplit(int64_t length) : length_(length) {}
  void split(const Piece& piece, PieceSink sink) const override {
    for (size_t at = 0; at < piece.text.size();) {
      const size_t begin = at;
      for (int64_t i = 0; i < length_ && at < piece.text.size(); ++i) at += utf8_length(piece.text[at]);
      sink(part(piece, begin, at));
    }
  }

 private:
  int64_t length_;
};

std::unique_ptr<SplitStep> read_metaspace(const JsonNode& node) {
  const std::string scheme = node.string_or("prepend_scheme", "always");
  auto prepend = Prepend::kAlways;
  if (scheme == "first")
    prepend = Prepend::kFirst;
  else if (scheme == "never")
    prepend = Prepend::kNever;
  else if (scheme != "always")
    unknown_part(node.path() + ".prepend_scheme", scheme, "always, first and never");
  // Files older than prepend_scheme say add_prefix_space.
  if (!node.find("prepend_scheme") && !node.boolean_or("add_prefix_space", true)) prepend = Prepend::kNever;
  return std::make_unique<MetaspaceSplit>(std::string(node.at("replacement").character()), prepend,
                                          node.boolean_or("split", true));
}

using Steps = std::vector<std::unique_ptr<SplitStep>>;

// Appends the steps of `node`. `last` tells whether nothing follows it; returns whether it yields raw bytes.
bool read(const JsonNode& node, bool takes_bytes, bool last, int depth, GrowthBudget& growth, Steps& steps) {
  check_depth(node.path(), depth);
  const std::string_view type = node.at("type").string();
  const auto add_split = [&](Pattern pattern, SplitBehavior behavior, bool invert) {
    steps.push_back(std::make_unique<PatternSplit>(std::move(pattern), behavior, invert));
    return false;
  };
  if (type == "Sequence") {
    const auto items = node.at("pretokenizers").items();
    bool bytes = false;
    for (size_t i = 0; i < items.size(); ++i)
      bytes = read(items[i], takes_bytes, last && i + 1 == items.size(), depth + 1, growth, steps);
    return bytes;
  }
  if (type == "ByteLevel") {
    const bool bytes = takes_bytes && last;
    if (!bytes) growth.multiply(2, node.path());
    steps.push_back(std::make_unique<ByteLevelSplit>(node.at("add_prefix_space").boolean(),
                                                     node.boolean_or("use_regex", true), !bytes));
    return bytes;
  }
  if (type == "Split")
    return add_split(read_pattern(node.at("pattern")), read_behavior(node.at("behavior")),
                     node.at("invert").boolean());
  if (type == "Digits")
    return add_split(
        Pattern::character(unicode::kNumeric),
        node.at("individual_digits").boolean() ? SplitBehavior::kIsolated : SplitBehavior::kContiguous,
        false);
  if (type == "Punctuation") {
    const auto behavior = node.find("behavior");
    return add_split(Pattern::character(unicode::kPunctuation),
                     behavior ? read_behavior(*behavior) : SplitBehavior::kIsolated, false);
  }
  if (type == "WhitespaceSplit")
    return add_split(Pattern::character(unicode::kSpace), SplitBehavior::kRemoved, false);
  if (type == "BertPreTokenizer") {
    add_split(Pattern::character(unicode::kSpace), SplitBehavior::kRemoved, false);
    return add_split(Pattern::character(unicode::kPunctuation), SplitBehavior::kIsolated, false);
  }
  if (type == "Delimiter" || type == "CharDelimiterSplit")
    return add_split(Pattern::literal(std::string(node.at("delimiter").character())), SplitBehavior::kRemoved,
                     false);
  if (type == "Metaspace")
    steps.push_back(read_metaspace(node));
  else if (type == "Whitespace")
    steps.push_back(std::make_unique<WhitespaceSplit>());
  else if (type == "FixedLength") {
    const auto length = node.find("length");
    const int64_t size = length ? length->integer() : 5;
    if (size < 1) corrupt(node.path() + ".length", "must be at least 1");
    steps.push_back(std::make_unique<FixedLengthSplit>(size));
  } else {
    unknown_part(node.path() + ".type", type, kPreTokenizers);
  }
  return false;
}

}  // namespace

void PreTokenizer::split_from(size_t step, const Piece& piece, PieceSink sink) const {
  if (piece.text.empty()) return;
  if (step == steps_.size()) return sink(piece);
  if (step + 1 == steps_.size()) return steps_[step]->split(piece, sink);
  steps_[step]->split(piece, [&](const Piece& inner) { split_from(step + 1, inner, sink); });
}

PreTokenizer read_pre_tokenizer(const JsonNode& node, bool model_takes_bytes) {
  Steps steps;
  GrowthBudget growth;
  const bool bytes = read(node, model_takes_bytes, true, 0, growth, steps);
  if (steps.size() > kMaxSteps) corrupt(node.path(), "has too many steps");
  return {std::move(steps), bytes};
}

}  // namespace easydel::text
