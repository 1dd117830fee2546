// DecoderLM: embedding, a stack of blocks, a final norm and a head. What most causal models share; a model
// file brings its block.
//
//   class LlamaBlock { ... Value forward(Value x, int64_t layer, Step& step) const; };
//   class LlamaForCausalLM : public DecoderLM<LlamaBlock> { ... };
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "nn/causal_lm.h"
#include "nn/decoder_config.h"
#include "nn/layers.h"

namespace easydel::nn {

template <typename Block>
class DecoderLM : public CausalLM {
 public:
  /// `make_block(layer, scope)` makes the block of a layer at "model.layers.<layer>".
  template <typename MakeBlock>
  DecoderLM(const DecoderConfig& c, MakeBlock make_block)
      : config_(c),
        embedding_(c.vocab_size, c.hidden_size, c.initializer_range,
                   Scope(parameters_) / "model" / "embed_tokens"),
        norm_(c.hidden_size, c.rms_norm_eps, Scope(parameters_) / "model" / "norm") {
    const Scope layers = Scope(parameters_) / "model" / "layers";
    for (int64_t layer = 0; layer < c.layers; ++layer) blocks_.push_back(make_block(layer, layers / layer));
    if (!c.tie_word_embeddings)
      head_.emplace(c.hidden_size, c.vocab_size, LinearOptions{.stddev = c.initializer_range},
                    Scope(parameters_) / "lm_head");
  }

  Value forward(Value input_ids, Step& step) const override {
    Value x = embedding_.forward(input_ids, step.activation_dtype);
    for (size_t layer = 0; layer < blocks_.size(); ++layer) {
      if (step.record_hidden_states) step.hidden_states.push_back(x);
      x = blocks_[layer].forward(x, static_cast<int64_t>(layer), step);
    }
    x = norm_.forward(x);
    if (step.record_hidden_states) step.hidden_states.push_back(x);
    return x;
  }

  Value logits(Value hidden, Step&) const override {
    return convert(head_ ? head_->forward(hidden) : embedding_.attend(hidden), DType::kF32);
  }

  std::vector<CacheLayout> cache_layout() const override {
    return std::vector<CacheLayout>(blocks_.size(), {config_.kv_heads, config_.head_dim, config_.head_dim});
  }

  std::string output_embedding_name() const override {
    return head_ ? "lm_head.weight" : embedding_.weight_name();
  }

 private:
  DecoderConfig config_;
  Embedding embedding_;
  RmsNorm norm_;
  std::vector<Block> blocks_;
  std::optional<Linear> head_;
};

}  // namespace easydel::nn
