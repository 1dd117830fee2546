#include "nn/block.h"

namespace easydel::nn {

BlockStack::BlockStack(int64_t layers, const Scope& scope, const BlockMaker& make) {
  for (int64_t layer = 0; layer < layers; ++layer) blocks_.push_back(make(layer, scope / layer));
}

Value BlockStack::forward(Value x, Step& step) const {
  x = step.constrain_tokens(x);
  for (const auto& block : blocks_) x = step.constrain_tokens(block->forward(step.record(x), step));
  return x;
}

std::vector<CacheLayout> BlockStack::cache_layout() const {
  std::vector<CacheLayout> layers;
  for (const auto& block : blocks_) layers.push_back(block->cache_layout());
  return layers;
}

}  // namespace easydel::nn
