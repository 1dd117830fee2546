#include "text/post_processor.h"

#include <fmt/format.h>

#include "easydel/error.h"

namespace easydel::text {
namespace {

constexpr size_t kMaxItems = 64;
constexpr std::string_view kPostProcessors =
    "TemplateProcessing, ByteLevel, BertProcessing, RobertaProcessing and Sequence";

using Item = PostProcessor::Item;

std::vector<Item> read_template(const JsonNode& node) {
  const JsonNode special_tokens = node.at("special_tokens");
  std::vector<Item> result;
  for (const JsonNode& piece : node.at("single").items()) {
    if (const auto sequence = piece.find("Sequence")) {
      if (sequence->at("id").string() != "A")
        corrupt(sequence->path(), "must be \"A\" in a template of one text");
      result.push_back({.is_text = true});
      continue;
    }
    const std::string_view name = piece.at("SpecialToken").at("id").string();
    Item item;
    for (const JsonNode& id : special_tokens.at(name).at("ids").items()) item.ids.push_back(id.token_id());
    result.push_back(std::move(item));
  }
  if (result.size() > kMaxItems)
    corrupt(node.path() + ".single", fmt::format("has more than {} items", kMaxItems));
  return result;
}

// ["<s>", 0]
Item read_pair(const JsonNode& node) {
  const auto items = node.items();
  if (items.size() != 2) corrupt(node.path(), "must be a token and its id");
  return {.ids = {items[1].token_id()}};
}

// Fills `items`, which stays empty where `node` adds nothing.
void read(const JsonNode& node, int depth, std::vector<Item>& items) {
  check_depth(node.path(), depth);
  const std::string_view type = node.at("type").string();
  if (type == "Sequence") {
    for (const JsonNode& item : node.at("processors").items()) read(item, depth + 1, items);
    return;
  }
  if (type == "ByteLevel") return;  // moves offsets only
  const bool pair = type == "BertProcessing" || type == "RobertaProcessing";
  if (!pair && type != "TemplateProcessing") unknown_part(node.path() + ".type", type, kPostProcessors);
  if (!items.empty())
    throw Error(
        ErrorCode::kUnsupported, "tokenizer.json",
        fmt::format("{} is the second part of a Sequence that adds tokens; known is one such part beside "
                    "ByteLevel",
                    node.path()));
  if (pair)
    items = {read_pair(node.at("cls")), {.is_text = true}, read_pair(node.at("sep"))};
  else
    items = read_template(node);
}

}  // namespace

std::vector<int32_t> PostProcessor::apply(std::vector<int32_t> ids, bool add_special_tokens) const {
  if (items_.size() == 1 && items_[0].is_text) return ids;
  std::vector<int32_t> wrapped;
  wrapped.reserve(ids.size() + items_.size());
  for (const Item& item : items_) {
    const std::vector<int32_t>& source = item.is_text ? ids : item.ids;
    if (item.is_text || add_special_tokens) wrapped.insert(wrapped.end(), source.begin(), source.end());
  }
  return wrapped;
}

std::vector<int32_t> PostProcessor::special_ids() const {
  std::vector<int32_t> ids;
  for (const Item& item : items_) ids.insert(ids.end(), item.ids.begin(), item.ids.end());
  return ids;
}

PostProcessor read_post_processor(const JsonNode& node) {
  std::vector<Item> items;
  read(node, 0, items);
  return items.empty() ? PostProcessor() : PostProcessor(std::move(items));
}

}  // namespace easydel::text
