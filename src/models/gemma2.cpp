// Gemma 2 (Gemma Team 2024, arXiv:2408.00118): norms before and after attention and MLP, whose scales are 1 + weight;
// capped scores and logits; a window on every other layer; embeddings scaled by the square root of their size.
#include <cmath>

#include "base/format.h"
#include "easydel/error.h"
#include "graph/ops.h"
#include "models/registry.h"
#include "nn/decoder.h"
#include "nn/llama_block.h"
#include "nn/partition_rules.h"

namespace easydel {
namespace {

constexpr nn::DecoderDefaults kDefaults{.kv_heads = 4,
                                        .head_dim = 256,
                                        .max_position_embeddings = 8192,
                                        .sliding_window = 4096,
                                        .tie_word_embeddings = true,
                                        .pad_token_id = 0};

/// A soft cap: `fallback` for a missing key, none (0) for null.
double soft_cap(const EDPretrainedConfig& config, std::string_view key, double fallback) {
  const double cap = config.contains(key) ? config.number(key, 0.0) : fallback;
  if (cap < 0)
    throw Error(ErrorCode::kCorruptFile, "config.json",
                fmt::format("{} is {}; it must be above 0", key, cap));
  return cap;
}

/// Those of `layer_types`; files before that key have one on every other layer, the first among them.
std::vector<int64_t> sliding_windows(const EDPretrainedConfig& config, int64_t layers) {
  std::vector<std::string> types = config.texts("layer_types");
  if (types.empty()) {
    for (int64_t layer = 0; layer < layers; ++layer)
      types.emplace_back(layer % 2 == 0 ? "sliding_attention" : "full_attention");
  }
  const int64_t window = nn::uniform_windows(config, 1, kDefaults.sliding_window).front();
  return nn::windows_of_types(types, layers, window);
}

class Gemma2Block : public nn::Block {
 public:
  Gemma2Block(const nn::LlamaBlockOptions& options, const nn::Scope& scope)
      : before_attention_(options.norm, scope / "input_layernorm"),
        attention_(options.attention, scope / "self_attn"),
        after_attention_(options.norm, scope / "post_attention_layernorm"),
        before_mlp_(options.norm, scope / "pre_feedforward_layernorm"),
        mlp_(options.mlp, scope / "mlp"),
        after_mlp_(options.norm, scope / "post_feedforward_layernorm") {}

  Value forward(Value x, nn::Step& step) const override {
    x = x + after_attention_.forward(attention_.forward(before_attention_.forward(x), step));
    const Value mixed =
        step.in_chunks(before_mlp_.forward(x), [this](Value part) { return mlp_.forward(part); });
    return x + after_mlp_.forward(mixed);
  }

  nn::CacheLayout cache_layout() const override { return attention_.cache_layout(); }

 private:
  nn::RmsNorm before_attention_;
  nn::Attention attention_;
  nn::RmsNorm after_attention_, before_mlp_;
  nn::GatedMlp mlp_;
  nn::RmsNorm after_mlp_;
};

class Gemma2 : public nn::Decoder {
 public:
  Gemma2(const nn::DecoderConfig& config, ModelTask task, double logit_softcap,
         const nn::BlockMaker& make_block)
      : Decoder(config, task, make_block),
        embedding_scale_(std::sqrt(static_cast<double>(config.hidden_size))),
        logit_softcap_(logit_softcap) {}

 protected:
  Value logits(Value hidden) const override {
    const Value logits = Decoder::logits(hidden);
    return logit_softcap_ > 0 ? activation(logits / logit_softcap_, "tanh") * logit_softcap_ : logits;
  }

  // The factor has the activations' dtype, as in Transformers: in bf16 it is another one.
  Value embed(Value input_ids, nn::Step& step) const override {
    return Decoder::embed(input_ids, step) * embedding_scale_;
  }

 private:
  double embedding_scale_, logit_softcap_;
};

std::unique_ptr<nn::Module> make_gemma2(const EDPretrainedConfig& config, ModelTask task) {
  if (config.boolean("use_bidirectional_attention", false))
    throw Error(ErrorCode::kUnsupported, "config.json",
                "use_bidirectional_attention is true; only causal attention generates text");
  auto c = nn::DecoderConfig::from(config, kDefaults);
  c.hidden_act = canonical_activation(config.text("hidden_activation", "gelu_pytorch_tanh"));
  c.mlp_bias = false;
  c.norm_weight_from_one = true;
  c.sliding_windows = sliding_windows(config, c.layers);
  const double query_scalar = config.number("query_pre_attn_scalar", 256);
  if (!(query_scalar > 0))
    throw Error(ErrorCode::kCorruptFile, "config.json",
                fmt::format("query_pre_attn_scalar is {}; it must be above 0", query_scalar));
  const double score_softcap = soft_cap(config, "attn_logit_softcapping", 50);
  return std::make_unique<Gemma2>(c, task, soft_cap(config, "final_logit_softcapping", 30),
                                  [&](int64_t layer, const nn::Scope& scope) {
                                    auto options = nn::LlamaBlockOptions::from(c, layer);
                                    options.attention.scale = 1 / std::sqrt(query_scalar);
                                    options.attention.logit_softcap = score_softcap;
                                    return std::make_unique<Gemma2Block>(options, scope);
                                  });
}

// Llama's sets, but for attention, whose weights are split along one axis or along two like the MLP's.
PartitionRules partition_rules(bool fully_sharded) {
  nn::DecoderRuleSpecs specs = fully_sharded ? nn::fully_sharded_specs() : nn::tensor_parallel_specs();
  specs.attention_inputs = specs.gate_and_up;
  specs.attention_output = specs.down;
  return nn::decoder_partition_rules(specs);
}

}  // namespace

void register_gemma2(ModelRegistry& registry) {
  registry.add({.model_type = "gemma2",
                .classes = decoder_classes("Gemma2"),
                .make = make_gemma2,
                .partition_rules = partition_rules});
}

}  // namespace easydel
