// What EDPretrainedModel and KvCache keep behind their public faces.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "easydel/model.h"
#include "engine/engine.h"
#include "generation/decoder.h"
#include "io/checkpoint.h"
#include "io/safetensors.h"
#include "models/registry.h"
#include "nn/module.h"
#include "pretrained/placement.h"
#include "pretrained/program_cache.h"

namespace easydel {

/// Throws Error(kInvalidArgument) unless weights can be held in `dtype`: f32, bf16 or f16.
void require_weight_dtype(DType dtype, std::string_view operation);

/// How keys and values are held beside weights of that dtype: half floats as they are, else f32.
DType cache_dtype(DType weights);

/// The numbers that the parts of a quantized weight stand for, of spec.shape().
HostTensor decoded(const nn::ParameterSpec& spec, std::span<const HostTensor> parts);

struct KvCache::State {
  std::shared_ptr<Engine> engine;
  Placement placement;
  std::vector<nn::CacheLayout> layout;
  DType dtype = DType::kF32;
  int64_t batch = 0, capacity = 0, length = 0;
  std::vector<Buffer> buffers;  ///< the parts of layer 0 (nn/cache.h), of layer 1, ...
  HostTensor mask;              ///< i32 [batch, capacity], 0 hides a position; empty: all visible

  std::vector<Buffer>
      source_buffers;         ///< of cross attention, in the order of `buffers`; empty without an encoder
  int64_t source_length = 0;  ///< their positions
  HostTensor source_mask;     ///< i32 [batch, source_length]; empty: all visible

  void allocate();
  /// The keys (0) or values (1) of a layer.
  HostTensor part(int64_t layer, int64_t which) const;
};

/// What generation::DeviceTokens are on the host; scores are empty without a beam search.
struct DeviceTokens {
  HostTensor ids, scores;
};

/// What a decoder attends to, at the length that programs take.
struct SourceText {
  HostTensor states;  ///< f32 [batch, length, hidden]
  HostTensor mask;    ///< i32 [batch, length]; empty: all seen
};

/// How a pass's last logits become tokens on the engine's devices.
struct DeviceChoice {
  const generation::DeviceChooser& chooser;
  const GenerationConfig& config;
  const generation::StepChoice& step;
};

/// The model as generation sees it.
class ModelDecoder final : public generation::Decoder {
 public:
  explicit ModelDecoder(const EDPretrainedModel::State& model) : model_(model) {}
  int64_t vocab_size() const override;
  int64_t max_positions() const override;
  std::vector<int32_t> text_start(std::span<const int32_t> prompt) const override;
  std::unique_ptr<generation::Session> start(int64_t batch, int64_t capacity,
                                             const GenerationConfig& config) override;
  /// Has the engine compile in the background what a generation of this kind will need.
  void prepare(const GenerationShape& shape) const;

 private:
  void prepare_encoder_decoder(const GenerationShape& shape) const;
  void prepare(const std::vector<ProgramKey>& keys) const;

  const EDPretrainedModel::State& model_;
};

struct EDPretrainedModel::State {
  EDPretrainedConfig config;
  EasyDeLOptions easydel_options;  ///< the configuration's
  GenerationConfig generation_config;
  LoadReport report;
  std::string name_or_path;
  const ModelEntry* entry = nullptr;
  const ModelClass* model_class = nullptr;
  std::unique_ptr<nn::Module> module;
  std::shared_ptr<Engine> engine;
  ShardingOptions sharding;
  Placement placement;
  NamedShardings shardings;  ///< of the weights, by parameter name
  std::map<std::string, Buffer, std::less<>>
      weights;  ///< by the names of what is held; empty without do_init
  bool has_weights = false;
  DType compute_dtype = DType::kAuto;  ///< of caches and, on accelerators, activations; kAuto: the weights'
  int64_t vocab_size = 0, max_positions = 0;
  std::unique_ptr<ModelDecoder> decoder;

  mutable std::mutex mutex;  ///< held for a forward pass: programs and caches have one user at a time
  mutable ProgramCache programs;

  /// `task`: of the configuration's architecture where it is unset. A model without weights may lie on more devices than
  /// the engine has.
  State(const EDPretrainedConfig& config, std::optional<ModelTask> task, const EngineOptions& engine,
        const ShardingOptions& sharding, bool with_weights);
  State(EDPretrainedConfig config, std::optional<ModelTask> task, std::shared_ptr<Engine> engine,
        ShardingOptions sharding, bool with_weights);

  /// A model whose weights are the checkpoint's, of which the options say what may be missing. Errors begin with
  /// `operation`.
  static std::unique_ptr<EDPretrainedModel> load(std::unique_ptr<State> state,
                                                 const io::Checkpoint& checkpoint, const LoadOptions& options,
                                                 const std::string& operation);
  /// Another model of the same engine and weights: either may replace its own.
  std::unique_ptr<State> share() const;
  /// The weights as a format has them, to be written.
  std::vector<io::LazyTensor> lazy_weights(ModelFormat format, DType dtype) const;

  const nn::ParameterSpec& spec(std::string_view name) const;
  /// The parameter of the head over the vocabulary; Error(kUnsupported) without one.
  std::string head_name() const;
  /// Gives the engine a weight, quantized as the options say where the spec has a format.
  void set_weight(nn::ParameterSpec& spec, const HostTensor& value,
                  const quantization::EncodeOptions& options = {});
  /// What is held of a weight that is that, quantized as in set_weight().
  std::vector<HostTensor> held_tensors(const nn::ParameterSpec& spec, const HostTensor& value,
                                       const quantization::EncodeOptions& options = {}) const;
  /// As EDPretrainedModel's.
  void set_parameter(std::string_view name, const HostTensor& value);
  /// As set_parameter(), of a table over the vocabulary.
  void set_table(const std::string& operation, const std::string& name, const HostTensor& value);
  /// Gives the tables over the vocabulary so many rows. All or nothing.
  void resize_vocabulary(int64_t size, const ResizeOptions& options);
  /// As set_weight(), of what is held of it.
  void set_held(const nn::ParameterSpec& spec, std::span<const HostTensor> tensors);
  /// The weight as numbers, of spec.shape().
  HostTensor weight(const nn::ParameterSpec& spec) const;
  /// Where rules (the model's own when empty) and specs put the weights.
  NamedShardings named_shardings(const PartitionRules& rules, const PartitionSpecs& specs,
                                 std::vector<std::string>& warnings) const;
  /// Where the weights of `resized`, this model with another vocabulary, are to lie; sentences about those that changed
  /// are added to `warnings`.
  NamedShardings resized_shardings(const nn::Module& resized, std::vector<std::string>& warnings) const;
  /// The tensor that a function's pieces make; it decides where the weight lies from now on.
  HostTensor apply_shard_fn(const nn::ParameterSpec& spec, const ShardFn& shard_fn, const HostTensor& value);
  void move_weights(NamedShardings target);
  void require_weights(std::string_view operation) const;
  /// What compute_dtype stands for.
  DType computation_dtype() const;
  DType cache_dtype() const;
  ProgramSource program_source() const;
  /// Traces a pass of that [batch, sequence]. Error(kInvalidArgument) where it is none, and what tracing throws.
  void check_input_shape(std::span<const int64_t> shape, const std::string& operation) const;
  bool can_generate() const { return easydel::can_generate(module->task()); }
  /// Error(kUnsupported) unless the model continues texts.
  void require_generation(std::string_view operation) const;
  /// Error(kUnsupported) for a model of one part.
  const nn::Encoder& require_encoder(std::string_view operation) const;
  KvCache init_cache(int64_t batch_size, int64_t max_length, const HostTensor& encoder_outputs = {},
                     const HostTensor& encoder_attention_mask = {}) const;
  ForwardOutput forward(const ForwardInputs& inputs) const;
  ForwardOutput encode(const ForwardInputs& inputs) const;
  ColumnImportance column_importance(std::span<const int32_t> ids, int64_t context) const;
  /// What follows each row of `inputs`.
  DeviceTokens next_tokens(ForwardInputs inputs, const DeviceChoice& choice) const;
  /// How tokens are chosen for texts of up to that length; none where the logits come to the host for it.
  std::optional<generation::DeviceChooser> device_chooser(const GenerationConfig& options,
                                                          int64_t text_length) const;
  /// Makes row i of a cache what rows[i] was. Takes a second copy of the cache's memory for that time.
  void reorder_cache(KvCache& cache, std::span<const int32_t> rows) const;

 private:
  struct PassOutput {
    ForwardOutput forward;
    DeviceTokens tokens;  ///< with a choice, in the place of logits
  };
  PassOutput run_model(const ForwardInputs& inputs, const DeviceChoice* choice) const;
  PassOutput run_pass(ProgramPart part, const ForwardInputs& inputs, const SourceText& source,
                      const DeviceChoice* choice) const;
  Executable& program(const ProgramKey& key) const;
  Buffer upload_rows(const HostTensor& tensor) const;
  /// Checks an encoder's output and pads it.
  SourceText source_text(const HostTensor& encoder_outputs, const HostTensor& attention_mask) const;
  /// Fills the cache with the keys and values of cross attention.
  void add_source(KvCache::State& cache, const SourceText& source) const;
};

}  // namespace easydel
