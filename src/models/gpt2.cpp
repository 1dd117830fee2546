// GPT-2 (Radford et al. 2019): learned positions, layer norms with biases, one projection for queries, keys and values,
// a plain MLP, and linear weights that are stored [in, out].
#include <cmath>
#include <optional>

#include "base/format.h"
#include "easydel/error.h"
#include "graph/ops.h"
#include "models/registry.h"
#include "nn/attention.h"
#include "nn/block.h"
#include "nn/decoder_config.h"
#include "nn/embedding.h"
#include "nn/linear.h"
#include "nn/norm.h"
#include "nn/partition_rules.h"

namespace easydel {
namespace {

struct Gpt2Config {
  int64_t vocab_size, positions, hidden_size, layers, heads, inner;
  nn::NormOptions norm;
  std::string activation;
  double initializer_range;
  bool scale_attn_weights, scale_attn_by_inverse_layer_idx, tie_word_embeddings;

  int64_t head_dim() const { return hidden_size / heads; }
  /// Of the scores of a layer's attention.
  double scale(int64_t layer) const {
    const double by_size = scale_attn_weights ? 1.0 / std::sqrt(static_cast<double>(head_dim())) : 1.0;
    return scale_attn_by_inverse_layer_idx ? by_size / static_cast<double>(layer + 1) : by_size;
  }
  nn::LinearOptions linear(int64_t in, int64_t out) const {
    return {.in = in, .out = out, .bias = true, .stddev = initializer_range, .layout = WeightLayout::kInOut};
  }
  /// Of a projection back to the residual stream: fresh weights shrink with the number of such projections.
  nn::LinearOptions residual(int64_t in) const {
    nn::LinearOptions options = linear(in, hidden_size);
    options.stddev /= std::sqrt(static_cast<double>(2 * layers));
    return options;
  }

  /// `reorder_and_upcast_attn` asks for what attention does anyway; dropout is for training.
  static Gpt2Config from(const EDPretrainedConfig& config) {
    Gpt2Config c{.vocab_size = config.integer("vocab_size", std::nullopt, 1, nn::kMostWidth),
                 .positions = config.integer("n_positions", 1024, 1),
                 .hidden_size = config.integer("n_embd", std::nullopt, 1, nn::kMostWidth),
                 .layers = config.integer("n_layer", std::nullopt, 1, nn::kMostLayers),
                 .heads = config.integer("n_head", std::nullopt, 1, nn::kMostHeads)};
    if (c.hidden_size % c.heads != 0)
      throw Error(ErrorCode::kCorruptFile, "config.json",
                  fmt::format("n_embd is {} and n_head {}; the second must divide the first", c.hidden_size,
                              c.heads));
    if (config.boolean("add_cross_attention", false))
      throw Error(ErrorCode::kUnsupported, "config.json",
                  "add_cross_attention is true; only GPT-2 without an encoder is known");
    c.inner = config.integer("n_inner", 4 * c.hidden_size, 1, 4 * nn::kMostWidth);
    c.norm = {.size = c.hidden_size, .epsilon = nn::norm_epsilon(config, "layer_norm_epsilon", 1e-5)};
    c.activation = canonical_activation(config.text("activation_function", "gelu_new"));
    c.initializer_range = config.number("initializer_range", 0.02);
    c.scale_attn_weights = config.boolean("scale_attn_weights", true);
    c.scale_attn_by_inverse_layer_idx = config.boolean("scale_attn_by_inverse_layer_idx", false);
    c.tie_word_embeddings = config.boolean("tie_word_embeddings", true);
    return c;
  }
};

class Gpt2Attention {
 public:
  Gpt2Attention(const Gpt2Config& c, int64_t layer, const nn::Scope& scope)
      : layer_(layer),
        heads_(c.heads),
        head_dim_(c.head_dim()),
        scale_(c.scale(layer)),
        query_key_value_(c.linear(c.hidden_size, 3 * c.hidden_size), scope / "c_attn"),
        output_(c.residual(c.hidden_size), scope / "c_proj") {}

  Value forward(Value x, nn::Step& step) const {
    const Value joined = query_key_value_.forward(x);
    const auto part = [&](int64_t index) {
      const int64_t size = heads_ * head_dim_;
      const Value features = slice_axis(joined, -1, index * size, (index + 1) * size);
      return reshape(features, {x.dim(0), x.dim(1), heads_, head_dim_});
    };
    return output_.forward(nn::attend(part(0), part(1), part(2), layer_, {.scale = scale_}, step));
  }

  nn::CacheLayout cache_layout() const {
    return {.kv_heads = heads_,
            .key_dim = head_dim_,
            .value_dim = head_dim_,
            .heads = heads_,
            .query_weight = query_key_value_.parameter_name()};
  }

 private:
  int64_t layer_, heads_, head_dim_;
  double scale_;
  nn::Linear query_key_value_, output_;
};

class Gpt2Block : public nn::Block {
 public:
  Gpt2Block(const Gpt2Config& c, int64_t layer, const nn::Scope& scope)
      : attention_norm_(c.norm, scope / "ln_1"),
        attention_(c, layer, scope / "attn"),
        mlp_norm_(c.norm, scope / "ln_2"),
        mlp_in_(c.linear(c.hidden_size, c.inner), scope / "mlp" / "c_fc"),
        mlp_out_(c.residual(c.inner), scope / "mlp" / "c_proj"),
        activation_(c.activation) {}

  Value forward(Value x, nn::Step& step) const override {
    x = x + attention_.forward(attention_norm_.forward(x), step);
    return x + step.in_chunks(mlp_norm_.forward(x), [this](Value part) {
      return mlp_out_.forward(activation(mlp_in_.forward(part), activation_));
    });
  }

  nn::CacheLayout cache_layout() const override { return attention_.cache_layout(); }

 private:
  nn::LayerNorm attention_norm_;
  Gpt2Attention attention_;
  nn::LayerNorm mlp_norm_;
  nn::Linear mlp_in_, mlp_out_;
  std::string activation_;
};

class Gpt2 : public nn::Module {
 public:
  Gpt2(const Gpt2Config& c, ModelTask task)
      : Module(task, "transformer"),
        tokens_({c.vocab_size, c.hidden_size, c.initializer_range}, base() / "wte"),
        positions_({c.positions, c.hidden_size, c.initializer_range}, base() / "wpe"),
        blocks_(c.layers, base() / "h",
                [&](int64_t layer, const nn::Scope& scope) {
                  return std::make_unique<Gpt2Block>(c, layer, scope);
                }),
        norm_(c.norm, base() / "ln_f"),
        max_positions_(c.positions) {
    if (!has_head()) return;
    if (c.tie_word_embeddings)
      parameters_.add_copy(tokens_.parameter_name(), "lm_head.weight");
    else
      head_.emplace(
          nn::LinearOptions{.in = c.hidden_size, .out = c.vocab_size, .stddev = c.initializer_range},
          root() / "lm_head");
  }

  // Left padding has position -1, whose row is nobody's: a gather takes the first one for it.
  Value forward(Value input_ids, nn::Step& step) const override {
    const Value x = tokens_.forward(input_ids, step.activation_dtype) +
                    positions_.forward(step.position_ids, step.activation_dtype);
    return step.record(norm_.forward(blocks_.forward(x, step)));
  }

  std::vector<Value> head(Value hidden, nn::Step&) const override {
    const Value x = convert(hidden, DType::kF32);
    if (!has_head()) return {x};
    return {head_ ? head_->forward(x) : tokens_.attend(x)};
  }

  int64_t max_positions() const override { return max_positions_; }
  std::vector<nn::CacheLayout> cache_layout() const override { return blocks_.cache_layout(); }
  std::string input_embedding_name() const override { return tokens_.parameter_name(); }
  std::string output_embedding_name() const override {
    if (!has_head()) return {};
    return head_ ? head_->parameter_name() : input_embedding_name();
  }

 private:
  nn::Embedding tokens_, positions_;
  nn::BlockStack blocks_;
  nn::LayerNorm norm_;
  std::optional<nn::Linear> head_;  // absent: the embedding's transpose, or no head at all
  int64_t max_positions_;
};

std::unique_ptr<nn::Module> make_gpt2(const EDPretrainedConfig& config, ModelTask task) {
  return std::make_unique<Gpt2>(Gpt2Config::from(config), task);
}

// EasyDeL's two sets are alike.
PartitionRules partition_rules(bool /*fully_sharded*/) {
  return {{"transformer/wte/embedding", {{"tp"}, {"fsdp", "sp"}}},
          {"transformer/lm_head", {{"fsdp", "sp"}, {"tp"}}},
          {".*", {{"fsdp", "sp"}}}};
}

}  // namespace

void register_gpt2(ModelRegistry& registry) {
  registry.add({.model_type = "gpt2",
                .classes = {{"GPT2LMHeadModel", ModelTask::kCausalLM}, {"GPT2Model", ModelTask::kBase}},
                .make = make_gpt2,
                .partition_rules = partition_rules});
}

}  // namespace easydel
