// Post-processors: what goes around the ids of a text, such as a leading <s> ("post_processor").
#pragma once

#include <cstdint>
#include <vector>

#include "text/json_node.h"

namespace easydel::text {

class PostProcessor {
 public:
  /// A place in a template: the text's ids, or special tokens.
  struct Item {
    bool is_text = false;
    std::vector<int32_t> ids;
  };
  using Template = std::vector<Item>;

  PostProcessor() = default;
  explicit PostProcessor(std::vector<Template> steps) : steps_(std::move(steps)) {}

  /// Wraps `ids`; without `add_special_tokens` only the text's own ids stay.
  std::vector<int32_t> apply(std::vector<int32_t> ids, bool add_special_tokens) const;
  /// Every id that a template adds.
  std::vector<int32_t> special_ids() const;

 private:
  std::vector<Template> steps_;
};

/// Reads the post-processor at `node`. Error(kUnsupported) for a type that is unknown.
PostProcessor read_post_processor(const JsonNode& node);

}  // namespace easydel::text
