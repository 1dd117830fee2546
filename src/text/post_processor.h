// Post-processor: what goes around the ids of a text, such as a leading <s> ("post_processor").
#pragma once

#include <cstdint>
#include <vector>

#include "text/json_node.h"

namespace easydel::text {

class PostProcessor {
 public:
  /// A place in the template: the text's ids, or special tokens.
  struct Item {
    bool is_text = false;
    std::vector<int32_t> ids;
  };

  PostProcessor() : items_{{.is_text = true}} {}
  explicit PostProcessor(std::vector<Item> items) : items_(std::move(items)) {}

  /// Puts the template around `ids`; without `add_special_tokens` only the text's own ids stay.
  std::vector<int32_t> apply(std::vector<int32_t> ids, bool add_special_tokens) const;
  /// Every id that the template adds.
  std::vector<int32_t> special_ids() const;

 private:
  std::vector<Item> items_;
};

/// Reads the post-processor at `node`. Error(kUnsupported) for a type that is unknown, and for a Sequence in
/// which more than one part adds tokens.
PostProcessor read_post_processor(const JsonNode& node);

}  // namespace easydel::text
