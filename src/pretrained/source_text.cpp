// Encoder-decoders: the encoder's pass, what the decoder attends to, and the keys that a cache keeps of it.
#include <algorithm>
#include <cstring>

#include "base/format.h"
#include "easydel/error.h"
#include "pretrained/model_state.h"
#include "pretrained/tokens.h"

namespace easydel {
namespace {

/// f32 [batch, length, hidden] with zeros behind each row up to `padded`.
HostTensor pad_states(const HostTensor& states, int64_t padded) {
  const int64_t batch = states.shape().dim(0), length = states.shape().dim(1);
  if (length == padded) return states;
  HostTensor result = HostTensor::zeros(states.shape().with_dims({batch, padded, states.shape().dim(2)}));
  const size_t from = states.shape().bytes() / static_cast<size_t>(batch);
  const size_t to = result.shape().bytes() / static_cast<size_t>(batch);
  for (size_t row = 0; row < static_cast<size_t>(batch); ++row)
    std::memcpy(result.mutable_bytes().data() + row * to, states.bytes().data() + row * from, from);
  return result;
}

/// Refuses what only an encoder-decoder takes.
void check_one_part(const ForwardInputs& inputs) {
  for (const HostTensor* tensor :
       {&inputs.decoder_input_ids, &inputs.decoder_attention_mask, &inputs.encoder_outputs})
    if (!tensor->empty())
      throw Error(ErrorCode::kUnsupported, "forward",
                  "decoder_input_ids, decoder_attention_mask and encoder_outputs are for encoder-decoders, "
                  "which this model is not");
}

}  // namespace

const nn::Encoder& EDPretrainedModel::State::require_encoder(std::string_view operation) const {
  if (module->encoder() == nullptr)
    throw Error(ErrorCode::kUnsupported, std::string(operation),
                fmt::format("{} is no encoder-decoder", model_class->name));
  return *module->encoder();
}

EDPretrainedModel::State::PassOutput EDPretrainedModel::State::run_model(const ForwardInputs& inputs,
                                                                         const DeviceChoice* choice) const {
  const auto fail = [](std::string detail) {
    throw Error(ErrorCode::kInvalidArgument, "forward", std::move(detail));
  };
  require_weights("forward");
  if (inputs.logits_to_keep < 0)
    fail(fmt::format("logits_to_keep is {}; it must be 0 (all) or more", inputs.logits_to_keep));
  if (inputs.logits_to_keep > 0) require_generation("logits_to_keep");
  if (inputs.output_router_logits.value_or(false) && module->routing().layers == 0)
    throw Error(ErrorCode::kUnsupported, "forward",
                fmt::format("output_router_logits is set, and {} has no routers", model_class->name));
  if (module->encoder() == nullptr) {
    check_one_part(inputs);
    const std::lock_guard lock(mutex);
    return run_pass(ProgramPart::kModel, inputs, {}, choice);
  }

  ForwardInputs half{.input_ids = inputs.decoder_input_ids,
                     .attention_mask = inputs.decoder_attention_mask,
                     .position_ids = inputs.position_ids,
                     .cache = inputs.cache,
                     .output_hidden_states = inputs.output_hidden_states,
                     .logits_to_keep = inputs.logits_to_keep};
  if (half.input_ids.empty())
    fail(
        "decoder_input_ids are missing; give the text so far, which begins with decoder_start_token_id, or "
        "make them of labels with shift_right()");
  const bool gives_source = !inputs.input_ids.empty() || !inputs.encoder_outputs.empty();
  ForwardOutput encoded;
  SourceText source;
  if (inputs.cache != nullptr) {
    if (gives_source)
      fail("the cache holds the encoder's output already; give decoder_input_ids alone, or no cache");
  } else {
    if (!inputs.input_ids.empty() && !inputs.encoder_outputs.empty())
      fail("input_ids and encoder_outputs are given; give one of them");
    if (inputs.encoder_outputs.empty())
      encoded = encode(inputs);
    else
      encoded.encoder_last_hidden_state = inputs.encoder_outputs;
    source = source_text(encoded.encoder_last_hidden_state, inputs.attention_mask);
    if (source.states.shape().dim(0) != half.input_ids.shape().dim(0))
      fail(fmt::format("the encoder has {} rows and decoder_input_ids {}", source.states.shape().dim(0),
                       half.input_ids.shape().dim(0)));
  }
  const std::lock_guard lock(mutex);
  PassOutput output = run_pass(ProgramPart::kModel, half, source, choice);
  output.forward.encoder_last_hidden_state = std::move(encoded.encoder_last_hidden_state);
  output.forward.encoder_hidden_states = std::move(encoded.encoder_hidden_states);
  return output;
}

ForwardOutput EDPretrainedModel::State::encode(const ForwardInputs& inputs) const {
  static_cast<void>(require_encoder("encode"));
  require_weights("encode");
  const std::lock_guard lock(mutex);
  ForwardOutput output = run_pass(ProgramPart::kEncoder,
                                  {.input_ids = inputs.input_ids,
                                   .attention_mask = inputs.attention_mask,
                                   .output_hidden_states = inputs.output_hidden_states},
                                  {}, nullptr)
                             .forward;
  return {.encoder_last_hidden_state = std::move(output.last_hidden_state),
          .encoder_hidden_states = std::move(output.hidden_states)};
}

SourceText EDPretrainedModel::State::source_text(const HostTensor& encoder_outputs,
                                                 const HostTensor& attention_mask) const {
  const nn::Encoder& encoder = require_encoder("encoder_outputs");
  const bool fits = !encoder_outputs.empty() && encoder_outputs.dtype() == DType::kF32 &&
                    encoder_outputs.shape().rank() == 3 && encoder_outputs.shape().elements() > 0 &&
                    encoder_outputs.shape().dim(2) == encoder.hidden_size();
  if (!fits)
    throw Error(
        ErrorCode::kShapeMismatch, "encoder_outputs",
        fmt::format("must be f32 [batch, source, {}], as encode() gives it; got {}", encoder.hidden_size(),
                    encoder_outputs.empty() ? "nothing" : encoder_outputs.shape().to_string()));
  const Shape& shape = encoder_outputs.shape();
  const bool buckets = engine->prefers_buckets();
  const int64_t length = program_length(shape.dim(1), buckets);
  SourceText source{.states = pad_states(encoder_outputs, length), .mask = {}};
  if (attention_mask.empty() && !buckets) return source;
  source.mask = attention_mask.empty() ? ones(shape.dim(0), shape.dim(1))
                                       : as_tokens(attention_mask, "attention_mask", "encoder_outputs");
  if (source.mask.shape() != Shape(DType::kI32, {shape.dim(0), shape.dim(1)}))
    throw Error(ErrorCode::kShapeMismatch, "encoder_outputs",
                fmt::format("attention_mask is {}, and the encoder's output {}", source.mask.shape(), shape));
  source.mask = pad_right(source.mask, length, 0);
  return source;
}

void EDPretrainedModel::State::add_source(KvCache::State& cache, const SourceText& source) const {
  const std::lock_guard lock(mutex);
  cache.source_length = source.states.shape().dim(1);
  cache.source_mask = source.mask;
  cache.source_buffers = program({.batch = cache.batch,
                                  .part = ProgramPart::kSourceKeys,
                                  .source_length = cache.source_length,
                                  .cache_dtype = cache.dtype})
                             .run(std::vector{upload_rows(source.states)});
}

ForwardOutput EDPretrainedModel::encode(const ForwardInputs& inputs) const {
  return state_->encode(inputs);
}

HostTensor EDPretrainedModel::shift_right(const HostTensor& labels) const {
  constexpr int32_t kNoLabel = -100;
  const int32_t start = state_->require_encoder("shift_right").decoder_start_token();
  const int32_t padding = generation_config().pad_token_id.value_or(0);
  const HostTensor given = as_tokens(labels, "labels", "shift_right");
  HostTensor shifted = HostTensor::uninitialized(given.shape());
  const auto seq = static_cast<size_t>(given.shape().dim(1));
  for (size_t index = 0; index < given.data<int32_t>().size(); ++index) {
    const int32_t before = index % seq == 0 ? start : given.data<int32_t>()[index - 1];
    shifted.mutable_data<int32_t>()[index] = before == kNoLabel ? padding : before;
  }
  return shifted;
}

}  // namespace easydel
