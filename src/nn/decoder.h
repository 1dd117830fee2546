// Decoder: a language model of pre-norm blocks: embedding, blocks, final norm, head. A model file says what its blocks
// are made of.
//
//   auto model = std::make_unique<Decoder>(config, [&](int64_t layer) { return BlockOptions::from(config, layer); });
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "nn/attention.h"
#include "nn/causal_lm.h"
#include "nn/decoder_config.h"
#include "nn/embedding.h"
#include "nn/gated_mlp.h"
#include "nn/norm.h"

namespace easydel::nn {

struct BlockOptions {
  AttentionOptions attention;
  GatedMlpOptions mlp;
  double norm_epsilon = 1e-6;

  static BlockOptions from(const DecoderConfig& config, int64_t layer);
};

/// x + attention(norm(x)), then x + mlp(norm(x)): Llama's block.
class Block {
 public:
  Block(const BlockOptions& options, const Scope& scope);
  Value forward(Value x, Step& step) const;
  CacheLayout cache_layout() const { return attention_.cache_layout(); }

 private:
  RmsNorm input_norm_;
  Attention attention_;
  RmsNorm post_attention_norm_;
  GatedMlp mlp_;
};

class Decoder : public CausalLM {
 public:
  Decoder(const DecoderConfig& config, const std::function<BlockOptions(int64_t layer)>& block);
  /// Blocks of Llama's kind, by the configuration alone.
  explicit Decoder(const DecoderConfig& config)
      : Decoder(config, [&](int64_t layer) { return BlockOptions::from(config, layer); }) {}

  Value forward(Value input_ids, Step& step) const override;
  Value logits(Value hidden, Step& step) const override;
  int64_t max_positions() const override { return max_positions_; }
  std::vector<CacheLayout> cache_layout() const override;
  std::string input_embedding_name() const override { return embedding_.parameter_name(); }
  std::string output_embedding_name() const override;

 private:
  Embedding embedding_;
  std::vector<Block> blocks_;
  RmsNorm norm_;
  std::optional<Linear> head_;  // absent: the embedding's transpose
  int64_t max_positions_;
};

}  // namespace easydel::nn
