// Model: turns one word of a text, as the pre-tokenizer gives it, into ids.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "text/vocabulary.h"
#include "text/word_cache.h"

namespace easydel::text {

/// What one call of encode needs beside the model; reused by later calls, never shared by two at once.
struct Workspace {
  WordCache cache;
  struct Symbol {
    int32_t id, previous, next;
    uint32_t length;  // in bytes of the word; 0 when merged away
  };
  struct Merge {
    uint32_t rank, position;
    int32_t id;
  };
  std::vector<Symbol> symbols;
  std::vector<Merge> heap;
};

class Model {
 public:
  virtual ~Model() = default;
  /// Appends the ids of `word`, which is not empty. With `bytes` the word is raw bytes of a byte-level
  /// vocabulary.
  virtual void encode(std::string_view word, bool bytes, Workspace& workspace,
                      std::vector<int32_t>& ids) const = 0;
  virtual const Vocabulary& vocabulary() const = 0;
  /// Whether encode() takes raw bytes.
  virtual bool takes_bytes() const { return false; }
  virtual bool is_bpe() const { return false; }
};

}  // namespace easydel::text
