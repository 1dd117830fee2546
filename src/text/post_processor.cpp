#include "text/post_processor.h"

#include <fmt/format.h>

#include <algorithm>

namespace easydel::text {
namespace {

constexpr int kMaxDepth = 16;
constexpr size_t kMaxItems = 256;
constexpr size_t kMaxCopies = 16;
constexpr std::string_view kKnown =
    "TemplateProcessing, ByteLevel, BertProcessing, RobertaProcessing and Sequence";

PostProcessor::Item text_item() {
  return {.is_text = true};
}

PostProcessor::Template read_template(const JsonNode& node) {
  const JsonNode special_tokens = node.at("special_tokens");
  PostProcessor::Template result;
  for (const JsonNode& piece : node.at("single").items()) {
    if (const auto sequence = piece.find("Sequence")) {
      if (sequence->at("id").string() != "A")
        corrupt(sequence->path(), "must be \"A\" in a template of one text");
      result.push_back(text_item());
      continue;
    }
    const std::string_view name = piece.at("SpecialToken").at("id").string();
    PostProcessor::Item item;
    for (const JsonNode& id : special_tokens.at(name).at("ids").items()) item.ids.push_back(id.token_id());
    result.push_back(std::move(item));
  }
  if (result.size() > kMaxItems)
    corrupt(node.path() + ".single", fmt::format("has more than {} items", kMaxItems));
  return result;
}

// ["<s>", 0]
PostProcessor::Item read_pair(const JsonNode& node) {
  const auto items = node.items();
  if (items.size() != 2) corrupt(node.path(), "must be a token and its id");
  return {.ids = {items[1].token_id()}};
}

void read(const JsonNode& node, int depth, std::vector<PostProcessor::Template>& steps) {
  if (depth > kMaxDepth) corrupt(node.path(), "is nested too deeply");
  const std::string_view type = node.at("type").string();
  if (type == "TemplateProcessing") {
    steps.push_back(read_template(node));
  } else if (type == "BertProcessing" || type == "RobertaProcessing") {
    steps.push_back({read_pair(node.at("cls")), text_item(), read_pair(node.at("sep"))});
  } else if (type == "Sequence") {
    for (const JsonNode& item : node.at("processors").items()) read(item, depth + 1, steps);
  } else if (type != "ByteLevel") {  // ByteLevel moves offsets only
    unknown_part(node.path() + ".type", type, kKnown);
  }
}

}  // namespace

std::vector<int32_t> PostProcessor::apply(std::vector<int32_t> ids, bool add_special_tokens) const {
  for (const Template& step : steps_) {
    std::vector<int32_t> wrapped;
    wrapped.reserve(ids.size() + step.size());
    for (const Item& item : step) {
      const std::vector<int32_t>& source = item.is_text ? ids : item.ids;
      if (item.is_text || add_special_tokens) wrapped.insert(wrapped.end(), source.begin(), source.end());
    }
    ids = std::move(wrapped);
  }
  return ids;
}

std::vector<int32_t> PostProcessor::special_ids() const {
  std::vector<int32_t> ids;
  for (const Template& step : steps_)
    for (const Item& item : step) ids.insert(ids.end(), item.ids.begin(), item.ids.end());
  return ids;
}

PostProcessor read_post_processor(const JsonNode& node) {
  std::vector<PostProcessor::Template> steps;
  read(node, 0, steps);
  // Each template may repeat the text; a chain of them must not multiply it without bound.
  size_t copies = 1;
  for (const PostProcessor::Template& step : steps) {
    copies *= static_cast<size_t>(
        std::count_if(step.begin(), step.end(), [](const auto& item) { return item.is_text; }));
    if (copies > kMaxCopies)
      corrupt(node.path(), fmt::format("repeats the text more than {} times", kMaxCopies));
  }
  return PostProcessor(std::move(steps));
}

}  // namespace easydel::text
