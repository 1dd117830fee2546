#include "text/normalizer.h"

#include <functional>

#include "easydel/error.h"
#include "text/byte_level.h"
#include "text/pattern.h"
#include "text/unicode.h"
#include "text/utf8.h"

namespace easydel::text {
namespace {

constexpr std::string_view kNormalizers =
    "NFC, NFD, NFKC, NFKD, Prepend, Replace, Lowercase, StripAccents, Strip, Nmt, ByteLevel, BertNormalizer "
    "and "
    "Sequence";

class FormNormalizer final : public Normalizer {
 public:
  explicit FormNormalizer(NormalForm form) : form_(form) {}
  std::string_view apply(std::string_view text, std::string& storage) const override {
    auto result = normalize(text, form_);
    if (!result) return text;
    return storage = std::move(*result);
  }

 private:
  NormalForm form_;
};

// A normalizer that maps each code point to none, one or several.
class CharacterNormalizer final : public Normalizer {
 public:
  using Map = void (*)(std::string& out, uint32_t point);
  explicit CharacterNormalizer(Map map) : map_(map) {}
  std::string_view apply(std::string_view text, std::string& storage) const override {
    std::string result;
    result.reserve(text.size());
    for (size_t at = 0; at < text.size();) map_(result, decode_utf8(text, at));
    return storage = std::move(result);
  }

 private:
  Map map_;
};

// A normalizer given by a function of the whole text.
class TextNormalizer final : public Normalizer {
 public:
  using Rewrite = std::function<std::string(std::string_view)>;
  explicit TextNormalizer(Rewrite rewrite) : rewrite_(std::move(rewrite)) {}
  std::string_view apply(std::string_view text, std::string& storage) const override {
    std::string result = rewrite_(text);
    return storage = std::move(result);
  }

 private:
  Rewrite rewrite_;
};

class StripNormalizer final : public Normalizer {
 public:
  StripNormalizer(bool left, bool right) : left_(left), right_(right) {}
  std::string_view apply(std::string_view text, std::string&) const override {
    while (left_ && !text.empty()) {
      size_t next = 0;
      if (!is_space(decode_utf8(text, next))) break;
      text.remove_prefix(next);
    }
    while (right_ && !text.empty()) {
      const size_t begin = previous_character(text, text.size());
      size_t next = begin;
      if (!is_space(decode_utf8(text, next))) break;
      text = text.substr(0, begin);
    }
    return text;
  }

 private:
  bool left_, right_;
};

class SequenceNormalizer final : public Normalizer {
 public:
  explicit SequenceNormalizer(std::vector<std::unique_ptr<Normalizer>> steps) : steps_(std::move(steps)) {}
  std::string_view apply(std::string_view text, std::string& storage) const override {
    // Two strings in turn: a step must not write where its input lies.
    std::string other;
    bool in_storage = false;
    for (const auto& step : steps_) {
      std::string& target = in_storage ? other : storage;
      const std::string_view result = step->apply(text, target);
      if (points_into(result, target)) in_storage = !in_storage;
      text = result;
    }
    if (points_into(text, other)) {
      const size_t offset = static_cast<size_t>(text.data() - other.data());
      const size_t size = text.size();
      storage = std::move(other);
      return std::string_view(storage).substr(offset, size);
    }
    return text;
  }

 private:
  static bool points_into(std::string_view part, const std::string& whole) {
    return !part.empty() && std::less_equal<>()(whole.data(), part.data()) &&
           std::less<>()(part.data(), whole.data() + whole.size());
  }
  std::vector<std::unique_ptr<Normalizer>> steps_;
};

void strip_accent(std::string& out, uint32_t point) {
  if (!has_class(point, unicode::kCombiningMark)) append_utf8(out, point);
}

void strip_nonspacing(std::string& out, uint32_t point) {
  if (!has_class(point, unicode::kNonspacingMark)) append_utf8(out, point);
}

void clean_bert(std::string& out, uint32_t point) {
  if (point == 0 || point == 0xFFFD || has_class(point, unicode::kBertControl)) return;
  append_utf8(out, is_space(point) ? ' ' : point);
}

// The CJK blocks as BERT's original code lists them.
void pad_chinese(std::string& out, uint32_t point) {
  constexpr uint32_t kBlocks[][2] = {{0x4E00, 0x9FFF},   {0x3400, 0x4DBF},   {0x20000, 0x2A6DF},
                                     {0x2A700, 0x2B73F}, {0x2B740, 0x2B81F}, {0x2B920, 0x2CEAF},
                                     {0xF900, 0xFAFF},   {0x2F800, 0x2FA1F}};
  bool chinese = false;
  for (const auto& [first, last] : kBlocks) chinese = chinese || (point >= first && point <= last);
  if (chinese) out.push_back(' ');
  append_utf8(out, point);
  if (chinese) out.push_back(' ');
}

// The rules of SentencePiece's nmt_nfkc that the package's Nmt has.
void clean_nmt(std::string& out, uint32_t point) {
  if ((point >= 0x1 && point <= 0x8) || point == 0xB || (point >= 0xE && point <= 0x1F) || point == 0x7F ||
      point == 0x8F || point == 0x9F)
    return;
  const bool blank = point == 0x9 || point == 0xA || point == 0xC || point == 0xD || point == 0x1680 ||
                     (point >= 0x200B && point <= 0x200F) || point == 0x2028 || point == 0x2029 ||
                     point == 0x2581 || point == 0xFEFF || point == 0xFFFD;
  append_utf8(out, blank ? ' ' : point);
}

std::unique_ptr<Normalizer> read_replace(const JsonNode& node, GrowthBudget& growth) {
  const Pattern pattern = read_pattern(node.at("pattern"));
  const std::string content(node.at("content").string());
  growth.multiply(pattern.growth(content), node.path());
  return std::make_unique<TextNormalizer>(
      [pattern, content](std::string_view text) { return pattern.replace(text, content); });
}

std::unique_ptr<Normalizer> read(const JsonNode& node, int depth, GrowthBudget& growth) {
  check_depth(node.path(), depth);
  const std::string_view type = node.at("type").string();
  const auto characters = [](CharacterNormalizer::Map map) {
    return std::make_unique<CharacterNormalizer>(map);
  };
  const auto form = [](NormalForm f) { return std::make_unique<FormNormalizer>(f); };
  if (type == "NFC") return form(NormalForm::kNfc);
  if (type == "NFD") return form(NormalForm::kNfd);
  if (type == "NFKC") return form(NormalForm::kNfkc);
  if (type == "NFKD") return form(NormalForm::kNfkd);
  if (type == "Lowercase") return characters(append_lowercase);
  if (type == "StripAccents") return characters(strip_accent);
  if (type == "Nmt") return characters(clean_nmt);
  if (type == "Strip")
    return std::make_unique<StripNormalizer>(node.at("strip_left").boolean(),
                                             node.at("strip_right").boolean());
  if (type == "ByteLevel") {
    growth.multiply(2, node.path());
    return std::make_unique<TextNormalizer>([](std::string_view text) { return to_byte_level(text); });
  }
  if (type == "Prepend")
    return std::make_unique<TextNormalizer>(
        [prefix = std::string(node.at("prepend").string())](std::string_view text) {
          return text.empty() ? std::string() : prefix + std::string(text);
        });
  if (type == "Replace") return read_replace(node, growth);
  std::vector<std::unique_ptr<Normalizer>> steps;
  if (type == "BertNormalizer") {
    const bool lowercase = node.boolean_or("lowercase", true);
    if (node.boolean_or("clean_text", true)) steps.push_back(characters(clean_bert));
    if (node.boolean_or("handle_chinese_chars", true)) steps.push_back(characters(pad_chinese));
    if (node.boolean_or("strip_accents", lowercase)) {
      steps.push_back(form(NormalForm::kNfd));
      steps.push_back(characters(strip_nonspacing));
    }
    if (lowercase) steps.push_back(characters(append_lowercase));
    return std::make_unique<SequenceNormalizer>(std::move(steps));
  }
  if (type == "Sequence") {
    for (const JsonNode& item : node.at("normalizers").items())
      steps.push_back(read(item, depth + 1, growth));
    return std::make_unique<SequenceNormalizer>(std::move(steps));
  }
  unknown_part(node.path() + ".type", type, kNormalizers);
}

}  // namespace

std::unique_ptr<Normalizer> read_normalizer(const JsonNode& node) {
  GrowthBudget growth;
  return read(node, 0, growth);
}

}  // namespace easydel::text
