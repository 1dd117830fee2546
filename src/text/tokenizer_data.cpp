#include "text/tokenizer_data.h"

#include <fmt/format.h>

#include <algorithm>

#include "easydel/error.h"
#include "text/tokenizer_json.h"

namespace easydel {

using namespace text;

void Tokenizer::Data::load(std::string_view tokenizer_json, std::string_view config_json,
                           std::string_view special_map_json) {
  // simdjson reads the address even of no bytes.
  if (tokenizer_json.empty()) corrupt("", "is not valid JSON (it is empty)");
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  if (const auto error = parser.parse(tokenizer_json.data(), tokenizer_json.size()).get(document))
    corrupt("", fmt::format("is not valid JSON ({})", simdjson::error_message(error)));
  const JsonNode root(document, "");

  model = read_model(root.at("model"));
  if (const auto node = root.find("normalizer")) normalizer = read_normalizer(*node);
  if (const auto node = root.find("pre_tokenizer"))
    pre_tokenizer = read_pre_tokenizer(*node, model->takes_bytes());
  if (const auto node = root.find("post_processor")) post_processor = read_post_processor(*node);
  const auto decoder_node = root.find("decoder");
  decoder = decoder_node ? read_decoder(*decoder_node) : space_decoder();
  if (const auto node = root.find("added_tokens"))
    added.add(read_added_tokens(*node), model->vocabulary(), normalizer.get());

  config = read_tokenizer_config(config_json, special_map_json);
  apply_config();

  size_t limit = model->vocabulary().id_limit();
  vocab_size = static_cast<int64_t>(model->vocabulary().size());
  for (const auto& [id, spelling] : added.spellings()) {
    limit = std::max(limit, static_cast<size_t>(id) + 1);
    if (!model->vocabulary().token(id)) ++vocab_size;
    if (added.is_special(spelling)) special_ids.push_back(id);
  }
  std::sort(special_ids.begin(), special_ids.end());
  special_.resize(limit);
  for (const int32_t id : special_ids) special_[static_cast<size_t>(id)] = true;
  for (const int32_t id : post_processor.special_ids())
    if (!find_spelling(id)) corrupt("post_processor", fmt::format("adds the id {}, which no token has", id));
}

// What Transformers 5 does to a tokenizer after it has read tokenizer.json.
void Tokenizer::Data::apply_config() {
  // A token that is named by its text alone keeps the flags it has.
  const auto as_special = [&](const TokenizerConfig::Named& named) {
    AddedToken token = named.token;
    if (const AddedToken* known = added.find(token.content); known && !named.described) token = *known;
    token.special = true;
    return token;
  };
  std::vector<AddedToken> missing, special;
  for (const auto& [id, token] : config.added) missing.push_back(token);
  added.add(missing, model->vocabulary(), normalizer.get());
  for (const auto& [name, named] : config.named) special.push_back(as_special(named));
  for (const auto& named : config.extra) special.push_back(as_special(named));
  added.add(special, model->vocabulary(), normalizer.get());
}

void Tokenizer::Data::encode(std::string_view text, std::vector<int32_t>& ids) const {
  if (text.empty()) return;
  std::unique_ptr<Workspace> workspace = take_workspace();
  added.split(text, AddedVocabulary::kVerbatim, [&](std::string_view part, int32_t id) {
    if (id >= 0)
      ids.push_back(id);
    else
      encode_segment(part, part.data() == text.data(), *workspace, ids);
  });
  give_back(std::move(workspace));
}

void Tokenizer::Data::encode_segment(std::string_view segment, bool first, Workspace& workspace,
                                     std::vector<int32_t>& ids) const {
  std::string storage;
  const std::string_view normalized = normalizer ? normalizer->apply(segment, storage) : segment;
  const bool bytes = pre_tokenizer.yields_bytes();
  const auto encode_word = [&](const Piece& word) { model->encode(word.text, bytes, workspace, ids); };
  added.split(normalized, AddedVocabulary::kNormalized, [&](std::string_view part, int32_t id) {
    if (id >= 0)
      ids.push_back(id);
    else
      pre_tokenizer.split({part, first && part.data() == normalized.data()}, encode_word);
  });
}

// One workspace per concurrent caller; a single thread always meets its own warm cache again.
std::unique_ptr<Workspace> Tokenizer::Data::take_workspace() const {
  const std::lock_guard lock(mutex_);
  if (workspaces_.empty()) return std::make_unique<Workspace>();
  auto workspace = std::move(workspaces_.back());
  workspaces_.pop_back();
  return workspace;
}

void Tokenizer::Data::give_back(std::unique_ptr<Workspace> workspace) const {
  const std::lock_guard lock(mutex_);
  workspaces_.push_back(std::move(workspace));
}

std::optional<std::string_view> Tokenizer::Data::find_spelling(int32_t id) const {
  if (const auto found = added.spellings().find(id); found != added.spellings().end()) return found->second;
  return model->vocabulary().token(id);
}

std::string_view Tokenizer::Data::spelling(int32_t id) const {
  if (const auto found = find_spelling(id)) return *found;
  throw Error(
      ErrorCode::kInvalidArgument, "decode",
      fmt::format("the id {} is not in the vocabulary of {} tokens; check that the ids come from this "
                  "tokenizer's model",
                  id, vocab_size));
}

bool Tokenizer::Data::is_special(int32_t id) const {
  return id >= 0 && static_cast<size_t>(id) < special_.size() && special_[static_cast<size_t>(id)];
}

std::optional<int32_t> Tokenizer::Data::find_id(std::string_view token) const {
  if (const auto id = added.id(token)) return id;
  return model->vocabulary().find(token);
}

std::unique_ptr<DecodeStage> Tokenizer::Data::start_decoding(const DecodeOptions& options,
                                                             Decoder::Output output) const {
  const bool clean_up = options.clean_up_tokenization_spaces.value_or(config.clean_up_tokenization_spaces);
  return decoder->start(std::move(output), clean_up && !model->is_bpe());
}

}  // namespace easydel
