#include "nn/decoder.h"

#include "graph/ops.h"
#include "nn/llama_block.h"

namespace easydel::nn {

Decoder::Decoder(const DecoderConfig& c, const BlockMaker& make_block)
    : embedding_({c.vocab_size, c.hidden_size, c.initializer_range},
                 Scope(parameters_) / "model" / "embed_tokens"),
      blocks_(c.layers, Scope(parameters_) / "model" / "layers", make_block),
      norm_({c.hidden_size, c.rms_norm_eps, c.norm_weight_from_one}, Scope(parameters_) / "model" / "norm"),
      max_positions_(c.rotary.max_positions()) {
  if (!c.tie_word_embeddings)
    head_.emplace(
        LinearOptions{.in = c.hidden_size, .out = c.vocab_size, .bias = false, .stddev = c.initializer_range},
        Scope(parameters_) / "lm_head");
}

Decoder::Decoder(const DecoderConfig& config)
    : Decoder(config, [&](int64_t layer, const Scope& scope) {
        return std::make_unique<LlamaBlock>(LlamaBlockOptions::from(config, layer), scope);
      }) {}

Value Decoder::embed(Value input_ids, Step& step) const {
  return embedding_.forward(input_ids, step.activation_dtype);
}

Value Decoder::forward(Value input_ids, Step& step) const {
  return step.record(norm_.forward(blocks_.forward(embed(input_ids, step), step)));
}

Value Decoder::logits(Value hidden, Step&) const {
  const Value x = convert(hidden, DType::kF32);
  return head_ ? head_->forward(x) : embedding_.attend(x);
}

std::string Decoder::output_embedding_name() const {
  return head_ ? head_->parameter_name() : input_embedding_name();
}

}  // namespace easydel::nn
