#include "nn/decoder.h"

#include "graph/ops.h"

namespace easydel::nn {
namespace {

constexpr std::string_view kHeadName = "lm_head";

}  // namespace

BlockOptions BlockOptions::from(const DecoderConfig& config, int64_t layer) {
  return {.attention = AttentionOptions::from(config, layer),
          .mlp = {.hidden_size = config.hidden_size,
                  .intermediate_size = config.intermediate_size,
                  .activation = config.hidden_act,
                  .bias = config.mlp_bias,
                  .stddev = config.initializer_range},
          .norm_epsilon = config.rms_norm_eps};
}

Block::Block(const BlockOptions& options, const Scope& scope)
    : input_norm_({options.attention.hidden_size, options.norm_epsilon}, scope / "input_layernorm"),
      attention_(options.attention, scope / "self_attn"),
      post_attention_norm_({options.attention.hidden_size, options.norm_epsilon},
                           scope / "post_attention_layernorm"),
      mlp_(options.mlp, scope / "mlp") {}

Value Block::forward(Value x, Step& step) const {
  x = x + attention_.forward(input_norm_.forward(x), step);
  return x + mlp_.forward(post_attention_norm_.forward(x));
}

Decoder::Decoder(const DecoderConfig& c, const std::function<BlockOptions(int64_t layer)>& block)
    : embedding_({c.vocab_size, c.hidden_size, c.initializer_range},
                 Scope(parameters_) / "model" / "embed_tokens"),
      blocks_([&] {
        std::vector<Block> blocks;
        for (int64_t layer = 0; layer < c.layers; ++layer)
          blocks.emplace_back(block(layer), Scope(parameters_) / "model" / "layers" / layer);
        return blocks;
      }()),
      norm_({c.hidden_size, c.rms_norm_eps}, Scope(parameters_) / "model" / "norm"),
      max_positions_(c.rotary.max_positions()) {
  if (!c.tie_word_embeddings)
    head_.emplace(LinearOptions{c.hidden_size, c.vocab_size, false, c.initializer_range},
                  Scope(parameters_) / kHeadName);
}

Value Decoder::forward(Value input_ids, Step& step) const {
  const auto record = [&](Value x) {
    if (step.record_hidden_states) step.hidden_states.push_back(x);
  };
  Value x = step.constrain_tokens(embedding_.forward(input_ids, step.activation_dtype));
  for (const Block& block : blocks_) {
    record(x);
    x = step.constrain_tokens(block.forward(x, step));
  }
  x = norm_.forward(x);
  record(x);
  return x;
}

Value Decoder::logits(Value hidden, Step&) const {
  const Value x = convert(hidden, DType::kF32);
  return head_ ? head_->forward(x) : embedding_.attend(x);
}

std::vector<CacheLayout> Decoder::cache_layout() const {
  std::vector<CacheLayout> layers;
  for (const Block& block : blocks_) layers.push_back(block.cache_layout());
  return layers;
}

std::string Decoder::output_embedding_name() const {
  return head_ ? std::string(kHeadName) + ".weight" : input_embedding_name();
}

}  // namespace easydel::nn
