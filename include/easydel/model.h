// EDPretrainedModel: a transformer with its weights, on an engine.
//
//   auto model = easydel::EDPretrainedModel::from_pretrained("data/tiny-shakespeare");
//   auto tokenizer = easydel::Tokenizer::from_pretrained("data/tiny-shakespeare");
//   auto rows = model->generate({tokenizer.encode("ROMEO:\n")}, {.max_new_tokens = 64}, &tokenizer);
//   model->save_pretrained("copy");
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "easydel/config.h"
#include "easydel/generation.h"
#include "easydel/host_tensor.h"
#include "easydel/hub.h"
#include "easydel/layer_layout.h"
#include "easydel/precision.h"
#include "easydel/progress.h"
#include "easydel/sharded_tensor.h"
#include "easydel/sharding.h"
#include "easydel/task.h"

namespace easydel {

class EasyDeLState;
class ModelPart;
class MutableModelPart;

/// Where a model runs.
struct EngineOptions {
  /// "native", "pjrt:cpu", "pjrt:cuda", ...; "auto": an accelerator that is found, else native
  std::string engine = "auto";
  int threads = 0;             ///< 0: one per physical core that this process may use
  int64_t devices = 0;         ///< of pjrt:cpu, which splits the machine; 0: as many as the mesh needs
  double memory_fraction = 0;  ///< of a GPU's memory at most, above 0 up to 1; 0: the plugin's own choice
  bool preallocate = false;    ///< reserve the GPU's memory at once instead of as it is needed
  std::vector<int64_t> visible_devices;     ///< which GPUs, by index; empty: all
  LayerLayout layers = LayerLayout::kAuto;  ///< of programs for XLA; the native engine has no use for it
  /// Of pjrt:cpu on one device: XLA calls the native engine's kernels for attention and linear layers; false: it
  /// computes everything itself, as it does on other devices, over a mesh and in loops of layers.
  bool native_kernels = true;
  Precision precision =
      Precision::kHighest;  ///< of products of f32 on accelerators; CPUs multiply f32 as f32
};

/// How a model lies on a mesh of devices (docs/sharding.md). The names are EasyDeL's.
struct ShardingOptions {
  /// Mesh sizes, one may be -1; empty: the configuration's axis_dims.
  std::vector<int64_t> sharding_axis_dims;
  std::vector<std::string> sharding_axis_names;  ///< empty: dp, fsdp, tp, sp; of five dp, fsdp, ep, tp, sp
  std::optional<PartitionAxis> partition_axis;   ///< of activations and caches; unset: the configuration's
  PartitionRules partition_rules;                ///< over Flax paths; empty: the model's own
  bool fully_sharded_data_parallel = true;       ///< which of the model's own two sets
  bool auto_shard_params = true;                 ///< false: every device holds all weights
  std::optional<bool> use_sharded_kv_caching;    ///< cache length over "sp"; unset: as the configuration says
  std::optional<bool> shard_attention_computation;  ///< attention's result over rows and heads; likewise
  bool strict = false;  ///< an axis that does not divide its dimension is an error, not a warning
};

/// For a model that starts from its configuration alone.
struct ModelOptions {
  /// Batch and sequence of the shapes that are checked at construction.
  std::vector<int64_t> input_shape = {1, 1};
  uint64_t seed = 0;              ///< of the random weights
  DType dtype = DType::kF32;      ///< of the weights
  std::optional<ModelTask> task;  ///< unset: that of the configuration's architecture
  bool do_init = true;            ///< false: names, shapes and shardings only, on a mesh of any size
  EngineOptions engine;
  ShardingOptions sharding;
};

/// A generation that is to come.
struct GenerationShape {
  std::vector<int64_t> prompt_lengths;  ///< tokens of each row
  GenerationConfig config;
};

/// By parameter name, f32 [groups, 256, 256]: what an error in one column of a linear layer's weight does beside others.
using ColumnImportance = std::map<std::string, HostTensor, std::less<>>;

struct LoadOptions {
  /// What the model computes in: the dtype of weights, unless param_dtype says otherwise, of keys and values in caches and,
  /// on accelerators, of what passes from layer to layer. CPUs, which gain nothing from less, compute in f32 and sums
  /// are f32 everywhere. kAuto: the weights'.
  DType dtype = DType::kAuto;
  DType param_dtype =
      DType::kAuto;  ///< the weights are kept in; kAuto: `dtype` and, without that, the checkpoint's
  std::optional<ModelTask> task;  ///< unset: that of config.json's architecture
  /// Fields of config.json to replace or add, by name, as JSON text: {"sliding_window", "128"}. Checked as the file is.
  std::map<std::string, std::string> config_kwargs;
  /// Keys and values of caches in int8 (docs/configuration.md); unset: as the configuration's quantize_kv_cache says.
  std::optional<bool> quantize_kv_cache;
  /// Batch and sequence of a pass that is traced at once, so that what does not fit is an error of loading; empty: none.
  std::vector<int64_t> input_shape;
  /// EasyDeL's names of engines: "cpu" (native), "gpu" or "tpu"; empty: engine.engine says it.
  std::string backend;
  /// Whose layout the weights must have: true Hugging Face's, false EasyDeL's; unset: what is there, Hugging Face's first.
  std::optional<bool> from_torch;
  bool verbose = true;  ///< tells the log (kInfo) what was loaded
  /// Quantizes weights while they are read: "int8" (EasyDeL's "8bit"), "int4" or another format of docs/quantization.md; empty takes them as
  /// they are stored.
  std::string quantize;
  /// What column_importance() gave of a calibration text; weights that it lacks are rounded as if all columns mattered the
  /// same.
  ColumnImportance importance;
  bool load_in_8bit = false;  ///< EasyDeL's name for quantize = "int8"
  /// Patterns as of to_8bit(); empty: "kernel" and "embedding".
  std::vector<std::string> bit_targeted_params;
  bool allow_missing = false;            ///< initialize tensors that the checkpoint lacks instead of failing
  bool ignore_mismatched_sizes = false;  ///< initialize tensors of another shape instead of failing
  uint64_t seed = 0;                     ///< of tensors that are initialized
  EngineOptions engine;
  ShardingOptions sharding;
  /// By parameter name: functions that cut the weight, in place of the rules.
  std::map<std::string, ShardFn, std::less<>> shard_fns;
  bool mismatch_allowed = true;  ///< false: shard_fns, where they are given, must name every parameter
  HubOptions hub;                ///< which revision, subfolder and variant, and how repositories are fetched
  /// What generate() will be asked first: an engine that compiles does so while the weights are read.
  std::optional<GenerationShape> prepare;
  ProgressSink* progress = nullptr;
};

/// Whose layout a model is saved in.
enum class ModelFormat : uint8_t {
  kHuggingFace,  ///< safetensors that Transformers loads
  kEasyDeL,      ///< easydel-model.parameters: Flax's names, kernels [in, out]
};

struct SaveOptions {
  ModelFormat format = ModelFormat::kHuggingFace;
  bool safe = true;  ///< of kEasyDeL: a safetensors file; false: EasyDeL's msgpack stream
  /// Of tensor data per file, as in Transformers 5. EasyDeL's is one file.
  uint64_t max_shard_bytes = 50'000'000'000;
  DType dtype = DType::kAuto;  ///< converts float weights; kAuto keeps theirs. Quantized ones stay so
  ProgressSink* progress = nullptr;
};

/// Of resize_token_embeddings().
struct ResizeOptions {
  int64_t pad_to_multiple_of = 0;  ///< raises the size to a multiple of this; 0: as it is
  /// New rows are drawn around the mean of the old ones, with 1e-9 of their covariance, so that they take little
  /// probability from the others; false: as fresh weights are.
  bool mean_resizing = true;
  uint64_t seed = 0;  ///< of the new rows
};

/// What loading found that is not as the model expects.
struct LoadReport {
  std::vector<std::string> missing;     ///< in the model, not in the checkpoint: initialized
  std::vector<std::string> unexpected;  ///< in the checkpoint, not in the model: left out
  std::vector<std::string> mismatched;  ///< of another shape: initialized
  std::vector<std::string> unsharded;   ///< a sentence per axis of a spec that did not divide its dimension
};

/// The keys and values of a batch, held by the engine. Grows with each forward pass that is given it.
class KvCache {
 public:
  struct State;
  explicit KvCache(std::unique_ptr<State> state);
  ~KvCache();
  KvCache(KvCache&&) noexcept;
  KvCache& operator=(KvCache&&) noexcept;

  int64_t batch_size() const;
  int64_t max_length() const;
  /// Positions filled so far.
  int64_t length() const;
  /// Starts over with an empty cache.
  void reset();
  /// The keys or values of one layer, [batch, max_length, kv_heads, head_dim]; of a cache in int8 as f32.
  HostTensor key(int64_t layer) const;
  HostTensor value(int64_t layer) const;
  /// What keys and values take, scales included.
  uint64_t bytes() const;

  State& state() { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

struct ForwardInputs {
  HostTensor input_ids;  ///< i32 [batch, seq]; of an encoder-decoder, what the encoder reads
  /// i32 [batch, seq], or up to [batch, cache length]; 0 hides a token; empty: all seen.
  HostTensor attention_mask;
  HostTensor position_ids;   ///< i32 [batch, seq]; empty: counted from the mask, or from the cache's length
  KvCache* cache = nullptr;  ///< keys and values are read from and added to it
  bool output_hidden_states = false;
  /// Of mixtures of experts: router_logits and aux_loss; unset: as the configuration's output_router_logits says.
  std::optional<bool> output_router_logits;
  int64_t logits_to_keep = 0;  ///< of models that generate: logits of so many last positions; 0: of all
  HostTensor token_type_ids;   ///< i32 [batch, seq], for models with embeddings of token types; empty: 0

  // Of encoder-decoders. Mask and positions are of input_ids and of decoder_input_ids; the cache is the decoder's.
  HostTensor decoder_input_ids;  ///< i32 [batch, seq]: the text so far, which shift_right() makes of labels
  HostTensor decoder_attention_mask;  ///< as attention_mask
  HostTensor encoder_outputs;  ///< f32 [batch, source, hidden]: what encode() gave, in place of input_ids
};

/// What a forward pass gives; fields that the model's task does not have stay empty.
struct ForwardOutput {
  /// f32: of language models [batch, seq or logits_to_keep, vocab], of token classification [batch, seq, labels], of
  /// sequence classification [batch, labels].
  HostTensor logits;
  std::vector<HostTensor> hidden_states;  ///< embeddings, then each layer's output, [batch, seq, hidden]

  HostTensor start_logits, end_logits;            ///< of question answering: f32 [batch, seq]
  HostTensor last_hidden_state;                   ///< of models without a head: f32 [batch, seq, hidden]
  HostTensor pooler_output;                       ///< of those with a pooler (RoBERTa): f32 [batch, hidden]
  HostTensor encoder_last_hidden_state;           ///< of encoder-decoders: f32 [batch, source, hidden]
  std::vector<HostTensor> encoder_hidden_states;  ///< as hidden_states

  std::vector<HostTensor> router_logits;  ///< of each layer with experts: f32 [batch * seq, experts]
  /// f32 []: how unevenly the routers load the experts, over the tokens that the mask shows. Training adds it times
  /// router_aux_loss_coef to its loss. Fedus et al. 2022, arXiv:2101.03961, equations 4 to 6.
  HostTensor aux_loss;
};

/// A result of a forward pass that is one tensor.
struct NamedOutput {
  std::string_view name;  ///< the field's
  HostTensor ForwardOutput::*tensor;
};
/// All of them, in the order of the struct.
std::span<const NamedOutput> named_outputs();

/// The arguments of a generation step, as prepare_inputs_for_generation() makes them.
struct GenerationInputs {
  KvCache cache;
  HostTensor attention_mask;  ///< i32 [batch, max_length]: the prompt's mask, then ones
  /// i32 [batch, seq]: the running count of the mask minus one; -1 for left padding.
  HostTensor position_ids;
};

/// Movable, not copyable. Forward passes of one model take turns; two models run side by side.
class EDPretrainedModel {
 public:
  /// A model with random weights. Error(kUnsupported) for an unknown model type or class, Error(kCorruptFile) naming the key of
  /// the configuration that is wrong.
  explicit EDPretrainedModel(const EDPretrainedConfig& config, const ModelOptions& options = {});
  ~EDPretrainedModel();
  EDPretrainedModel(EDPretrainedModel&&) noexcept;
  EDPretrainedModel& operator=(EDPretrainedModel&&) noexcept;

  /// Loads a directory of Hugging Face's or EasyDeL's layout, or a repository of the Hub through snapshot_download(). Weights stay in the mapped
  /// files where their dtype is kept. Error(kNotFound) lists missing tensors, Error(kShapeMismatch) those of another
  /// shape, unless the options allow for them.
  static std::unique_ptr<EDPretrainedModel> from_pretrained(const std::filesystem::path& name_or_path,
                                                            const LoadOptions& options = {});

  /// Writes config.json, generation_config.json and the weights so that Transformers, or EasyDeL, loads them; all or
  /// nothing, and weights of another save go. The directory may be the one that the model was loaded from.
  /// A README.md is added where there is none: md_info().
  void save_pretrained(const std::filesystem::path& directory, const SaveOptions& options = {}) const;
  /// EasyDeL's name for save_pretrained() in Hugging Face's format, whatever `options.format` says.
  void to_pytorch(const std::filesystem::path& directory, SaveOptions options = {}) const;

  const EDPretrainedConfig& config() const;
  GenerationConfig& generation_config();
  const GenerationConfig& generation_config() const;
  const LoadReport& load_report() const;
  /// The directory that the model was loaded from, for a repository that of its snapshot; empty for a fresh one.
  const std::string& name_or_path() const;
  /// One line about the engine.
  std::string engine_description() const;
  /// "native", "pjrt:cpu", "pjrt:cuda", ...: what "auto" became.
  std::string engine_name() const;
  /// Of the weights; of quantized ones that in which parameter() gives them.
  DType dtype() const;
  /// The format of quantized weights, such as "int8"; empty without any.
  std::string quantization() const;
  /// Transformers' class, such as "LlamaForCausalLM", and what it is for.
  const std::string& class_name() const;
  ModelTask task() const;
  /// Whether the model continues texts: it has a head over the vocabulary and sees only what came before.
  bool can_generate() const;
  int64_t vocab_size() const;
  /// The longest text: max_position_embeddings, or what the rotary embedding's factor makes of it.
  int64_t max_positions() const;

  /// Hugging Face's names, in the model's order; tied weights once.
  std::vector<std::string> parameter_names() const;
  Shape parameter_shape(std::string_view name) const;
  /// The weight, without a copy where possible; a quantized one as numbers. Error(kNotFound) for an unknown name,
  /// Error(kInvalidArgument) for a model made with do_init = false.
  HostTensor parameter(std::string_view name) const;
  /// Replaces a weight by one of the same shape; it is converted to the model's dtype, or quantized as the old one was.
  void set_parameter(std::string_view name, const HostTensor& value);
  int64_t num_parameters() const;
  /// Of the weights as they are held: of quantized ones their codes and scales.
  uint64_t weight_bytes() const;

  /// Quantizes weights to int8 where they are, one after the other (docs/quantization.md): matrices and embeddings whose
  /// path (parameter_path()) a pattern is found in, by default EasyDeL's "kernel" and "embedding"; never norms, biases
  /// and the routers of experts.
  /// Error(kInvalidArgument) for a pattern that is no regular expression.
  void to_8bit(const std::vector<std::string>& quantization_fields = {});

  /// For LoadOptions::importance: the mean products, over a text, of the numbers that each 256 neighbouring columns of a linear
  /// layer's weight are multiplied with. The text is cut into windows of `context` tokens, the rest behind the last is left out.
  /// Error(kUnsupported) for encoder-decoders and models that continue no texts, Error(kInvalidArgument) for no tokens or some
  /// outside the vocabulary.
  ColumnImportance column_importance(std::span<const int32_t> ids, int64_t context = 512) const;

  /// The devices that hold the model; one without axes of size above 1 on an engine of one device.
  const Mesh& mesh() const;
  /// EasyDeL's path of a parameter, which partition rules speak of: "model/layers/0/self_attn/q_proj/kernel".
  std::string parameter_path(std::string_view name) const;
  /// The model's own rules, for fully sharded data parallelism or for tensor parallelism. Their specs are for Flax's
  /// layout: linear weights [in, out].
  PartitionRules get_partition_rules(bool fully_sharded_data_parallel = true) const;
  /// The sharding of every parameter, by name and for its stored shape (linear weights [out, in]), by rules over
  /// paths (the model's own when empty); parameters that `partition_specs` names take that spec, also for the stored
  /// shape. Error(kNotFound) names a parameter that no rule matches. Works without weights.
  NamedShardings get_named_sharding(const PartitionRules& partition_rules = {},
                                    const PartitionSpecs& partition_specs = {}) const;
  /// How the weights lie now.
  const NamedShardings& shardings() const;
  /// Moves the weights to where get_named_sharding() of the same arguments says, one after the other.
  void shard_model(const PartitionRules& partition_rules = {}, const PartitionSpecs& partition_specs = {});
  /// Gives every device all weights.
  void gather_model();
  /// One pair of functions per parameter, for where it lies now.
  ShardAndGatherFns make_shard_and_gather_fns() const {
    return easydel::make_shard_and_gather_fns(shardings());
  }

  /// The token embedding [vocab, hidden]; setting a tied one changes the head too. Error(kShapeMismatch) for a table of
  /// another shape: resize_token_embeddings() changes the number of rows.
  HostTensor get_input_embeddings() const;
  void set_input_embeddings(const HostTensor& value);
  /// The head [vocab, hidden]: the token embedding itself where the two are tied. Error(kUnsupported) for a model
  /// without one.
  HostTensor get_output_embeddings() const;
  void set_output_embeddings(const HostTensor& value);
  /// Gives the model a vocabulary of `new_size` tokens: rows of the token embedding, the head and its bias are added behind
  /// the old ones, which stay bit for bit, or taken from the end. A tied head stays tied. `vocab_size` of the configuration
  /// follows, generation_config() stays as it is, and an optimizer's tensors of the old shape are not changed. Returns
  /// the new vocab_size(). Works without weights. Error(kInvalidArgument) for a size below 1; when it throws, the model is as
  /// it was. No generation of this model may be under way.
  int64_t resize_token_embeddings(int64_t new_size, const ResizeOptions& options = {});

  /// The decoder as Transformers' get_decoder() has it (easydel/model_part.h): the model without its head, or of an
  /// encoder-decoder the second stack. Error(kUnsupported) for a model without one, such as RoBERTa.
  ModelPart get_decoder() const;
  MutableModelPart get_decoder();
  /// Copies the weights of another model's decoder of the same architecture and sizes; they are converted as by
  /// set_parameter(). Error(kShapeMismatch) names the first one that does not fit, and then none is changed.
  void set_decoder(const ModelPart& decoder);
  /// The stack of layers that reads: T5's first, RoBERTa's only one without its embeddings. Error(kUnsupported) for
  /// a model without one.
  ModelPart get_encoder() const;
  MutableModelPart get_encoder();

  /// An empty cache for `batch_size` rows of up to `max_length` positions. An encoder-decoder needs what encode() gave, and
  /// the attention_mask that encode() was given; the keys of its cross attention are computed now and kept. Error(kUnsupported)
  /// for a model whose tokens see those behind them.
  KvCache init_cache(int64_t batch_size, int64_t max_length, const HostTensor& encoder_outputs = {},
                     const HostTensor& encoder_attention_mask = {}) const;
  /// Cache, extended mask and positions for `input_ids` (i32 [batch, seq]; of an encoder-decoder the decoder's).
  /// `attention_mask` may be empty; the rest is as in init_cache().
  GenerationInputs prepare_inputs_for_generation(const HostTensor& input_ids, int64_t max_length,
                                                 const HostTensor& attention_mask = {},
                                                 const HostTensor& encoder_outputs = {},
                                                 const HostTensor& encoder_attention_mask = {}) const;
  /// Moves the positions behind those of the step before: one column, the last position plus one.
  void update_inputs_for_generation(GenerationInputs& inputs) const;

  /// The first half of an encoder-decoder: encoder_last_hidden_state and, on request, encoder_hidden_states of input_ids.
  ForwardOutput encode(const ForwardInputs& inputs) const;
  /// The decoder_input_ids that go with `labels` (i32 [batch, seq]): one position later, behind the start token; -100, which
  /// marks what has no label, becomes padding. Error(kUnsupported) for models of one part.
  HostTensor shift_right(const HostTensor& labels) const;

  /// One forward pass. Errors name ids outside the vocabulary, shapes that disagree, a cache that is full and texts
  /// longer than the context.
  ForwardOutput forward(const ForwardInputs& inputs) const;
  ForwardOutput operator()(const ForwardInputs& inputs) const { return forward(inputs); }

  /// Continues the prompts; an encoder-decoder answers them. Rows of unequal lengths give what each would give alone.
  /// `on_token`, if set, sees each token as it comes; when it returns false the generation ends. Error(kUnsupported)
  /// unless can_generate().
  std::vector<GeneratedText> generate(std::vector<std::vector<int32_t>> prompts,
                                      const GenerationConfig& config, const Tokenizer* tokenizer = nullptr,
                                      const std::function<bool(const TokenStep&)>& on_token = {}) const;
  /// One prompt, token by token; Error(kInvalidArgument) for a beam search or several sequences. The model and the
  /// tokenizer must outlive the stream.
  TokenStream stream(std::vector<int32_t> prompt, const GenerationConfig& config,
                     const Tokenizer* tokenizer = nullptr) const;
  /// A generation to be advanced by hand.
  Generation start_generation(std::vector<std::vector<int32_t>> prompts, const GenerationConfig& config,
                              const Tokenizer* tokenizer = nullptr) const;

  /// The greatest memory for intermediate values of any program run so far, in bytes.
  uint64_t peak_activation_bytes() const;

  /// A Markdown card: class, architecture, parameters by part, memory, the shardings on a mesh, and how to use the model
  /// from the shell, C++ and Python. `name` is what users load it by; empty: name_or_path(). Works without weights.
  std::string md_info(std::string_view name = {}) const;
  /// Class, dtype, parameters, sizes: a few lines for people.
  std::string to_string() const;

  /// A state at step 0 without the optimizer's tensors, which shares this model's weights and engine (easydel/state.h).
  EasyDeLState to_easydel_state() const;

  struct State;
  State& state() { return *state_; }
  const State& state() const { return *state_; }

 private:
  EDPretrainedModel();

  std::unique_ptr<State> state_;
};

std::ostream& operator<<(std::ostream& stream, const EDPretrainedModel& model);

/// EasyDeL's automatic classes: config.json's model_type says which architecture, the class which task, whatever the file
/// was saved for. Error(kUnsupported) where the architecture has no class of the task.
template <ModelTask kTask>
class AutoModelFor {
 public:
  static std::unique_ptr<EDPretrainedModel> from_pretrained(const std::filesystem::path& name_or_path,
                                                            LoadOptions options = {}) {
    options.task = kTask;
    return EDPretrainedModel::from_pretrained(name_or_path, options);
  }
  static std::unique_ptr<EDPretrainedModel> from_config(const EDPretrainedConfig& config,
                                                        ModelOptions options = {}) {
    options.task = kTask;
    return std::make_unique<EDPretrainedModel>(config, options);
  }
};

/// Without a head: hidden states.
using AutoEasyDeLModel = AutoModelFor<ModelTask::kBase>;
using AutoEasyDeLModelForCausalLM = AutoModelFor<ModelTask::kCausalLM>;
using AutoEasyDeLModelForSeq2SeqLM = AutoModelFor<ModelTask::kSeq2SeqLM>;
using AutoEasyDeLModelForMaskedLM = AutoModelFor<ModelTask::kMaskedLM>;
using AutoEasyDeLModelForSequenceClassification = AutoModelFor<ModelTask::kSequenceClassification>;
using AutoEasyDeLModelForTokenClassification = AutoModelFor<ModelTask::kTokenClassification>;
using AutoEasyDeLModelForQuestionAnswering = AutoModelFor<ModelTask::kQuestionAnswering>;

/// The model types that this build knows.
std::vector<std::string> known_model_types();

}  // namespace easydel
