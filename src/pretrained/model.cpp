#include "easydel/model.h"

#include <algorithm>
#include <array>
#include <ostream>

#include "base/format.h"
#include "base/transpose.h"
#include "easydel/error.h"
#include "models/registry.h"
#include "nn/initialize.h"
#include "pretrained/model_state.h"
#include "pretrained/quantize.h"

namespace easydel {

namespace {

constexpr int64_t kMaxVirtualDevices = 256;

/// The devices that the mesh of the options needs; nothing when one size is open or the configuration decides.
std::optional<int64_t> planned_devices(const ShardingOptions& sharding) {
  if (sharding.sharding_axis_dims.empty()) return std::nullopt;
  return MeshAxes{.dims = sharding.sharding_axis_dims, .names = {}}.device_count();
}

/// As planned_devices(), for an engine that can make as many devices as are wanted: what the configuration says counts.
std::optional<int64_t> wanted_devices(const EDPretrainedConfig& config, const ShardingOptions& sharding) {
  if (!sharding.sharding_axis_dims.empty()) return planned_devices(sharding);
  return MeshAxes{.dims = config.easydel_options().axis_dims, .names = {}}.device_count();
}

std::shared_ptr<Engine> engine_for(const EngineOptions& options, std::optional<int64_t> planned) {
  const int64_t devices = options.devices > 0 ? options.devices : planned.value_or(1);
  return make_engine(options.engine, {.threads = options.threads,
                                      .devices = std::min(devices, kMaxVirtualDevices),
                                      .preallocate = options.preallocate,
                                      .memory_fraction = options.memory_fraction,
                                      .visible_devices = options.visible_devices,
                                      .layers = options.layers,
                                      .native_kernels = options.native_kernels,
                                      .precision = options.precision});
}

/// How many devices the mesh has. A model without weights may lie on more than the engine drives.
int64_t mesh_devices(const Engine& engine, std::optional<int64_t> planned, bool with_weights) {
  if (!planned) return engine.device_count();
  if (with_weights) require_devices(engine.name(), engine.device_count(), *planned);
  return *planned;
}

}  // namespace

void require_weight_dtype(DType dtype, std::string_view operation) {
  if (!is_float(dtype) || dtype == DType::kF64)
    throw Error(ErrorCode::kInvalidArgument, std::string(operation),
                fmt::format("dtype {} cannot hold weights; use f32, bf16 or f16", dtype));
}

HostTensor decoded(const nn::ParameterSpec& spec, std::span<const HostTensor> parts) {
  const HostTensor value =
      quantization::decode(*spec.format, parts, Shape(spec.dtype, spec.quantized_dims()));
  return spec.role == nn::ParameterRole::kInOutKernel ? swap_last_axes(value) : value;
}

EDPretrainedModel::State::State(const EDPretrainedConfig& model_config, std::optional<ModelTask> task,
                                const EngineOptions& options, const ShardingOptions& sharding_options,
                                bool with_weights)
    : State(model_config, task, engine_for(options, wanted_devices(model_config, sharding_options)),
            sharding_options, with_weights) {}

EDPretrainedModel::State::State(EDPretrainedConfig model_config, std::optional<ModelTask> task,
                                std::shared_ptr<Engine> model_engine, ShardingOptions sharding_options,
                                bool with_weights)
    : config(std::move(model_config)),
      easydel_options(config.easydel_options()),
      entry(&model_registry().at(config.model_type())),
      model_class(task ? &entry->class_of(*task) : &entry->class_of(config)),
      module(make_module(config, model_class->task)),
      engine(std::move(model_engine)),
      sharding(std::move(sharding_options)),
      placement(
          Placement::of(config, sharding, mesh_devices(*engine, planned_devices(sharding), with_weights))),
      vocab_size(config.integer("vocab_size", std::nullopt, 1)),
      max_positions(module->max_positions()),
      decoder(std::make_unique<ModelDecoder>(*this)) {
  if (sharding.auto_shard_params)
    shardings = named_shardings(sharding.partition_rules, {}, report.unsharded);
  else
    for (const nn::ParameterSpec& parameter : module->parameters().specs())
      shardings.emplace(parameter.name, placement.whole());
}

std::unique_ptr<EDPretrainedModel::State> EDPretrainedModel::State::share() const {
  auto other = std::make_unique<State>(config, model_class->task, engine, sharding, has_weights);
  const std::lock_guard lock(mutex);
  for (nn::ParameterSpec& parameter : other->module->parameters().specs()) {
    parameter.dtype = spec(parameter.name).dtype;
    parameter.format = spec(parameter.name).format;
  }
  other->generation_config = generation_config;
  other->report = report;
  other->name_or_path = name_or_path;
  other->shardings = shardings;
  other->weights = weights;
  other->has_weights = has_weights;
  other->compute_dtype = compute_dtype;
  return other;
}

void EDPretrainedModel::State::require_generation(std::string_view operation) const {
  if (!can_generate())
    throw Error(
        ErrorCode::kUnsupported, std::string(operation),
        fmt::format("{} has no head that continues texts; a model of class {} or {} has", model_class->name,
                    easydel::to_string(ModelTask::kCausalLM), easydel::to_string(ModelTask::kSeq2SeqLM)));
}

DType EDPretrainedModel::State::computation_dtype() const {
  return compute_dtype == DType::kAuto ? spec(module->input_embedding_name()).dtype : compute_dtype;
}

ProgramSource EDPretrainedModel::State::program_source() const {
  const bool is_chunked = easydel_options.use_scan_mlp && !placement.splits_sequences();
  return {.module = *module,
          .engine = *engine,
          .placement = placement,
          .shardings = shardings,
          .activation_dtype = engine->activation_dtype(computation_dtype()),
          .mlp_chunk_size = is_chunked ? easydel_options.scan_mlp_chunk_size : 0};
}

void EDPretrainedModel::State::check_input_shape(std::span<const int64_t> shape,
                                                 const std::string& operation) const {
  if (shape.size() != 2 || shape[0] < 1 || shape[1] < 1 || shape[1] > max_positions)
    throw Error(ErrorCode::kInvalidArgument, operation,
                fmt::format("input_shape is [{}]; it must be [batch, sequence], each 1 or more, the sequence "
                            "up to the context of {}",
                            fmt::join(shape, ","), max_positions));
  const ProgramPart part = module->encoder() == nullptr ? ProgramPart::kModel : ProgramPart::kEncoder;
  static_cast<void>(program_source().trace({.batch = shape[0], .seq = shape[1], .part = part}));
}

std::string EDPretrainedModel::State::head_name() const {
  std::string name = module->output_embedding_name();
  if (name.empty())
    throw Error(ErrorCode::kUnsupported, "output embeddings",
                fmt::format("{} has no head over the vocabulary", model_class->name));
  return name;
}

const nn::ParameterSpec& EDPretrainedModel::State::spec(std::string_view name) const {
  const nn::ParameterSpec* found = std::as_const(*module).parameters().find(name);
  if (found == nullptr)
    throw Error(ErrorCode::kNotFound, "parameter",
                fmt::format("\"{}\" is not a parameter of this {} model; parameter_names() lists them", name,
                            config.model_type()));
  return *found;
}

void EDPretrainedModel::State::set_weight(nn::ParameterSpec& spec, const HostTensor& value,
                                          const quantization::EncodeOptions& encode_options) {
  if (spec.format == nullptr) spec.dtype = value.dtype();
  set_held(spec, held_tensors(spec, value, encode_options));
}

std::vector<HostTensor> EDPretrainedModel::State::held_tensors(
    const nn::ParameterSpec& spec, const HostTensor& value,
    const quantization::EncodeOptions& encode_options) const {
  if (spec.format == nullptr) return {value};
  const bool transposes = spec.role == nn::ParameterRole::kInOutKernel;
  return quantization::encode(*spec.format, transposes ? swap_last_axes(value) : value, spec.name,
                              encode_options);
}

void EDPretrainedModel::State::set_held(const nn::ParameterSpec& spec, std::span<const HostTensor> tensors) {
  const std::vector<nn::HeldTensor> held = spec.held();
  for (size_t index = 0; index < held.size(); ++index)
    weights.insert_or_assign(
        held[index].name,
        engine->upload(tensors[index], held_sharding(spec, shardings.at(spec.name), held[index])));
}

HostTensor EDPretrainedModel::State::weight(const nn::ParameterSpec& spec) const {
  std::vector<HostTensor> tensors;
  for (const nn::HeldTensor& held : spec.held())
    tensors.push_back(engine->download(weights.find(held.name)->second));
  return spec.format == nullptr ? tensors.front() : decoded(spec, tensors);
}

void EDPretrainedModel::State::require_weights(std::string_view operation) const {
  if (!has_weights)
    throw Error(
        ErrorCode::kInvalidArgument, std::string(operation),
        "the model was made with do_init = false and has no weights; make it with do_init = true, or load it "
        "with from_pretrained");
}

EDPretrainedModel::EDPretrainedModel() = default;
EDPretrainedModel::~EDPretrainedModel() = default;
EDPretrainedModel::EDPretrainedModel(EDPretrainedModel&&) noexcept = default;
EDPretrainedModel& EDPretrainedModel::operator=(EDPretrainedModel&&) noexcept = default;

EDPretrainedModel::EDPretrainedModel(const EDPretrainedConfig& config, const ModelOptions& options)
    : state_(
          std::make_unique<State>(config, options.task, options.engine, options.sharding, options.do_init)) {
  require_weight_dtype(options.dtype, "model");
  for (nn::ParameterSpec& spec : state_->module->parameters().specs()) spec.dtype = options.dtype;
  state_->check_input_shape(options.input_shape, "model");
  state_->generation_config = GenerationConfig::from_model_config(state_->config);
  if (options.do_init)
    for (nn::ParameterSpec& spec : state_->module->parameters().specs())
      state_->set_weight(spec, nn::initialize(spec, options.seed, options.dtype));
  state_->has_weights = options.do_init;
}

const EDPretrainedConfig& EDPretrainedModel::config() const {
  return state_->config;
}
GenerationConfig& EDPretrainedModel::generation_config() {
  return state_->generation_config;
}
const GenerationConfig& EDPretrainedModel::generation_config() const {
  return state_->generation_config;
}
const LoadReport& EDPretrainedModel::load_report() const {
  return state_->report;
}
const std::string& EDPretrainedModel::name_or_path() const {
  return state_->name_or_path;
}
std::string EDPretrainedModel::engine_description() const {
  return state_->engine->description();
}
std::string EDPretrainedModel::engine_name() const {
  return std::string(state_->engine->name());
}
DType EDPretrainedModel::dtype() const {
  return state_->spec(state_->module->input_embedding_name()).dtype;
}
const std::string& EDPretrainedModel::class_name() const {
  return state_->model_class->name;
}
ModelTask EDPretrainedModel::task() const {
  return state_->module->task();
}
bool EDPretrainedModel::can_generate() const {
  return state_->can_generate();
}
int64_t EDPretrainedModel::vocab_size() const {
  return state_->vocab_size;
}
int64_t EDPretrainedModel::max_positions() const {
  return state_->max_positions;
}
uint64_t EDPretrainedModel::peak_activation_bytes() const {
  const std::lock_guard lock(state_->mutex);
  return state_->programs.peak_arena_bytes();
}

std::vector<std::string> EDPretrainedModel::parameter_names() const {
  std::vector<std::string> names;
  for (const nn::ParameterSpec& spec : state_->module->parameters().specs()) names.push_back(spec.name);
  return names;
}

Shape EDPretrainedModel::parameter_shape(std::string_view name) const {
  return state_->spec(name).shape();
}

HostTensor EDPretrainedModel::parameter(std::string_view name) const {
  const nn::ParameterSpec& spec = state_->spec(name);
  state_->require_weights("parameter");
  return state_->weight(spec);
}

void EDPretrainedModel::set_parameter(std::string_view name, const HostTensor& value) {
  state_->set_parameter(name, value);
}

void EDPretrainedModel::State::set_parameter(std::string_view name, const HostTensor& value) {
  const nn::ParameterSpec& spec = this->spec(name);
  require_weights("set_parameter");
  if (value.empty() || !std::ranges::equal(value.shape().dims(), spec.dims))
    throw Error(ErrorCode::kShapeMismatch, "set_parameter",
                fmt::format("\"{}\" is {}, the new value {}", name, spec.shape(),
                            value.empty() ? std::string("empty") : value.shape().to_string()));
  const std::lock_guard lock(mutex);
  set_weight(*module->parameters().find(name), spec.format == nullptr ? value.to(spec.dtype) : value);
  programs.clear();  // they have the old weight bound
}

void EDPretrainedModel::to_8bit(const std::vector<std::string>& quantization_fields) {
  state_->require_weights("to_8bit");
  const TargetMatcher targets(quantization_fields);
  const quantization::Format& format = quantization::format("int8");
  const std::lock_guard lock(state_->mutex);
  state_->programs.clear();  // they have the old weights bound
  nn::ParameterSet& parameters = state_->module->parameters();
  for (nn::ParameterSpec& spec : parameters.specs()) {
    if (spec.format != nullptr || !targets.match(parameters, spec)) continue;
    const HostTensor value = state_->weight(spec);
    spec.format = &format;
    state_->set_weight(spec, value);
  }
  set_stored_quantization(state_->config, format, targets.patterns(), parameters);
}

std::string EDPretrainedModel::quantization() const {
  for (const nn::ParameterSpec& spec : state_->module->parameters().specs())
    if (spec.format != nullptr)
      return std::string(stored_quantization(state_->config).format->name);  // not of an exception
  return {};
}

int64_t EDPretrainedModel::num_parameters() const {
  int64_t count = 0;
  for (const nn::ParameterSpec& spec : state_->module->parameters().specs()) count += spec.shape().elements();
  return count;
}

uint64_t EDPretrainedModel::weight_bytes() const {
  uint64_t bytes = 0;
  for (const nn::ParameterSpec& spec : state_->module->parameters().specs()) bytes += spec.held_bytes();
  return bytes;
}

HostTensor EDPretrainedModel::get_input_embeddings() const {
  return parameter(state_->module->input_embedding_name());
}
void EDPretrainedModel::set_input_embeddings(const HostTensor& value) {
  state_->set_table("set_input_embeddings", state_->module->input_embedding_name(), value);
}
HostTensor EDPretrainedModel::get_output_embeddings() const {
  return parameter(state_->head_name());
}
void EDPretrainedModel::set_output_embeddings(const HostTensor& value) {
  state_->set_table("set_output_embeddings", state_->head_name(), value);
}

KvCache EDPretrainedModel::init_cache(int64_t batch_size, int64_t max_length,
                                      const HostTensor& encoder_outputs,
                                      const HostTensor& encoder_attention_mask) const {
  return state_->init_cache(batch_size, max_length, encoder_outputs, encoder_attention_mask);
}

GenerationInputs EDPretrainedModel::prepare_inputs_for_generation(
    const HostTensor& input_ids, int64_t max_length, const HostTensor& attention_mask,
    const HostTensor& encoder_outputs, const HostTensor& encoder_attention_mask) const {
  const auto fail = [](std::string detail) {
    throw Error(ErrorCode::kShapeMismatch, "prepare_inputs_for_generation", std::move(detail));
  };
  if (input_ids.empty() || input_ids.shape().rank() != 2) fail("input_ids must be [batch, seq]");
  const int64_t batch = input_ids.shape().dim(0), seq = input_ids.shape().dim(1);
  if (seq > max_length)
    fail(fmt::format("input_ids has {} tokens, max_length is {}; raise it", seq, max_length));
  if (!attention_mask.empty() && !std::ranges::equal(attention_mask.shape().dims(), input_ids.shape().dims()))
    fail(fmt::format("attention_mask is {}, input_ids {}; they must be alike", attention_mask.shape(),
                     input_ids.shape()));

  HostTensor mask = HostTensor::uninitialized(Shape(DType::kI32, {batch, max_length}));
  HostTensor positions = HostTensor::uninitialized(Shape(DType::kI32, {batch, seq}));
  std::ranges::fill(mask.mutable_data<int32_t>(), 1);
  const HostTensor given = attention_mask.empty() ? HostTensor() : attention_mask.to(DType::kI32);
  for (int64_t row = 0; row < batch; ++row) {
    int32_t count = 0;
    for (int64_t column = 0; column < seq; ++column) {
      const auto at = static_cast<size_t>(row * seq + column);
      const int32_t visible = given.empty() ? 1 : static_cast<int32_t>(given.data<int32_t>()[at] != 0);
      mask.mutable_data<int32_t>()[static_cast<size_t>(row * max_length + column)] = visible;
      count += visible;
      positions.mutable_data<int32_t>()[at] = count - 1;
    }
  }
  return {init_cache(batch, max_length, encoder_outputs, encoder_attention_mask), std::move(mask),
          std::move(positions)};
}

void EDPretrainedModel::update_inputs_for_generation(GenerationInputs& inputs) const {
  const int64_t batch = inputs.position_ids.shape().dim(0), seq = inputs.position_ids.shape().dim(1);
  HostTensor next = HostTensor::uninitialized(Shape(DType::kI32, {batch, 1}));
  for (int64_t row = 0; row < batch; ++row)
    next.mutable_data<int32_t>()[static_cast<size_t>(row)] =
        inputs.position_ids.data<int32_t>()[static_cast<size_t>((row + 1) * seq - 1)] + 1;
  inputs.position_ids = std::move(next);
}

ForwardOutput EDPretrainedModel::forward(const ForwardInputs& inputs) const {
  return state_->forward(inputs);
}

Generation EDPretrainedModel::start_generation(std::vector<std::vector<int32_t>> prompts,
                                               const GenerationConfig& config,
                                               const Tokenizer* tokenizer) const {
  state_->require_generation("generate");
  state_->require_weights("generate");
  return Generation(*state_->decoder, std::move(prompts), config, tokenizer);
}

std::vector<GeneratedText> EDPretrainedModel::generate(
    std::vector<std::vector<int32_t>> prompts, const GenerationConfig& config, const Tokenizer* tokenizer,
    const std::function<bool(const TokenStep&)>& on_token) const {
  Generation generation = start_generation(std::move(prompts), config, tokenizer);
  while (generation.advance()) {
    const bool go_on =
        !on_token || std::all_of(generation.steps().begin(), generation.steps().end(), on_token);
    if (!go_on) generation.stop();
  }
  return generation.rows();
}

TokenStream EDPretrainedModel::stream(std::vector<int32_t> prompt, const GenerationConfig& config,
                                      const Tokenizer* tokenizer) const {
  if (config.num_beams > 1 || config.num_return_sequences > 1)
    throw Error(
        ErrorCode::kInvalidArgument, "stream",
        fmt::format("num_beams is {} and num_return_sequences {}; both must be 1, as a stream is of one text "
                    "while it grows: use generate()",
                    config.num_beams, config.num_return_sequences));
  return TokenStream(start_generation({std::move(prompt)}, config, tokenizer));
}

std::string EDPretrainedModel::to_string() const {
  std::string text = fmt::format("{}(\n", class_name());
  const auto line = [&](std::string_view name, std::string_view value) {
    text += fmt::format("  {} : {}\n", name, value);
  };
  line("name_or_path", name_or_path());
  line("dtype", easydel::to_string(dtype()));
  if (const std::string format = quantization(); !format.empty()) line("quantization", format);
  line("parameters",
       fmt::format("{} ({:.1f} MB)", num_parameters(), static_cast<double>(weight_bytes()) * 1e-6));
  line("layers", fmt::format("{}", state_->module->cache_layout().size()));
  line("vocab_size", fmt::format("{}", vocab_size()));
  line("max_positions", fmt::format("{}", max_positions()));
  line("tied_embeddings",
       state_->module->input_embedding_name() == state_->module->output_embedding_name() ? "true" : "false");
  line("engine", engine_description());
  return text + ")";
}

std::ostream& operator<<(std::ostream& stream, const EDPretrainedModel& model) {
  return stream << model.to_string();
}

std::vector<std::string> known_model_types() {
  std::vector<std::string> types;
  for (const ModelEntry& entry : model_registry().entries()) types.push_back(entry.model_type);
  return types;
}

}  // namespace easydel
