// T5 and T5 v1.1 (Raffel et al. 2019, arXiv:1910.10683; Shazeer 2020, arXiv:2002.05202): an encoder and a decoder with
// biases by relative position instead of positions, norms without a mean, and scores that are not scaled.
#include <algorithm>
#include <cmath>
#include <limits>
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

struct T5Config {
  int64_t vocab_size, hidden_size, head_dim, inner, encoder_layers, decoder_layers, heads;
  int64_t buckets, max_distance;
  nn::NormOptions norm;
  std::string activation;
  bool is_gated, ties_head, scales_head;
  double initializer_factor;
  int32_t start_token;

  int64_t width() const { return heads * head_dim; }
  nn::LinearOptions linear(int64_t in, int64_t out, double variance) const {
    return {.in = in, .out = out, .stddev = initializer_factor / std::sqrt(variance)};
  }

  static T5Config from(const EDPretrainedConfig& config);
};

/// "relu", "gated-gelu" (v1.1), "gated-silu", ...: the activation, and whether a gate is in front of it.
void read_feed_forward(const EDPretrainedConfig& config, T5Config& c) {
  constexpr std::string_view kGated = "gated-";
  std::string name = config.text("feed_forward_proj", "relu");
  c.is_gated = name.starts_with(kGated);
  if (c.is_gated) name = name == "gated-gelu" ? "gelu_new" : name.substr(kGated.size());
  c.activation = canonical_activation(name);
}

T5Config T5Config::from(const EDPretrainedConfig& config) {
  constexpr int64_t kMostBuckets = 1 << 16, kMostDistance = 1 << 20;
  T5Config c{.vocab_size = config.integer("vocab_size", std::nullopt, 1, nn::kMostWidth),
             .hidden_size = config.integer("d_model", std::nullopt, 1, nn::kMostWidth),
             .head_dim = config.integer("d_kv", std::nullopt, 1, nn::kMostHeads),
             .inner = config.integer("d_ff", std::nullopt, 1, nn::kMostWidth),
             .encoder_layers = config.integer("num_layers", std::nullopt, 1, nn::kMostLayers)};
  c.decoder_layers = config.integer("num_decoder_layers", c.encoder_layers, 1, nn::kMostLayers);
  c.heads = config.integer("num_heads", std::nullopt, 1, nn::kMostHeads);
  c.buckets = config.integer("relative_attention_num_buckets", 32, 4, kMostBuckets);
  c.max_distance = config.integer("relative_attention_max_distance", 128, 1, kMostDistance);
  if (c.max_distance <= c.buckets / 2)
    throw Error(ErrorCode::kCorruptFile, "config.json",
                fmt::format("relative_attention_max_distance is {}; it must be above half of "
                            "relative_attention_num_buckets, {}",
                            c.max_distance, c.buckets));
  c.norm = {.size = c.hidden_size, .epsilon = nn::norm_epsilon(config, "layer_norm_epsilon", 1e-6)};
  read_feed_forward(config, c);
  // T5 scales its hidden states before a tied head; v1.1 has a head of its own. Files of Transformers 5 always say
  // that the head is tied, and name the other key.
  c.scales_head = config.boolean("scale_decoder_outputs", config.boolean("tie_word_embeddings", true));
  c.ties_head = c.scales_head && config.boolean("tie_word_embeddings", true);
  c.initializer_factor = config.number("initializer_factor", 1.0);
  c.start_token = static_cast<int32_t>(config.integer(
      "decoder_start_token_id", config.integer("pad_token_id", 0, 0, c.vocab_size - 1), 0, c.vocab_size - 1));
  return c;
}

/// A learnt bias for each head and each bucket of distances; all layers of a stack share it.
class RelativeBias {
 public:
  RelativeBias(const T5Config& c, bool bidirectional, const nn::Scope& scope)
      : weight_(scope.weight(
            "weight", {c.buckets, c.heads},
            {nn::InitKind::kNormal, c.initializer_factor / std::sqrt(static_cast<double>(c.hidden_size))},
            nn::ParameterRole::kEmbedding)),
        buckets_(c.buckets),
        max_distance_(static_cast<int32_t>(c.max_distance)),
        bidirectional_(bidirectional) {}

  /// f32 [heads, queries, keys] for queries that stand from step.cache_offset on.
  Value forward(int64_t queries, int64_t keys, nn::Step& step) const {
    const Shape grid(DType::kI32, {queries, keys});
    const Value distance = iota(step.graph, grid, 1) - (iota(step.graph, grid, 0) + step.cache_offset);
    const Value most = full_like(distance, max_distance_);
    const Value near = minimum(maximum(distance, negate(most)), most);
    const Value by_distance = embedding(weight_.in(step.graph), bucket_table(step.graph), DType::kF32);
    return transpose(take(by_distance, near + most), {2, 0, 1});
  }

 private:
  /// The bucket of each key position minus query position from -max_distance to max_distance.
  Value bucket_table(Graph& graph) const {
    std::vector<int32_t> table;
    for (int32_t distance = -max_distance_; distance <= max_distance_; ++distance)
      table.push_back(bucket(distance));
    return graph.constant(HostTensor::from<int32_t>({static_cast<int64_t>(table.size())}, table));
  }

  /// Half of the buckets are for one distance each, the others widen with its logarithm. In f32, as Transformers has it.
  int32_t bucket(int32_t distance) const {
    const auto count = static_cast<int32_t>(bidirectional_ ? buckets_ / 2 : buckets_);
    const int32_t first = bidirectional_ && distance > 0 ? count : 0;
    const int32_t away = bidirectional_ ? std::abs(distance) : std::max(-distance, 0);
    const int32_t exact = count / 2;
    if (away < exact) return first + away;
    const auto span = static_cast<float>(std::log(static_cast<double>(max_distance_) / exact));
    const float share = std::log(static_cast<float>(away) / static_cast<float>(exact)) / span;
    const auto wide = static_cast<int32_t>(share * static_cast<float>(count - exact));
    return first + std::min(exact + wide, count - 1);
  }

  nn::Weight weight_;
  int64_t buckets_;
  int32_t max_distance_;
  bool bidirectional_;
};

/// Over the layer's own stream, or over an encoder's hidden states.
class T5Attention {
 public:
  T5Attention(const T5Config& c, int64_t layer, bool causal, const nn::Scope& scope)
      : layer_(layer),
        heads_(c.heads),
        head_dim_(c.head_dim),
        attributes_{.scale = 1.0, .causal = causal},
        query_(c.linear(c.hidden_size, c.width(), static_cast<double>(c.hidden_size * c.head_dim)),
               scope / "q"),
        key_(c.linear(c.hidden_size, c.width(), static_cast<double>(c.hidden_size)), scope / "k"),
        value_(c.linear(c.hidden_size, c.width(), static_cast<double>(c.hidden_size)), scope / "v"),
        output_(c.linear(c.width(), c.hidden_size, static_cast<double>(c.width())), scope / "o") {}

  Value forward(Value x, nn::Step& step) const {
    const nn::LayerCache own = keys(x);
    return output_.forward(nn::attend(split(query_.forward(x)), own.key, own.value, layer_, attributes_, step,
                                      step.position_bias));
  }

  Value over_source(Value x, nn::Step& step) const {
    const nn::LayerCache source = step.source_keys != nullptr
                                      ? step.source_keys->at(static_cast<size_t>(layer_))
                                      : keys(step.source_states);
    return output_.forward(nn::attend_source(split(query_.forward(x)), source, attributes_, step));
  }

  nn::LayerCache keys(Value x) const { return {split(key_.forward(x)), split(value_.forward(x))}; }

  nn::CacheLayout cache_layout() const {
    return {.kv_heads = heads_,
            .key_dim = head_dim_,
            .value_dim = head_dim_,
            .heads = heads_,
            .query_weight = query_.parameter_name()};
  }

 private:
  Value split(Value x) const { return reshape(x, {x.dim(0), x.dim(1), heads_, head_dim_}); }

  int64_t layer_, heads_, head_dim_;
  AttentionAttributes attributes_;
  nn::Linear query_, key_, value_, output_;
};

class T5FeedForward {
 public:
  T5FeedForward(const T5Config& c, const nn::Scope& scope)
      : in_(c.linear(c.hidden_size, c.inner, static_cast<double>(c.hidden_size)),
            scope / (c.is_gated ? "wi_0" : "wi")),
        out_(c.linear(c.inner, c.hidden_size, static_cast<double>(c.inner)), scope / "wo"),
        activation_(c.activation) {
    if (c.is_gated)
      up_.emplace(c.linear(c.hidden_size, c.inner, static_cast<double>(c.hidden_size)), scope / "wi_1");
  }

  Value forward(Value x) const {
    const Value inner = in_.forward(x);
    return out_.forward(up_ ? gated_activation(inner, up_->forward(x), activation_)
                            : activation(inner, activation_));
  }

 private:
  nn::Linear in_, out_;
  std::optional<nn::Linear> up_;
  std::string activation_;
};

/// A layer of either stack; a decoder's has cross attention between attention and feed-forward.
class T5Block : public nn::Block {
 public:
  T5Block(const T5Config& c, bool is_decoder, int64_t layer, const nn::Scope& scope)
      : attention_norm_(c.norm, scope / "layer" / 0 / "layer_norm"),
        attention_(c, layer, is_decoder, scope / "layer" / 0 / "SelfAttention"),
        mlp_norm_(c.norm, scope / "layer" / (is_decoder ? 2 : 1) / "layer_norm"),
        mlp_(c, scope / "layer" / (is_decoder ? 2 : 1) / "DenseReluDense") {
    if (!is_decoder) return;
    cross_norm_.emplace(c.norm, scope / "layer" / 1 / "layer_norm");
    cross_.emplace(c, layer, /*causal=*/false, scope / "layer" / 1 / "EncDecAttention");
  }

  Value forward(Value x, nn::Step& step) const override {
    x = x + attention_.forward(attention_norm_.forward(x), step);
    if (cross_) x = x + cross_->over_source(cross_norm_->forward(x), step);
    return x + step.in_chunks(mlp_norm_.forward(x), [this](Value part) { return mlp_.forward(part); });
  }

  nn::CacheLayout cache_layout() const override { return attention_.cache_layout(); }
  /// Of a decoder's layer: the keys and values of its cross attention.
  nn::LayerCache source_keys(Value source_states) const { return cross_->keys(source_states); }

 private:
  nn::RmsNorm attention_norm_;
  T5Attention attention_;
  nn::RmsNorm mlp_norm_;
  T5FeedForward mlp_;
  std::optional<nn::RmsNorm> cross_norm_;
  std::optional<T5Attention> cross_;
};

class T5Stack {
 public:
  T5Stack(const T5Config& c, bool is_decoder, const nn::Scope& scope)
      : bias_(c, !is_decoder,
              scope / "block" / 0 / "layer" / 0 / "SelfAttention" / "relative_attention_bias"),
        blocks_(is_decoder ? c.decoder_layers : c.encoder_layers, scope / "block",
                [&](int64_t layer, const nn::Scope& block_scope) {
                  auto block = std::make_unique<T5Block>(c, is_decoder, layer, block_scope);
                  layers_.push_back(block.get());
                  return block;
                }),
        norm_(c.norm, scope / "final_layer_norm") {}

  Value forward(Value x, nn::Step& step) const {
    const int64_t keys = step.cache == nullptr ? x.dim(1) : step.cache->front().key.dim(1);
    step.position_bias = bias_.forward(x.dim(1), keys, step);
    return step.record(norm_.forward(blocks_.forward(x, step)));
  }

  std::vector<nn::CacheLayout> cache_layout() const { return blocks_.cache_layout(); }
  std::vector<nn::LayerCache> source_keys(Value source_states) const {
    std::vector<nn::LayerCache> keys;
    for (const T5Block* layer : layers_) keys.push_back(layer->source_keys(source_states));
    return keys;
  }

 private:
  RelativeBias bias_;
  std::vector<const T5Block*> layers_;  // of blocks_
  nn::BlockStack blocks_;
  nn::RmsNorm norm_;
};

// Transformers keeps both stacks at the root with a head and without.
class T5 : public nn::Module, private nn::Encoder {
 public:
  T5(const T5Config& c, ModelTask task)
      : Module(task, ""),
        tokens_({c.vocab_size, c.hidden_size, c.initializer_factor}, root() / "shared"),
        encoder_(c, /*is_decoder=*/false, root() / "encoder"),
        decoder_(c, /*is_decoder=*/true, root() / "decoder"),
        hidden_size_(c.hidden_size),
        start_token_(c.start_token),
        head_scale_(c.scales_head ? 1.0 / std::sqrt(static_cast<double>(c.hidden_size)) : 1.0) {
    for (const char* copy : {"encoder.embed_tokens.weight", "decoder.embed_tokens.weight"})
      parameters_.add_copy(input_embedding_name(), copy);
    if (!has_head()) return;
    if (c.ties_head) {
      parameters_.add_copy(input_embedding_name(), "lm_head.weight");
      return;
    }
    head_.emplace(nn::LinearOptions{.in = c.hidden_size, .out = c.vocab_size, .stddev = c.initializer_factor},
                  root() / "lm_head");
    parameters_.add_copy(head_->parameter_name(),
                         input_embedding_name());  // left out where the two are equal
  }

  Value encode(Value input_ids, nn::Step& step) const override {
    return encoder_.forward(tokens_.forward(input_ids, step.activation_dtype), step);
  }
  std::vector<nn::LayerCache> cross_keys(Value encoder_states, nn::Step&) const override {
    return decoder_.source_keys(encoder_states);
  }
  int64_t hidden_size() const override { return hidden_size_; }
  int32_t decoder_start_token() const override { return start_token_; }

  Value forward(Value input_ids, nn::Step& step) const override {
    return decoder_.forward(tokens_.forward(input_ids, step.activation_dtype), step);
  }

  std::vector<Value> head(Value hidden, nn::Step&) const override {
    Value x = convert(hidden, DType::kF32);
    if (!has_head()) return {x};
    if (head_scale_ != 1.0) x = x * head_scale_;
    return {head_ ? head_->forward(x) : tokens_.attend(x)};
  }

  /// Distances have no end.
  int64_t max_positions() const override { return std::numeric_limits<int32_t>::max(); }
  std::vector<nn::CacheLayout> cache_layout() const override { return decoder_.cache_layout(); }
  const nn::Encoder* encoder() const override { return this; }
  std::optional<std::string> decoder_prefix() const override { return "decoder."; }
  std::optional<std::string> encoder_prefix() const override { return "encoder."; }
  std::string input_embedding_name() const override { return tokens_.parameter_name(); }
  std::string output_embedding_name() const override {
    if (!has_head()) return {};
    return head_ ? head_->parameter_name() : input_embedding_name();
  }

 private:
  nn::Embedding tokens_;
  T5Stack encoder_, decoder_;
  std::optional<nn::Linear> head_;  // absent: the embedding's transpose, or no head at all
  int64_t hidden_size_;
  int32_t start_token_;
  double head_scale_;
};

std::unique_ptr<nn::Module> make_t5(const EDPretrainedConfig& config, ModelTask task) {
  return std::make_unique<T5>(T5Config::from(config), task);
}

// The first set is what EasyDeL meant: its own is malformed.
PartitionRules partition_rules(bool fully_sharded) {
  if (fully_sharded) return {{".*", {{"fsdp", "sp"}}}};
  return {{"(wi_0|wi_1)/kernel", {{"fsdp"}}},
          {"(wi|wo)/kernel", {{"fsdp"}, {"dp"}}},
          {"(SelfAttention|EncDecAttention)/(q|k|v|o)/kernel", {{"fsdp"}}},
          {".*", {{}}}};
}

}  // namespace

void register_t5(ModelRegistry& registry) {
  registry.add({.model_type = "t5",
                .classes = {{"T5ForConditionalGeneration", ModelTask::kSeq2SeqLM},
                            {"T5WithLMHeadModel", ModelTask::kSeq2SeqLM},
                            {"T5Model", ModelTask::kBase}},
                .make = make_t5,
                .partition_rules = partition_rules});
}

}  // namespace easydel
