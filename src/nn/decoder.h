// Decoder: a language model with Llama's frame: model.embed_tokens, model.layers, an RMS norm model.norm, and lm_head
// unless that is tied; or the same without a head. A model file says what its blocks are made of.
//
//   auto model = std::make_unique<Decoder>(config, ModelTask::kCausalLM, [&](int64_t layer, const Scope& scope) {
//     return std::make_unique<LlamaBlock>(LlamaBlockOptions::from(config, layer), scope);
//   });
#pragma once

#include <optional>

#include "nn/block.h"
#include "nn/decoder_config.h"
#include "nn/embedding.h"
#include "nn/linear.h"
#include "nn/norm.h"

namespace easydel::nn {

class Decoder : public Module {
 public:
  /// `task`: kCausalLM or kBase.
  Decoder(const DecoderConfig& config, ModelTask task, const BlockMaker& make_block);
  /// Blocks of Llama's kind, by the configuration alone.
  Decoder(const DecoderConfig& config, ModelTask task);

  Value forward(Value input_ids, Step& step) const override;
  std::vector<Value> head(Value hidden, Step& step) const override;
  int64_t max_positions() const override { return max_positions_; }
  std::vector<CacheLayout> cache_layout() const override { return blocks_.cache_layout(); }
  std::string input_embedding_name() const override { return embedding_.parameter_name(); }
  std::string output_embedding_name() const override;

 protected:
  /// ids i32 [batch, seq] -> the residual stream before the first block, of step.activation_dtype.
  virtual Value embed(Value input_ids, Step& step) const;
  /// f32 hidden [..., hidden] -> [..., vocab].
  virtual Value logits(Value hidden) const;

 private:
  Embedding embedding_;
  BlockStack blocks_;
  RmsNorm norm_;
  std::optional<Linear> head_;  // absent: the embedding's transpose, or no head at all
  int64_t max_positions_;
};

}  // namespace easydel::nn
