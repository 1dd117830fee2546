// Module: what a model file implements: from token ids to hidden states, and from those to what the task is.
//
//   Step step{.graph = graph, ...};
//   const Value hidden = module.forward(input_ids, step);          // [batch, seq, hidden]
//   const std::vector<Value> results = module.head(hidden, step);  // as module.outputs() names them
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "easydel/task.h"
#include "nn/parameters.h"
#include "nn/step.h"

namespace easydel::nn {

/// One layer's attention as caches and plans see it.
struct CacheLayout {
  int64_t kv_heads = 0;
  int64_t key_dim = 0;
  int64_t value_dim = 0;
  int64_t heads = 0;         ///< of the queries
  std::string query_weight;  ///< the parameter that makes the queries, alone or with keys and values
};

/// One result of a head.
struct OutputSpec {
  std::string_view name;  ///< as the fields of ForwardOutput
  bool per_token = true;  ///< [batch, seq, ...]; else [batch, ...]
};

/// What the heads of a task give.
std::vector<OutputSpec> outputs_of(ModelTask task);

/// Of layers that send each token to some of many experts.
struct Routing {
  int64_t layers = 0;          ///< that have a router; 0: none
  int64_t choices = 0;         ///< experts of each token
  bool output_logits = false;  ///< the configuration wants their logits from every forward pass
};

/// The part of an encoder-decoder that reads its input.
class Encoder {
 public:
  virtual ~Encoder() = default;
  /// ids i32 [batch, source] -> hidden states after the final norm, [batch, source, hidden].
  virtual Value encode(Value input_ids, Step& step) const = 0;
  /// The keys and values of each layer's cross attention, [batch, source, heads, head_dim].
  virtual std::vector<LayerCache> cross_keys(Value encoder_states, Step& step) const = 0;
  /// Columns of the encoder's hidden states.
  virtual int64_t hidden_size() const = 0;
  /// What every decoded text begins with.
  virtual int32_t decoder_start_token() const = 0;
};

/// Modules are immutable after construction; tracing is const.
class Module {
 public:
  /// `base_prefix`: where Transformers keeps the model without its head in one with a head ("model"); may be empty.
  Module(ModelTask task, std::string_view base_prefix);
  virtual ~Module() = default;

  ModelTask task() const { return task_; }
  /// The prefix that files of this task put before the names of the model without its head, with its dot.
  std::string base_prefix() const { return base_.empty() ? "" : base_ + "."; }

  /// ids i32 [batch, seq] -> the last hidden states, [batch, seq, hidden]. Of an encoder-decoder: the decoder's.
  virtual Value forward(Value input_ids, Step& step) const = 0;
  /// hidden [batch, n, hidden] -> f32 results as outputs() lists them; of language models "logits" [batch, n, vocab].
  virtual std::vector<Value> head(Value hidden, Step& step) const = 0;
  virtual std::vector<OutputSpec> outputs() const { return outputs_of(task_); }

  /// The longest text that the positions allow for.
  virtual int64_t max_positions() const = 0;
  /// One entry per layer; of an encoder-decoder the decoder's.
  virtual std::vector<CacheLayout> cache_layout() const = 0;
  /// Whether a token sees only those before it, so that its keys and values can be kept.
  virtual bool is_causal() const { return true; }
  /// Null for models of one part.
  virtual const Encoder* encoder() const { return nullptr; }
  /// What the names of the decoder's parameters begin with, with its dot: in Llama's kin all but the head. Unset for a model
  /// without a decoder.
  virtual std::optional<std::string> decoder_prefix() const { return name_prefix(); }
  /// As decoder_prefix(), of the stack of layers that reads without continuing.
  virtual std::optional<std::string> encoder_prefix() const { return std::nullopt; }
  /// Set: positions are counted from padding_index + 1 on over the tokens that are not this one, which stay at it.
  virtual std::optional<int32_t> padding_index() const { return std::nullopt; }
  /// How many kinds of token ForwardInputs::token_type_ids may name; 0: it may not be given.
  virtual int64_t token_types() const { return 0; }
  virtual Routing routing() const { return {}; }

  virtual std::string input_embedding_name() const = 0;
  /// The head's parameter: the input embedding's name when the two are tied, empty without a head over the vocabulary.
  virtual std::string output_embedding_name() const = 0;

  ParameterSet& parameters() { return parameters_; }
  const ParameterSet& parameters() const { return parameters_; }

 protected:
  /// Where the model without its head lies.
  Scope base() { return has_head() && !base_.empty() ? root() / base_ : root(); }
  /// Where heads lie.
  Scope root() { return Scope(parameters_); }
  bool has_head() const { return task_ != ModelTask::kBase; }
  /// What base() puts before names, with its dot; may be empty.
  std::string name_prefix() const { return has_head() ? base_prefix() : std::string(); }

  ParameterSet parameters_;

 private:
  ModelTask task_;
  std::string base_;
};

}  // namespace easydel::nn
