// RoBERTa (Liu et al. 2019, arXiv:1907.11692): BERT's encoder, whose tokens see each other, with learned positions that
// begin behind the padding token's id, and a head for each task.
#include <cmath>
#include <nlohmann/json.hpp>
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

struct RobertaConfig {
  int64_t vocab_size, positions, token_types, hidden_size, layers, heads, inner, labels;
  int32_t padding_id;
  nn::NormOptions norm;
  std::string activation;
  double initializer_range;
  bool tie_word_embeddings;

  int64_t head_dim() const { return hidden_size / heads; }
  nn::LinearOptions linear(int64_t in, int64_t out) const {
    return {.in = in, .out = out, .bias = true, .stddev = initializer_range};
  }

  std::optional<int64_t> padding_row(int64_t rows) const {
    return padding_id < rows ? std::optional<int64_t>(padding_id) : std::nullopt;
  }

  static RobertaConfig from(const EDPretrainedConfig& config);
};

/// Of `id2label` or, without it, `num_labels`.
int64_t count_labels(const EDPretrainedConfig& config) {
  constexpr int64_t kMostLabels = 1 << 20;
  if (config.has("id2label")) return static_cast<int64_t>(config.section("id2label").json().size());
  return config.integer("num_labels", 2, 1, kMostLabels);
}

/// Dropout is for training.
RobertaConfig RobertaConfig::from(const EDPretrainedConfig& config) {
  const auto fail = [](std::string detail) {
    throw Error(ErrorCode::kCorruptFile, "config.json", std::move(detail));
  };
  RobertaConfig c{.vocab_size = config.integer("vocab_size", std::nullopt, 1, nn::kMostWidth),
                  .positions = config.integer("max_position_embeddings", 512, 1),
                  .token_types = config.integer("type_vocab_size", 2, 1),
                  .hidden_size = config.integer("hidden_size", std::nullopt, 1, nn::kMostWidth),
                  .layers = config.integer("num_hidden_layers", std::nullopt, 1, nn::kMostLayers),
                  .heads = config.integer("num_attention_heads", std::nullopt, 1, nn::kMostHeads),
                  .inner = config.integer("intermediate_size", std::nullopt, 1, nn::kMostWidth),
                  .labels = count_labels(config),
                  .padding_id = static_cast<int32_t>(config.integer("pad_token_id", 1))};
  if (c.hidden_size % c.heads != 0)
    fail(fmt::format("hidden_size is {} and num_attention_heads {}; the second must divide the first",
                     c.hidden_size, c.heads));
  if (c.labels < 1) fail("id2label names no label; name one or more, or leave it out");
  if (c.padding_id + 1 >= c.positions)
    fail(fmt::format("max_position_embeddings is {}, and positions begin behind pad_token_id {}; raise it",
                     c.positions, c.padding_id));
  for (const char* key : {"is_decoder", "add_cross_attention"})
    if (config.boolean(key, false))
      throw Error(ErrorCode::kUnsupported, "config.json",
                  fmt::format("{} is true; only RoBERTa as an encoder is known", key));
  if (const std::string kind = config.text("position_embedding_type", "absolute"); kind != "absolute")
    throw Error(ErrorCode::kUnsupported, "config.json",
                fmt::format("position_embedding_type is \"{}\"; only \"absolute\" is known", kind));
  c.norm = {.size = c.hidden_size, .epsilon = nn::norm_epsilon(config, "layer_norm_eps", 1e-12)};
  c.activation = canonical_activation(config.text("hidden_act", "gelu"));
  c.initializer_range = config.number("initializer_range", 0.02);
  c.tie_word_embeddings = config.boolean("tie_word_embeddings", true);
  return c;
}

class RobertaEmbeddings {
 public:
  RobertaEmbeddings(const RobertaConfig& c, const nn::Scope& scope)
      : words_({c.vocab_size, c.hidden_size, c.initializer_range, c.padding_row(c.vocab_size)},
               scope / "word_embeddings"),
        positions_({c.positions, c.hidden_size, c.initializer_range, c.padding_row(c.positions)},
                   scope / "position_embeddings"),
        types_({c.token_types, c.hidden_size, c.initializer_range}, scope / "token_type_embeddings"),
        norm_(c.norm, scope / "LayerNorm") {}

  Value forward(Value input_ids, nn::Step& step) const {
    const DType dtype = step.activation_dtype;
    const Value types = step.token_type_ids ? step.token_type_ids : full_like(input_ids, 0);
    return norm_.forward(words_.forward(input_ids, dtype) + types_.forward(types, dtype) +
                         positions_.forward(step.position_ids, dtype));
  }

  const nn::Embedding& words() const { return words_; }

 private:
  nn::Embedding words_, positions_, types_;
  nn::LayerNorm norm_;
};

class RobertaBlock : public nn::Block {
 public:
  RobertaBlock(const RobertaConfig& c, int64_t layer, const nn::Scope& scope)
      : layer_(layer),
        heads_(c.heads),
        head_dim_(c.head_dim()),
        query_(c.linear(c.hidden_size, c.hidden_size), scope / "attention" / "self" / "query"),
        key_(c.linear(c.hidden_size, c.hidden_size), scope / "attention" / "self" / "key"),
        value_(c.linear(c.hidden_size, c.hidden_size), scope / "attention" / "self" / "value"),
        attention_output_(c.linear(c.hidden_size, c.hidden_size), scope / "attention" / "output" / "dense"),
        attention_norm_(c.norm, scope / "attention" / "output" / "LayerNorm"),
        mlp_in_(c.linear(c.hidden_size, c.inner), scope / "intermediate" / "dense"),
        mlp_out_(c.linear(c.inner, c.hidden_size), scope / "output" / "dense"),
        mlp_norm_(c.norm, scope / "output" / "LayerNorm"),
        activation_(c.activation) {}

  Value forward(Value x, nn::Step& step) const override {
    const auto heads = [&](const nn::Linear& projection) {
      return reshape(projection.forward(x), {x.dim(0), x.dim(1), heads_, head_dim_});
    };
    const Value mixed =
        nn::attend(heads(query_), heads(key_), heads(value_), layer_,
                   {.scale = 1.0 / std::sqrt(static_cast<double>(head_dim_)), .causal = false}, step);
    x = attention_norm_.forward(x + attention_output_.forward(mixed));
    const Value widened = step.in_chunks(
        x, [this](Value part) { return mlp_out_.forward(activation(mlp_in_.forward(part), activation_)); });
    return mlp_norm_.forward(x + widened);
  }

  nn::CacheLayout cache_layout() const override {
    return {.kv_heads = heads_,
            .key_dim = head_dim_,
            .value_dim = head_dim_,
            .heads = heads_,
            .query_weight = query_.parameter_name()};
  }

 private:
  int64_t layer_, heads_, head_dim_;
  nn::Linear query_, key_, value_, attention_output_;
  nn::LayerNorm attention_norm_;
  nn::Linear mlp_in_, mlp_out_;
  nn::LayerNorm mlp_norm_;
  std::string activation_;
};

/// [batch, seq, hidden] -> that of the first token, <s>: [batch, hidden].
Value first_token(Value hidden) {
  return reshape(slice_axis(hidden, 1, 0, 1), {hidden.dim(0), hidden.dim(2)});
}

class Roberta : public nn::Module {
 public:
  Roberta(const RobertaConfig& c, ModelTask task)
      : Module(task, "roberta"),
        embeddings_(c, base() / "embeddings"),
        blocks_(c.layers, base() / "encoder" / "layer",
                [&](int64_t layer, const nn::Scope& scope) {
                  return std::make_unique<RobertaBlock>(c, layer, scope);
                }),
        padding_id_(c.padding_id),
        positions_(c.positions),
        token_types_(c.token_types) {
    const nn::LinearOptions dense = c.linear(c.hidden_size, c.hidden_size);
    switch (task) {
      case ModelTask::kBase:
        dense_.emplace(dense, base() / "pooler" / "dense");
        break;
      case ModelTask::kMaskedLM:
        add_language_model_head(c, root() / "lm_head");
        break;
      case ModelTask::kSequenceClassification:
        dense_.emplace(dense, root() / "classifier" / "dense");
        output_.emplace(c.linear(c.hidden_size, c.labels), root() / "classifier" / "out_proj");
        break;
      case ModelTask::kTokenClassification:
        output_.emplace(c.linear(c.hidden_size, c.labels), root() / "classifier");
        break;
      case ModelTask::kQuestionAnswering:
        output_.emplace(c.linear(c.hidden_size, 2), root() / "qa_outputs");
        break;
      case ModelTask::kCausalLM:
      case ModelTask::kSeq2SeqLM:
        throw Error(ErrorCode::kInternal, "roberta", "is registered for a task that it has no head for");
    }
  }

  Value forward(Value input_ids, nn::Step& step) const override {
    return step.record(blocks_.forward(embeddings_.forward(input_ids, step), step));
  }

  std::vector<Value> head(Value hidden, nn::Step&) const override {
    const Value x = convert(hidden, DType::kF32);
    switch (task()) {
      case ModelTask::kMaskedLM:
        return {words(norm_->forward(activation(dense_->forward(x), "gelu")))};
      case ModelTask::kSequenceClassification:
        return {output_->forward(tanh(dense_->forward(first_token(x))))};
      case ModelTask::kQuestionAnswering: {
        const Value logits = output_->forward(x);
        const auto column = [&](int64_t index) {
          return reshape(slice_axis(logits, 2, index, index + 1), {x.dim(0), x.dim(1)});
        };
        return {column(0), column(1)};
      }
      case ModelTask::kBase:
        return {x, tanh(dense_->forward(first_token(x)))};
      default:
        return {output_->forward(x)};
    }
  }

  std::vector<nn::OutputSpec> outputs() const override {
    std::vector<nn::OutputSpec> specs = nn::outputs_of(task());
    if (!has_head()) specs.push_back({.name = "pooler_output", .per_token = false});
    return specs;
  }

  int64_t max_positions() const override { return positions_ - padding_id_ - 1; }
  std::vector<nn::CacheLayout> cache_layout() const override { return blocks_.cache_layout(); }
  bool is_causal() const override { return false; }
  std::optional<int32_t> padding_index() const override { return padding_id_; }
  std::optional<std::string> decoder_prefix() const override { return std::nullopt; }
  std::optional<std::string> encoder_prefix() const override { return name_prefix() + "encoder."; }
  int64_t token_types() const override { return token_types_; }
  std::string input_embedding_name() const override { return embeddings_.words().parameter_name(); }
  std::string output_embedding_name() const override {
    if (task() != ModelTask::kMaskedLM) return {};
    return output_ ? output_->parameter_name() : input_embedding_name();
  }

 private:
  void add_language_model_head(const RobertaConfig& c, const nn::Scope& scope) {
    dense_.emplace(c.linear(c.hidden_size, c.hidden_size), scope / "dense");
    norm_.emplace(c.norm, scope / "layer_norm");
    vocabulary_bias_ = scope.weight("bias", {c.vocab_size}, {nn::InitKind::kZeros}, nn::ParameterRole::kBias);
    parameters_.add_copy(vocabulary_bias_.spec().name, "lm_head.decoder.bias");
    if (c.tie_word_embeddings) {
      parameters_.add_copy(input_embedding_name(), "lm_head.decoder.weight");
      return;
    }
    // With a bias of its own; the other one stays in the files and is not used, as in Transformers.
    output_.emplace(c.linear(c.hidden_size, c.vocab_size), scope / "decoder");
    parameters_.add_copy("lm_head.decoder.bias", vocabulary_bias_.spec().name);
  }

  /// Logits over the vocabulary.
  Value words(Value x) const {
    if (output_) return output_->forward(x);
    return embeddings_.words().attend(x) + convert(vocabulary_bias_.in(x.graph()), DType::kF32);
  }

  RobertaEmbeddings embeddings_;
  nn::BlockStack blocks_;
  int32_t padding_id_;
  int64_t positions_, token_types_;
  std::optional<nn::Linear> dense_;    // of the pooler or a head
  std::optional<nn::LayerNorm> norm_;  // of the language-model head
  std::optional<nn::Linear> output_;   // absent in it where the embedding's transpose is used
  nn::Weight vocabulary_bias_;
};

std::unique_ptr<nn::Module> make_roberta(const EDPretrainedConfig& config, ModelTask task) {
  return std::make_unique<Roberta>(RobertaConfig::from(config), task);
}

PartitionRules partition_rules(bool fully_sharded) {
  const PartitionSpec whole = {{}};
  const PartitionSpec first = {{"fsdp", "sp"}};
  const PartitionSpec columns = fully_sharded ? first : PartitionSpec{{"fsdp"}, {"tp"}};
  const PartitionSpec rows = fully_sharded ? first : PartitionSpec{{"tp"}, {"fsdp"}};
  const PartitionSpec column_bias = fully_sharded ? PartitionSpec{{"sp"}} : PartitionSpec{{"tp"}};
  return {{"embeddings/(position|token_type|word)_embeddings/embedding", whole},
          {"attention/self/(key|query|value)/kernel", columns},
          {"attention/self/(key|query|value)/bias", whole},
          {"attention/output/dense/kernel", rows},
          {"attention/output/dense/bias", whole},
          {"(LayerNorm|layer_norm)/(bias|scale)", whole},
          {"intermediate/dense/kernel", columns},
          {"intermediate/dense/bias", column_bias},
          {"output/dense/kernel", rows},
          {"output/dense/bias", whole},
          {"lm_head/dense/(kernel|bias)", whole},
          {"lm_head/decoder/kernel", columns},
          {"lm_head/decoder/bias", column_bias},
          {".*", whole}};
}

}  // namespace

void register_roberta(ModelRegistry& registry) {
  registry.add({.model_type = "roberta",
                .classes = {{"RobertaForMaskedLM", ModelTask::kMaskedLM},
                            {"RobertaForSequenceClassification", ModelTask::kSequenceClassification},
                            {"RobertaForTokenClassification", ModelTask::kTokenClassification},
                            {"RobertaForQuestionAnswering", ModelTask::kQuestionAnswering},
                            {"RobertaModel", ModelTask::kBase}},
                .make = make_roberta,
                .partition_rules = partition_rules});
}

}  // namespace easydel
