#include "text/tokenizer_json.h"

#include <fmt/format.h>

#include <unordered_map>

#include "easydel/error.h"
#include "text/bpe.h"
#include "text/word_models.h"

namespace easydel::text {
namespace {

namespace dom = simdjson::dom;

// Ids index tables, so a file must not name one far beyond the number of its tokens.
constexpr int64_t kSlack = 1 << 20;

void add_token(Vocabulary& vocabulary, std::string_view token, int64_t id, size_t count,
               std::string_view path) {
  const int64_t limit = std::min(JsonNode::kMaxId, static_cast<int64_t>(count) * 8 + kSlack);
  if (id < 0 || id > limit)
    corrupt(path, fmt::format("gives \"{}\" the id {}; ids of {} tokens lie in 0 .. {}", clipped(token), id,
                              count, limit));
  const auto added = vocabulary.add(token, static_cast<int32_t>(id));
  if (added == Vocabulary::Added::kRepeatedToken)
    corrupt(path, fmt::format("has the token \"{}\" twice", clipped(token)));
  if (added == Vocabulary::Added::kRepeatedId)
    corrupt(path, fmt::format("gives the id {} to \"{}\" and to \"{}\"", id,
                              clipped(*vocabulary.token(static_cast<int32_t>(id))), clipped(token)));
}

// {"token": id, ...}; read without a JsonNode per entry, of which there may be 256,000.
Vocabulary read_vocabulary(const JsonNode& node) {
  dom::object object;
  if (node.element().get_object().get(object) != simdjson::SUCCESS) corrupt(node.path(), "must be an object");
  size_t count = 0, bytes = 0;
  for (const auto field : object) {
    ++count;
    bytes += field.key.size();
  }
  Vocabulary vocabulary;
  vocabulary.reserve(count, bytes);
  for (const auto field : object) {
    int64_t id = 0;
    if (field.value.get_int64().get(id) != simdjson::SUCCESS)
      corrupt(node.path(), fmt::format("has no whole number for \"{}\"", clipped(field.key)));
    add_token(vocabulary, field.key, id, count, node.path());
  }
  return vocabulary;
}

// "a b" or ["a", "b"].
std::pair<std::string_view, std::string_view> read_merge(dom::element item, std::string_view path,
                                                         size_t index) {
  std::string_view text;
  if (item.get_string().get(text) == simdjson::SUCCESS) {
    const size_t space = text.find(' ');
    if (space == std::string_view::npos || text.find(' ', space + 1) != std::string_view::npos)
      corrupt(fmt::format("{}[{}]", path, index),
              fmt::format("is \"{}\", but must be two tokens", clipped(text)));
    return {text.substr(0, space), text.substr(space + 1)};
  }
  dom::array pair;
  std::string_view left, right;
  if (item.get_array().get(pair) != simdjson::SUCCESS || pair.size() != 2 ||
      pair.at(0).get_string().get(left) != simdjson::SUCCESS ||
      pair.at(1).get_string().get(right) != simdjson::SUCCESS)
    corrupt(fmt::format("{}[{}]", path, index), "must be two tokens, as \"a b\" or [\"a\", \"b\"]");
  return {left, right};
}

MergeTable read_merges(const JsonNode& node, const Vocabulary& vocabulary, size_t prefix_size) {
  dom::array array;
  if (node.element().get_array().get(array) != simdjson::SUCCESS) corrupt(node.path(), "must be an array");
  MergeTable merges;
  merges.reserve(array.size() < 0xFFFFFF ? array.size()
                                         : static_cast<size_t>(std::distance(array.begin(), array.end())));
  size_t index = 0;
  uint32_t rank = 0;
  std::string joined;
  const auto id_of = [&](std::string_view token) {
    const int32_t id = vocabulary.find_or(token, -1);
    if (id < 0)
      corrupt(fmt::format("{}[{}]", node.path(), index),
              fmt::format("needs the token \"{}\", which model.vocab does not have", clipped(token)));
    return id;
  };
  for (const auto item : array) {
    // The first line of a merges.txt may have come along.
    std::string_view text;
    if (item.get_string().get(text) != simdjson::SUCCESS || !text.starts_with("#version")) {
      const auto [left, right] = read_merge(item, node.path(), index);
      const int32_t left_id = id_of(left), right_id = id_of(right);
      if (right.size() < prefix_size)
        corrupt(fmt::format("{}[{}]", node.path(), index),
                fmt::format("is shorter than model.continuing_subword_prefix: \"{}\"", clipped(right)));
      joined.assign(left).append(right.substr(prefix_size));
      merges.add(left_id, right_id, {rank++, id_of(joined)});
    }
    ++index;
  }
  return merges;
}

std::unique_ptr<Model> read_bpe(const JsonNode& node) {
  if (const auto dropout = node.find("dropout"); dropout && dropout->number() != 0.0)
    throw Error(ErrorCode::kUnsupported, "tokenizer.json",
                fmt::format("{} is {}: random merges belong to training; set it to null", dropout->path(),
                            dropout->number()));
  BpeOptions options{.continuing_subword_prefix = node.string_or("continuing_subword_prefix", ""),
                     .end_of_word_suffix = node.string_or("end_of_word_suffix", ""),
                     .fuse_unk = node.boolean_or("fuse_unk", false),
                     .byte_fallback = node.boolean_or("byte_fallback", false),
                     .ignore_merges = node.boolean_or("ignore_merges", false)};
  if (const auto unknown = node.find("unk_token")) options.unk_token = std::string(unknown->string());
  Vocabulary vocabulary = read_vocabulary(node.at("vocab"));
  MergeTable merges = read_merges(node.at("merges"), vocabulary, options.continuing_subword_prefix.size());
  return std::make_unique<Bpe>(std::move(vocabulary), std::move(merges), std::move(options));
}

std::unique_ptr<Model> read_unigram(const JsonNode& node) {
  const JsonNode list = node.at("vocab");
  const auto items = list.items();
  Vocabulary vocabulary;
  std::vector<double> scores;
  for (const JsonNode& item : items) {
    const auto pair = item.items();
    if (pair.size() != 2) corrupt(item.path(), "must be a token and its score");
    add_token(vocabulary, pair[0].string(), static_cast<int64_t>(scores.size()), items.size(), list.path());
    scores.push_back(pair[1].number());
  }
  std::optional<int32_t> unk_id;
  if (const auto unknown = node.find("unk_id")) {
    unk_id = unknown->token_id();
    if (static_cast<size_t>(*unk_id) >= scores.size())
      corrupt(unknown->path(), fmt::format("is {}, but model.vocab has {} tokens", *unk_id, scores.size()));
  }
  return std::make_unique<Unigram>(std::move(vocabulary), std::move(scores), unk_id,
                                   node.boolean_or("byte_fallback", false));
}

// Files from before "type" was written.
std::string_view guess_type(const JsonNode& node) {
  if (node.find("merges")) return "BPE";
  if (node.at("vocab").element().is_array()) return "Unigram";
  return node.find("max_input_chars_per_word") ? "WordPiece" : "WordLevel";
}

}  // namespace

std::unique_ptr<Model> read_model(const JsonNode& node) {
  const auto named = node.find("type");
  const std::string_view type = named ? named->string() : guess_type(node);
  if (type == "BPE") return read_bpe(node);
  if (type == "WordPiece") {
    const int64_t most = node.at("max_input_chars_per_word").integer();
    if (most < 0) corrupt(node.path() + ".max_input_chars_per_word", "must not be negative");
    return std::make_unique<WordPiece>(
        read_vocabulary(node.at("vocab")), std::string(node.at("unk_token").string()),
        std::string(node.at("continuing_subword_prefix").string()), static_cast<size_t>(most));
  }
  if (type == "WordLevel")
    return std::make_unique<WordLevel>(read_vocabulary(node.at("vocab")),
                                       std::string(node.at("unk_token").string()));
  if (type == "Unigram") return read_unigram(node);
  unknown_part(node.path() + ".type", type, "BPE, WordPiece, WordLevel and Unigram");
}

std::vector<AddedToken> read_added_tokens(const JsonNode& node) {
  std::vector<AddedToken> tokens;
  std::unordered_map<int32_t, std::string> seen;
  for (const JsonNode& item : node.items()) {
    const int32_t id = item.at("id").token_id();
    AddedToken token{.content = std::string(item.at("content").string()),
                     .single_word = item.at("single_word").boolean(),
                     .lstrip = item.at("lstrip").boolean(),
                     .rstrip = item.at("rstrip").boolean(),
                     .normalized = item.at("normalized").boolean(),
                     .special = item.at("special").boolean()};
    const auto [other, fresh] = seen.emplace(id, token.content);
    if (!fresh && other->second != token.content)
      corrupt(item.path() + ".id", fmt::format("is {}, which \"{}\" has already; \"{}\" needs its own", id,
                                               clipped(other->second), clipped(token.content)));
    tokens.push_back(std::move(token));
  }
  return tokens;
}

}  // namespace easydel::text
