// What a Tokenizer and its StreamDecoders share.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "easydel/tokenizer.h"
#include "text/added_tokens.h"
#include "text/decoder.h"
#include "text/model.h"
#include "text/normalizer.h"
#include "text/post_processor.h"
#include "text/pre_tokenizer.h"
#include "text/tokenizer_config.h"

namespace easydel {

struct Tokenizer::Data {
  std::unique_ptr<text::Model> model;
  std::unique_ptr<text::Normalizer> normalizer;  // may be null
  text::PreTokenizer pre_tokenizer;
  text::PostProcessor post_processor;
  std::optional<text::Decoder> decoder;
  text::AddedVocabulary added;
  text::TokenizerConfig config;
  std::vector<int32_t> special_ids;
  int64_t vocab_size = 0;

  /// The three texts of a model directory; the last two may be empty.
  void load(std::string_view tokenizer_json, std::string_view config_json, std::string_view special_map_json);
  /// Appends the ids of `text`, which is valid UTF-8, without special tokens.
  void encode(std::string_view text, std::vector<int32_t>& ids) const;
  /// The spelling of an id. Error(kInvalidArgument) outside the vocabulary.
  std::string_view spelling(int32_t id) const;
  std::optional<std::string_view> find_spelling(int32_t id) const;
  bool is_special(int32_t id) const;
  std::optional<int32_t> find_id(std::string_view token) const;
  std::unique_ptr<text::DecodeStage> start_decoding(const DecodeOptions& options,
                                                    text::Decoder::Output output) const;

 private:
  void apply_config();
  void encode_segment(std::string_view segment, bool first, text::Workspace& workspace,
                      std::vector<int32_t>& ids) const;
  std::unique_ptr<text::Workspace> take_workspace() const;
  void give_back(std::unique_ptr<text::Workspace> workspace) const;

  std::vector<bool> special_;  // by id
  mutable std::mutex mutex_;   // guards workspaces_
  mutable std::vector<std::unique_ptr<text::Workspace>> workspaces_;
};

}  // namespace easydel
