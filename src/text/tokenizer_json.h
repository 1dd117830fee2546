// Reads the parts of tokenizer.json that hold the vocabulary: the model and the added tokens.
#pragma once

#include <memory>
#include <vector>

#include "text/added_tokens.h"
#include "text/json_node.h"
#include "text/model.h"

namespace easydel::text {

/// Reads "model": BPE, WordPiece, WordLevel or Unigram. Error(kUnsupported) for another type.
std::unique_ptr<Model> read_model(const JsonNode& node);

/// Reads "added_tokens", in order.
std::vector<AddedToken> read_added_tokens(const JsonNode& node);

}  // namespace easydel::text
