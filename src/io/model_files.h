// The files of a model directory beside config.json, generation_config.json and the weights.
#pragma once

#include <array>
#include <string_view>

namespace easydel::io {

/// What the tokenizer reads; only the first must be there.
inline constexpr std::array<std::string_view, 4> kTokenizerFiles = {
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja"};

/// What slow tokenizers read, which goes with a model when it is fetched or copied.
inline constexpr std::array<std::string_view, 4> kSlowTokenizerFiles = {"added_tokens.json", "vocab.json",
                                                                        "merges.txt", "tokenizer.model"};

/// What says whose the weights are, likewise.
inline constexpr std::array<std::string_view, 2> kCompanionFiles = {"LICENSE", "README.md"};

}  // namespace easydel::io
