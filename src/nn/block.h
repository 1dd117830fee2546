// Blocks: the layers of a decoder, one behind the other on one residual stream. A model file says what its block is made
// of.
//
//   BlockStack blocks(layers, scope / "h", [&](int64_t layer, const Scope& scope) {
//     return std::make_unique<Gpt2Block>(config, layer, scope);
//   });
//   x = blocks.forward(x, step);   // [batch, seq, hidden]
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "nn/module.h"

namespace easydel::nn {

class Block {
 public:
  virtual ~Block() = default;
  /// x [batch, seq, hidden]: the stream before the layer -> behind it.
  virtual Value forward(Value x, Step& step) const = 0;
  virtual CacheLayout cache_layout() const = 0;
};

using BlockMaker = std::function<std::unique_ptr<Block>(int64_t layer, const Scope& scope)>;

class BlockStack {
 public:
  /// Calls `make` with 0, 1, ... and a scope of that name.
  BlockStack(int64_t layers, const Scope& scope, const BlockMaker& make);

  /// Records what goes into each block; what comes out of the last is the caller's, who normalizes it first.
  Value forward(Value x, Step& step) const;
  std::vector<CacheLayout> cache_layout() const;

 private:
  std::vector<std::unique_ptr<Block>> blocks_;
};

}  // namespace easydel::nn
