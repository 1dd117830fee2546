// Mixtral (Jiang et al. 2024, arXiv:2401.04088): Mistral's block with a router and experts in the MLP's place.
#include "base/format.h"
#include "easydel/error.h"
#include "graph/ops.h"
#include "models/registry.h"
#include "nn/decoder.h"
#include "nn/llama_block.h"
#include "nn/partition_rules.h"
#include "nn/sparse_mlp.h"

namespace easydel {
namespace {

constexpr nn::DecoderDefaults kDefaults{
    .kv_heads = 8, .max_position_embeddings = 131072, .rms_norm_eps = 1e-5, .rope_theta = 1e6};

class MixtralBlock : public nn::Block {
 public:
  MixtralBlock(const nn::LlamaBlockOptions& options, const nn::SparseMlpOptions& mlp, const nn::Scope& scope)
      : input_norm_(options.norm, scope / "input_layernorm"),
        attention_(options.attention, scope / "self_attn"),
        post_attention_norm_(options.norm, scope / "post_attention_layernorm"),
        mlp_(mlp, scope / "block_sparse_moe") {}

  Value forward(Value x, nn::Step& step) const override {
    x = x + attention_.forward(input_norm_.forward(x), step);
    const Value normed = post_attention_norm_.forward(x);
    if (step.record_router_logits) return x + mlp_.forward(normed, step);  // those of the whole sequence
    return x + step.in_chunks(normed, [&](Value part) { return mlp_.forward(part, step); });
  }

  nn::CacheLayout cache_layout() const override { return attention_.cache_layout(); }

 private:
  nn::RmsNorm input_norm_;
  nn::Attention attention_;
  nn::RmsNorm post_attention_norm_;
  nn::SparseMlp mlp_;
};

class Mixtral : public nn::Decoder {
 public:
  Mixtral(const nn::DecoderConfig& config, const nn::Routing& routing, ModelTask task,
          const nn::BlockMaker& make_block)
      : Decoder(config, task, make_block), routing_(routing) {}

  nn::Routing routing() const override { return routing_; }

 private:
  nn::Routing routing_;
};

// `router_jitter_noise` and `router_aux_loss_coef` are for training, and not read.
std::unique_ptr<nn::Module> make_mixtral(const EDPretrainedConfig& config, ModelTask task) {
  constexpr int64_t kMostExperts = 4096;
  auto c = nn::DecoderConfig::from(config, kDefaults);
  c.attention_bias = false;
  c.sliding_windows = nn::uniform_windows(config, c.layers, 0);
  const nn::SparseMlpOptions mlp{.hidden_size = c.hidden_size,
                                 .intermediate_size = c.intermediate_size,
                                 .experts = config.integer("num_local_experts", 8, 1, kMostExperts),
                                 .choices = config.integer("num_experts_per_tok", 2, 1, kMostExperts),
                                 .activation = c.hidden_act,
                                 .stddev = c.initializer_range};
  if (mlp.choices > mlp.experts)
    throw Error(
        ErrorCode::kCorruptFile, "config.json",
        fmt::format("num_experts_per_tok is {} and num_local_experts {}; a token cannot choose more than "
                    "there are",
                    mlp.choices, mlp.experts));
  const nn::Routing routing{.layers = c.layers,
                            .choices = mlp.choices,
                            .output_logits = config.boolean("output_router_logits", false)};
  return std::make_unique<Mixtral>(c, routing, task, [&](int64_t layer, const nn::Scope& scope) {
    nn::SparseMlpOptions of_layer = mlp;
    of_layer.packed_prefix = (scope / "mlp").prefix();
    return std::make_unique<MixtralBlock>(nn::LlamaBlockOptions::from(c, layer), of_layer, scope);
  });
}

// The sets differ in embedding, head and what no rule names; experts and router are split along one axis in either.
PartitionRules partition_rules(bool fully_sharded) {
  nn::DecoderRuleSpecs specs = nn::fully_sharded_specs();
  if (!fully_sharded) {
    specs.embedding = {{"sp"}, {"fsdp"}};
    specs.head = {{"fsdp"}, {"sp"}};
    specs.others = {{}};
  }
  PartitionRules rules = nn::decoder_partition_rules(specs);
  rules.insert(rules.begin(), {"(w1|w2|w3|gate)/kernel", {{"fsdp", "sp"}}});
  return rules;
}

}  // namespace

void register_mixtral(ModelRegistry& registry) {
  registry.add({.model_type = "mixtral",
                .classes = decoder_classes("Mixtral"),
                .make = make_mixtral,
                .partition_rules = partition_rules});
}

}  // namespace easydel
