#include "text/decode_stages.h"

#include <optional>

#include "text/byte_level.h"
#include "text/utf8.h"

namespace easydel::text {
namespace {

class Stage : public DecodeStage {
 public:
  explicit Stage(NextStage next) : next_(std::move(next)) {}
  void finish() override {
    flush();
    next_->finish();
  }

 protected:
  virtual void flush() {}
  DecodeStage& next() { return *next_; }

 private:
  NextStage next_;
};

// A stage that needs whole tokens.
class TokenStage : public Stage {
 public:
  using Stage::Stage;
  void chunk(std::string_view text, bool ends) final {
    if (ends && partial_.empty()) return whole(text);
    partial_ += text;
    if (!ends) return;
    const std::string token = std::exchange(partial_, {});
    whole(token);
  }

 protected:
  virtual void whole(std::string_view token) = 0;

 private:
  std::string partial_;
};

class ByteLevelStage final : public TokenStage {
 public:
  using TokenStage::TokenStage;

 protected:
  void whole(std::string_view token) override {
    append_from_byte_level(bytes_, token);
    give(false);
  }
  void flush() override {
    give(true);
    next().chunk({}, true);
  }

 private:
  // Passes on all but the start of a character that more bytes could complete.
  void give(bool last) {
    size_t end = bytes_.size();
    for (size_t back = 1; !last && back <= 3 && back <= bytes_.size(); ++back) {
      const size_t at = bytes_.size() - back;
      if ((static_cast<unsigned char>(bytes_[at]) & 0xC0) == 0x80) continue;
      if (inspect_utf8(bytes_, at).state == Utf8Step::kIncomplete) end = at;
      break;
    }
    const std::string_view ready = std::string_view(bytes_).substr(0, end);
    if (is_valid_utf8(ready))
      next().chunk(ready, false);
    else
      next().chunk(repair_utf8(ready), false);
    bytes_.erase(0, end);
  }
  std::string bytes_;
};

class ByteFallbackStage final : public TokenStage {
 public:
  using TokenStage::TokenStage;

 protected:
  void whole(std::string_view token) override {
    if (const auto byte = parse(token)) {
      bytes_.push_back(*byte);
      return;
    }
    flush();
    next().token(token);
  }
  void flush() override {
    const std::string bytes = std::exchange(bytes_, {});
    if (bytes.empty()) return;
    if (is_valid_utf8(bytes)) return next().token(bytes);
    for (size_t i = 0; i < bytes.size(); ++i) next().token("\uFFFD");
  }

 private:
  static std::optional<char> parse(std::string_view token) {
    if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') return std::nullopt;
    int value = 0;
    for (const char c : token.substr(3, 2)) {
      const int digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                               : -1;
      if (digit < 0) return std::nullopt;
      value = value * 16 + digit;
    }
    return static_cast<char>(value);
  }
  std::string bytes_;
};

class FuseStage final : public Stage {
 public:
  using Stage::Stage;
  void chunk(std::string_view text, bool) override { next().chunk(text, false); }

 protected:
  void flush() override { next().chunk({}, true); }
};

class StripStage final : public Stage {
 public:
  StripStage(NextStage next, std::string content, size_t start, size_t stop)
      : Stage(std::move(next)), content_(std::move(content)), start_(start), stop_(stop) {}
  void chunk(std::string_view text, bool ends) override {
    while (!started_ && cut_ < start_ && text.starts_with(content_)) {
      text.remove_prefix(content_.size());
      ++cut_;
    }
    if (!text.empty()) started_ = true;
    // The last `stop_` characters wait while they may yet be the token's end.
    held_ += text;
    size_t keep = held_.size(), waiting = 0;
    while (waiting < stop_ && std::string_view(held_).substr(0, keep).ends_with(content_)) {
      keep -= content_.size();
      ++waiting;
    }
    next().chunk(std::string_view(held_).substr(0, keep), ends);
    held_.erase(0, keep);
    if (ends) reset();
  }

 protected:
  void flush() override { reset(); }

 private:
  void reset() {
    held_.clear();
    cut_ = 0;
    started_ = false;
  }
  std::string content_, held_;
  size_t start_, stop_, cut_ = 0;
  bool started_ = false;
};

class ReplaceStage final : public TokenStage {
 public:
  ReplaceStage(NextStage next, Pattern pattern, std::string content)
      : TokenStage(std::move(next)), pattern_(std::move(pattern)), content_(std::move(content)) {}

 protected:
  void whole(std::string_view token) override {
    if (token.empty()) return next().token(token);
    next().token(pattern_.replace(token, content_));
  }

 private:
  Pattern pattern_;
  std::string content_;
};

class MetaspaceStage final : public Stage {
 public:
  MetaspaceStage(NextStage next, std::string replacement, bool prepends)
      : Stage(std::move(next)), replacement_(std::move(replacement)), prepends_(prepends) {}
  void chunk(std::string_view text, bool ends) override {
    const std::string_view content = first_ && prepends_ ? "" : " ";
    std::string result;
    for (size_t at = 0; at < text.size();) {
      if (text.substr(at).starts_with(replacement_)) {
        result += content;
        at += replacement_.size();
      } else {
        result.push_back(text[at++]);
      }
    }
    if (ends) first_ = false;
    next().chunk(result, ends);
  }

 protected:
  void flush() override { first_ = true; }

 private:
  std::string replacement_;
  bool prepends_;
  bool first_ = true;
};

using Replacements = std::initializer_list<std::pair<std::string_view, std::string_view>>;

std::string replace_each(std::string text, Replacements replacements) {
  for (const auto& [from, to] : replacements)
    for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
      text.replace(at, from.size(), to);
  return text;
}

class WordPieceStage final : public TokenStage {
 public:
  WordPieceStage(NextStage next, std::string prefix, bool clean_up)
      : TokenStage(std::move(next)), prefix_(std::move(prefix)), clean_up_(clean_up) {}

 protected:
  void whole(std::string_view token) override {
    std::string text;
    if (!first_ && token.starts_with(prefix_))
      text = token.substr(prefix_.size());
    else
      text = (first_ ? "" : " ") + std::string(token);
    first_ = false;
    if (clean_up_)
      text = replace_each(std::move(text), {{" .", "."},
                                            {" ?", "?"},
                                            {" !", "!"},
                                            {" ,", ","},
                                            {" ' ", "'"},
                                            {" n't", "n't"},
                                            {" 'm", "'m"},
                                            {" do not", " don't"},
                                            {" 's", "'s"},
                                            {" 've", "'ve"},
                                            {" 're", "'re"}});
    next().token(text);
  }
  void flush() override { first_ = true; }

 private:
  std::string prefix_;
  bool clean_up_;
  bool first_ = true;
};

// Holds one token back, since the last one is treated differently.
class BpeSuffixStage final : public TokenStage {
 public:
  BpeSuffixStage(NextStage next, std::string suffix)
      : TokenStage(std::move(next)), suffix_(std::move(suffix)) {}

 protected:
  void whole(std::string_view token) override {
    give(" ");
    held_ = token;
  }
  void flush() override { give(""); }

 private:
  void give(std::string_view space) {
    if (held_) next().token(suffix_.empty() ? *held_ : replace_each(*held_, {{suffix_, space}}));
    held_.reset();
  }
  std::string suffix_;
  std::optional<std::string> held_;
};

class JoinStage final : public TokenStage {
 public:
  using TokenStage::TokenStage;

 protected:
  void whole(std::string_view token) override {
    if (!first_) next().token(" ");
    first_ = false;
    next().token(token);
  }
  void flush() override { first_ = true; }

 private:
  bool first_ = true;
};

// Every replacement begins with a space or lies within "'ve" and "'re", so text may be cut between two other
// characters, and what lies before the cut no longer changes.
class CleanUpStage final : public Stage {
 public:
  using Stage::Stage;
  void chunk(std::string_view text, bool) override {
    held_ += text;
    for (size_t at = held_.size(); at-- > 2;) {
      if (touched(held_[at]) || touched(held_[at - 1]) || held_[at - 2] == '\'') continue;
      if ((static_cast<unsigned char>(held_[at]) & 0xC0) == 0x80) continue;
      give(at);
      return;
    }
  }

 protected:
  void flush() override { give(held_.size()); }

 private:
  static bool touched(char c) { return std::string_view(" .?!,'").find(c) != std::string_view::npos; }
  void give(size_t end) {
    next().chunk(replace_each(held_.substr(0, end), {{" .", "."},
                                                     {" ?", "?"},
                                                     {" !", "!"},
                                                     {" ,", ","},
                                                     {" ' ", "'"},
                                                     {" n't", "n't"},
                                                     {" 'm", "'m"},
                                                     {" 's", "'s"},
                                                     {" 've", "'ve"},
                                                     {" 're", "'re"}}),
                 false);
    held_.erase(0, end);
  }
  std::string held_;
};

}  // namespace

std::unique_ptr<DecodeStage> byte_level_stage(NextStage next) {
  return std::make_unique<ByteLevelStage>(std::move(next));
}
std::unique_ptr<DecodeStage> byte_fallback_stage(NextStage next) {
  return std::make_unique<ByteFallbackStage>(std::move(next));
}
std::unique_ptr<DecodeStage> fuse_stage(NextStage next) {
  return std::make_unique<FuseStage>(std::move(next));
}
std::unique_ptr<DecodeStage> strip_stage(NextStage next, std::string content, size_t start, size_t stop) {
  return std::make_unique<StripStage>(std::move(next), std::move(content), start, stop);
}
std::unique_ptr<DecodeStage> replace_stage(NextStage next, Pattern pattern, std::string content) {
  return std::make_unique<ReplaceStage>(std::move(next), std::move(pattern), std::move(content));
}
std::unique_ptr<DecodeStage> metaspace_stage(NextStage next, std::string replacement, bool prepends) {
  return std::make_unique<MetaspaceStage>(std::move(next), std::move(replacement), prepends);
}
std::unique_ptr<DecodeStage> word_piece_stage(NextStage next, std::string prefix, bool clean_up) {
  return std::make_unique<WordPieceStage>(std::move(next), std::move(prefix), clean_up);
}
std::unique_ptr<DecodeStage> bpe_suffix_stage(NextStage next, std::string suffix) {
  return std::make_unique<BpeSuffixStage>(std::move(next), std::move(suffix));
}
std::unique_ptr<DecodeStage> join_stage(NextStage next) {
  return std::make_unique<JoinStage>(std::move(next));
}
std::unique_ptr<DecodeStage> clean_up_stage(NextStage next) {
  return std::make_unique<CleanUpStage>(std::move(next));
}

}  // namespace easydel::text
