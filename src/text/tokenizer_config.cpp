#include "text/tokenizer_config.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "easydel/error.h"
#include "text/utf8.h"

namespace easydel::text {
namespace {

using nlohmann::json;

// Above this Transformers' "no limit" (1e30) and its like are no lengths.
constexpr double kMaxLength = 1e12;

[[noreturn]] void corrupt_config(std::string_view file, std::string_view problem) {
  throw Error(ErrorCode::kCorruptFile, std::string(file),
              fmt::format("{}; fetch the file again or repair it", problem));
}

json parse_object(std::string_view text, std::string_view file) {
  if (text.empty()) return json::object();
  json value = json::parse(text, nullptr, false);
  if (value.is_discarded()) corrupt_config(file, "is not valid JSON");
  if (!value.is_object()) corrupt_config(file, "must be a JSON object");
  return value;
}

std::string text_of(const json& value, std::string_view key, std::string_view file) {
  if (!value.is_string()) corrupt_config(file, fmt::format("\"{}\" must be a string", key));
  return value.get<std::string>();
}

bool flag(const json& object, const char* key, bool otherwise, std::string_view file) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return otherwise;
  if (!found->is_boolean()) corrupt_config(file, fmt::format("\"{}\" must be true or false", key));
  return found->get<bool>();
}

// "<s>", or {"content": "<s>", "lstrip": false, ...}.
TokenizerConfig::Named read_named(const json& value, std::string_view key, std::string_view file) {
  if (value.is_string()) return {.token = {.content = value.get<std::string>(), .special = true}};
  if (!value.is_object() || !value.contains("content"))
    corrupt_config(file, fmt::format("\"{}\" must be a string or an object with \"content\"", key));
  return {.token = {.content = text_of(value["content"], "content", file),
                    .single_word = flag(value, "single_word", false, file),
                    .lstrip = flag(value, "lstrip", false, file),
                    .rstrip = flag(value, "rstrip", false, file),
                    .normalized = flag(value, "normalized", false, file),
                    .special = flag(value, "special", true, file)},
          .described = true};
}

void read_special_tokens(const json& root, std::string_view file, TokenizerConfig& config) {
  for (const char* key :
       {"bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"}) {
    const auto found = root.find(key);
    if (found != root.end() && !found->is_null() && !config.named.contains(key))
      config.named.emplace(key, read_named(*found, key, file));
  }
  for (const char* key : {"additional_special_tokens", "extra_special_tokens"}) {
    const auto found = root.find(key);
    if (found == root.end() || !found->is_structured()) continue;  // a list, or an object of named ones
    for (const auto& item : *found)
      if (!item.is_null()) config.extra.push_back(read_named(item, key, file));
  }
}

void read_added_tokens(const json& root, std::string_view file, TokenizerConfig& config) {
  const auto found = root.find("added_tokens_decoder");
  if (found == root.end() || found->is_null()) return;
  if (!found->is_object()) corrupt_config(file, "\"added_tokens_decoder\" must be an object");
  for (const auto& [key, value] : found->items()) {
    int64_t id = 0;
    const auto parsed = std::from_chars(key.data(), key.data() + key.size(), id);
    if (parsed.ec != std::errc() || parsed.ptr != key.data() + key.size())
      corrupt_config(file,
                     fmt::format("\"added_tokens_decoder\" has the key \"{}\", which is no token id", key));
    AddedToken token = read_named(value, "added_tokens_decoder", file).token;
    token.special = flag(value, "special", false, file);
    config.added.emplace(id, std::move(token));
  }
}

// A string, or a list of {"name": .., "template": ..}, of which "default" counts.
std::string read_chat_template(const json& root, std::string_view file) {
  const auto found = root.find("chat_template");
  if (found == root.end() || found->is_null()) return {};
  if (!found->is_array()) return text_of(*found, "chat_template", file);
  for (const auto& item : *found)
    if (item.is_object() && item.value("name", json()) == "default" && item.contains("template"))
      return text_of(item["template"], "chat_template", file);
  return {};
}

}  // namespace

TokenizerConfig read_tokenizer_config(std::string_view config_json,
                                      std::string_view special_tokens_map_json) {
  constexpr std::string_view kFile = "tokenizer_config.json", kMapFile = "special_tokens_map.json";
  TokenizerConfig config;
  const json root = parse_object(config_json, kFile);
  read_special_tokens(root, kFile, config);
  read_special_tokens(parse_object(special_tokens_map_json, kMapFile), kMapFile, config);
  read_added_tokens(root, kFile, config);
  config.clean_up_tokenization_spaces = flag(root, "clean_up_tokenization_spaces", false, kFile);
  if (const auto found = root.find("model_max_length"); found != root.end() && found->is_number())
    if (const double length = found->get<double>(); length >= 1 && length <= kMaxLength)
      config.model_max_length = static_cast<int64_t>(length);
  config.chat_template = read_chat_template(root, kFile);
  return config;
}

}  // namespace easydel::text
