// tokenizer_config.json: the named special tokens and what Transformers changes in the tokenizer on account
// of it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/added_tokens.h"

namespace easydel::text {

struct TokenizerConfig {
  /// A special token that is named by its text alone, or described in full.
  struct Named {
    AddedToken token;
    bool described = false;
  };
  std::map<std::string, Named> named;   ///< "bos_token" and so on
  std::vector<Named> extra;             ///< further special tokens
  std::map<int64_t, AddedToken> added;  ///< "added_tokens_decoder", by id
  bool clean_up_tokenization_spaces = false;
  std::optional<int64_t> model_max_length;
  std::string chat_template;
};

/// Reads tokenizer_config.json and, for names that it lacks, special_tokens_map.json; either may be empty.
TokenizerConfig read_tokenizer_config(std::string_view config_json, std::string_view special_tokens_map_json);

}  // namespace easydel::text
