#include "nn/decoder.h"

#include "graph/ops.h"
#include "nn/llama_block.h"

namespace easydel::nn {

Decoder::Decoder(const DecoderConfig& c, ModelTask task, const BlockMaker& make_block)
    : Module(task, "model"),
      embedding_({c.vocab_size, c.hidden_size, c.initializer_range, c.padding_row}, base() / "embed_tokens"),
      blocks_(c.layers, base() / "layers", make_block),
      norm_({c.hidden_size, c.rms_norm_eps, c.norm_weight_from_one}, base() / "norm"),
      max_positions_(c.rotary.max_positions()) {
  if (!has_head()) return;
  if (c.tie_word_embeddings)
    parameters_.add_copy(embedding_.parameter_name(), "lm_head.weight");
  else
    head_.emplace(
        LinearOptions{.in = c.hidden_size, .out = c.vocab_size, .bias = false, .stddev = c.initializer_range},
        root() / "lm_head");
}

Decoder::Decoder(const DecoderConfig& config, ModelTask task)
    : Decoder(config, task, [&](int64_t layer, const Scope& scope) {
        return std::make_unique<LlamaBlock>(LlamaBlockOptions::from(config, layer), scope);
      }) {}

Value Decoder::embed(Value input_ids, Step& step) const {
  return embedding_.forward(input_ids, step.activation_dtype);
}

Value Decoder::forward(Value input_ids, Step& step) const {
  return step.record(norm_.forward(blocks_.forward(embed(input_ids, step), step)));
}

Value Decoder::logits(Value hidden) const {
  return head_ ? head_->forward(hidden) : embedding_.attend(hidden);
}

std::vector<Value> Decoder::head(Value hidden, Step&) const {
  const Value x = convert(hidden, DType::kF32);
  return {has_head() ? logits(x) : x};
}

std::string Decoder::output_embedding_name() const {
  if (!has_head()) return {};
  return head_ ? head_->parameter_name() : input_embedding_name();
}

}  // namespace easydel::nn
