// Normalizers: rewrite a text before it is split ("normalizer" in tokenizer.json).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "text/json_node.h"

namespace easydel::text {

class Normalizer {
 public:
  virtual ~Normalizer() = default;
  /// `text` (valid UTF-8) rewritten. The result views `text` itself where nothing changes, else `storage`.
  virtual std::string_view apply(std::string_view text, std::string& storage) const = 0;
};

/// Reads the normalizer at `node`. Error(kUnsupported) for a type that is unknown.
std::unique_ptr<Normalizer> read_normalizer(const JsonNode& node);

}  // namespace easydel::text
