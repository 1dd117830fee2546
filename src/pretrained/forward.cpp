// One forward pass: checks the inputs, fills in mask and positions, runs programs over the cache. What is particular to
// encoder-decoders is in source_text.cpp.
#include <algorithm>
#include <limits>

#include "base/format.h"
#include "easydel/error.h"
#include "pretrained/load_balancing.h"
#include "pretrained/model_state.h"
#include "pretrained/tokens.h"

namespace easydel {
namespace {

[[noreturn]] void fail(ErrorCode code, std::string detail) {
  throw Error(code, "forward", std::move(detail));
}

void check_ids(const HostTensor& ids, int64_t vocab_size) {
  const std::span<const int32_t> values = ids.data<int32_t>();
  for (size_t index = 0; index < values.size(); ++index) {
    if (values[index] >= 0 && values[index] < vocab_size) continue;
    const auto seq = static_cast<size_t>(ids.shape().dim(1));
    fail(ErrorCode::kInvalidArgument,
         fmt::format("token {} at row {}, position {} is outside the vocabulary of {} tokens", values[index],
                     index / seq, index % seq, vocab_size));
  }
}

/// The arguments of one pass, checked and complete.
struct Pass {
  HostTensor input_ids, position_ids;  // i32 [batch, seq]
  HostTensor token_type_ids;           // i32 [batch, seq]; empty: none are given
  HostTensor mask;                     // i32 [batch, key length]; empty: all visible
  int64_t batch = 0, seq = 0;
  int64_t offset = 0;  // positions that the cache holds already
};

/// The mask over all keys: what is given, ones behind it. Empty when it hides nothing.
HostTensor key_mask(const ForwardInputs& inputs, const Pass& pass, int64_t key_length,
                    const HostTensor& remembered) {
  if (inputs.attention_mask.empty()) return remembered;
  const HostTensor given = as_tokens(inputs.attention_mask, "attention_mask", "forward");
  const int64_t length = given.shape().dim(1);
  const int64_t used = pass.offset + pass.seq;
  if (given.shape().dim(0) != pass.batch || length < used || length > key_length)
    fail(ErrorCode::kShapeMismatch,
         fmt::format(
             "attention_mask is {}; it must be [{}, {} to {}]: one entry per token that is cached or given",
             given.shape(), pass.batch, used, key_length));
  const std::span<const int32_t> values = given.data<int32_t>();
  if (std::find(values.begin(), values.end(), 0) == values.end()) return {};
  HostTensor mask = HostTensor::uninitialized(Shape(DType::kI32, {pass.batch, key_length}));
  const std::span<int32_t> target = mask.mutable_data<int32_t>();
  std::fill(target.begin(), target.end(), 1);
  for (int64_t row = 0; row < pass.batch; ++row)
    std::copy_n(values.begin() + row * length, length, target.begin() + row * key_length);
  return mask;
}

/// The running count of visible tokens minus one, for the last `seq` of offset + seq positions.
HostTensor count_positions(const Pass& pass) {
  HostTensor positions = HostTensor::uninitialized(pass.input_ids.shape());
  const std::span<int32_t> target = positions.mutable_data<int32_t>();
  for (int64_t row = 0; row < pass.batch; ++row) {
    int32_t count = 0;
    for (int64_t key = 0; key < pass.offset + pass.seq; ++key) {
      bool visible = true;
      if (!pass.mask.empty())
        visible = pass.mask.data<int32_t>()[static_cast<size_t>(row * pass.mask.shape().dim(1) + key)] != 0;
      count += visible ? 1 : 0;
      if (key >= pass.offset) target[static_cast<size_t>(row * pass.seq + key - pass.offset)] = count - 1;
    }
  }
  return positions;
}

/// Positions behind `padding_index` over the tokens that are not it, which stay at it.
HostTensor count_tokens(const HostTensor& input_ids, int32_t padding_index) {
  HostTensor positions = HostTensor::uninitialized(input_ids.shape());
  const auto seq = static_cast<size_t>(input_ids.shape().dim(1));
  const std::span<const int32_t> ids = input_ids.data<int32_t>();
  int32_t last = padding_index;
  for (size_t index = 0; index < ids.size(); ++index) {
    if (index % seq == 0) last = padding_index;
    positions.mutable_data<int32_t>()[index] = ids[index] == padding_index ? padding_index : ++last;
  }
  return positions;
}

/// Each row's greatest position plus one: i32 [batch].
HostTensor text_lengths(const HostTensor& position_ids) {
  const int64_t batch = position_ids.shape().dim(0), seq = position_ids.shape().dim(1);
  HostTensor lengths = HostTensor::uninitialized(Shape(DType::kI32, {batch}));
  for (int64_t row = 0; row < batch; ++row) {
    const auto positions =
        position_ids.data<int32_t>().subspan(static_cast<size_t>(row * seq), static_cast<size_t>(seq));
    lengths.mutable_data<int32_t>()[static_cast<size_t>(row)] =
        std::min(std::ranges::max(positions), std::numeric_limits<int32_t>::max() - 1) + 1;
  }
  return lengths;
}

HostTensor token_types(const ForwardInputs& inputs, const Pass& pass, int64_t types) {
  if (inputs.token_type_ids.empty()) return {};
  if (types == 0)
    fail(ErrorCode::kUnsupported, "token_type_ids are given, and the model has no embeddings of token types");
  HostTensor ids = as_tokens(inputs.token_type_ids, "token_type_ids", "forward");
  if (ids.shape() != pass.input_ids.shape())
    fail(ErrorCode::kShapeMismatch, fmt::format("token_type_ids is {}, input_ids {}; they must be alike",
                                                ids.shape(), pass.input_ids.shape()));
  for (const int32_t id : ids.data<int32_t>())
    if (id < 0 || id >= types)
      fail(ErrorCode::kInvalidArgument, fmt::format("token type {} is none of the model's {}", id, types));
  return ids;
}

HostTensor positions(const ForwardInputs& inputs, const Pass& pass, std::optional<int32_t> padding_index) {
  if (inputs.position_ids.empty())
    return padding_index ? count_tokens(pass.input_ids, *padding_index) : count_positions(pass);
  HostTensor given = as_tokens(inputs.position_ids, "position_ids", "forward");
  if (given.shape() != pass.input_ids.shape())
    fail(ErrorCode::kShapeMismatch, fmt::format("position_ids is {}, input_ids {}; they must be alike",
                                                given.shape(), pass.input_ids.shape()));
  return given;
}

/// `is_causal`: padding that programs add behind the tokens is hidden by itself; `buckets`: they add some.
Pass make_pass(const ForwardInputs& inputs, const KvCache::State* cache, const nn::Module& module,
               int64_t vocab_size, bool is_causal, bool buckets) {
  Pass pass;
  pass.input_ids = as_tokens(inputs.input_ids, "input_ids", "forward");
  pass.batch = pass.input_ids.shape().dim(0);
  pass.seq = pass.input_ids.shape().dim(1);
  pass.offset = cache == nullptr ? 0 : cache->length;
  if (pass.batch == 0 || pass.seq == 0)
    fail(ErrorCode::kInvalidArgument,
         fmt::format("input_ids is {}; give at least one token", pass.input_ids.shape()));
  check_ids(pass.input_ids, vocab_size);
  if (pass.offset + pass.seq > module.max_positions())
    fail(ErrorCode::kInvalidArgument,
         fmt::format("{} tokens exceed the model's context of {} (max_position_embeddings); shorten the text",
                     pass.offset + pass.seq, module.max_positions()));
  if (cache != nullptr && cache->batch != pass.batch)
    fail(ErrorCode::kShapeMismatch,
         fmt::format("the cache is for {} rows, input_ids has {}", cache->batch, pass.batch));
  if (cache != nullptr && pass.offset + pass.seq > cache->capacity)
    fail(ErrorCode::kInvalidArgument,
         fmt::format("the cache holds {} positions, {} of them are taken; {} more do not "
                     "fit: make it longer in init_cache",
                     cache->capacity, pass.offset, pass.seq));
  const int64_t key_length = cache == nullptr ? pass.seq : cache->capacity;
  pass.mask = key_mask(inputs, pass, key_length, cache == nullptr ? HostTensor() : cache->mask);
  pass.position_ids = positions(inputs, pass, module.padding_index());
  pass.token_type_ids = token_types(inputs, pass, module.token_types());
  if (pass.mask.empty() && !is_causal && buckets) pass.mask = ones(pass.batch, pass.seq);
  return pass;
}

/// Where the result of that name goes.
HostTensor& field(ForwardOutput& output, std::string_view name) {
  for (const NamedOutput& known : named_outputs())
    if (known.name == name) return output.*known.tensor;
  throw Error(ErrorCode::kInternal, "forward", fmt::format("no output is called {}", name));
}

/// [batch, seq, experts] -> [batch * seq, experts], as Transformers has them.
HostTensor token_rows(const HostTensor& logits) {
  const Shape& shape = logits.shape();
  return logits.reshaped(std::vector<int64_t>{shape.dim(0) * shape.dim(1), shape.dim(2)});
}

}  // namespace

std::span<const NamedOutput> named_outputs() {
  static constexpr NamedOutput kOutputs[] = {
      {"logits", &ForwardOutput::logits},
      {"start_logits", &ForwardOutput::start_logits},
      {"end_logits", &ForwardOutput::end_logits},
      {"last_hidden_state", &ForwardOutput::last_hidden_state},
      {"pooler_output", &ForwardOutput::pooler_output},
      {"encoder_last_hidden_state", &ForwardOutput::encoder_last_hidden_state},
      {"aux_loss", &ForwardOutput::aux_loss},
  };
  return kOutputs;
}

ForwardOutput EDPretrainedModel::State::forward(const ForwardInputs& inputs) const {
  return run_model(inputs, nullptr).forward;
}

DeviceTokens EDPretrainedModel::State::next_tokens(ForwardInputs inputs, const DeviceChoice& choice) const {
  inputs.logits_to_keep = 1;
  return run_model(inputs, &choice).tokens;
}

Executable& EDPretrainedModel::State::program(const ProgramKey& key) const {
  return programs.get(key, program_source(), weights);
}

Buffer EDPretrainedModel::State::upload_rows(const HostTensor& tensor) const {
  return engine->upload(tensor, placement.rows(tensor.shape()));
}

EDPretrainedModel::State::PassOutput EDPretrainedModel::State::run_pass(ProgramPart part,
                                                                        const ForwardInputs& inputs,
                                                                        const SourceText& source,
                                                                        const DeviceChoice* choice) const {
  KvCache::State* cache = inputs.cache == nullptr ? nullptr : &inputs.cache->state();
  if (cache != nullptr && cache->engine != engine)
    fail(ErrorCode::kInvalidArgument, "the cache belongs to another model; make one with init_cache");
  const bool is_causal = part == ProgramPart::kModel && module->is_causal();
  const Pass pass = make_pass(inputs, cache, *module, vocab_size, is_causal, engine->prefers_buckets());
  if (cache != nullptr) cache->mask = pass.mask;

  const HostTensor& source_mask = cache == nullptr ? source.mask : cache->source_mask;
  PassShape shape{.batch = pass.batch,
                  .seq = pass.seq,
                  .logits_to_keep = inputs.logits_to_keep,
                  .masked = !pass.mask.empty(),
                  .hidden_states = inputs.output_hidden_states,
                  .router_logits = inputs.output_router_logits.value_or(module->routing().output_logits),
                  .token_types = !pass.token_type_ids.empty(),
                  .part = part,
                  .source_length = source.states.empty() ? 0 : source.states.shape().dim(1),
                  .source_masked = !source_mask.empty()};
  if (cache != nullptr) {
    shape.cached = cache->length;
    shape.capacity = cache->capacity;
    shape.source_length = cache->source_length;
    shape.cache_dtype = cache->dtype;
  }
  if (choice != nullptr) shape.chooser = choice->chooser;
  const auto upload_scalar = [&](int64_t value) {
    return upload_rows(HostTensor::from<int32_t>({}, {static_cast<int32_t>(value)}));
  };
  const HostTensor lengths = text_lengths(pass.position_ids);
  std::vector<nn::OutputSpec> results_of_head;
  if (part == ProgramPart::kEncoder)
    results_of_head = {{"last_hidden_state"}};
  else
    results_of_head = module->outputs();
  PassOutput output;
  for (const PassPiece& piece : cut_pass(shape, engine->prefers_buckets())) {
    const ProgramKey& key = piece.key;
    const auto tokens = [&](const HostTensor& tensor) {
      return upload_rows(pad_right(columns(tensor, piece.begin, piece.end), key.seq, 0));
    };
    std::vector<Buffer> arguments = {tokens(pass.input_ids), tokens(pass.position_ids), upload_rows(lengths)};
    if (key.token_types) arguments.push_back(tokens(pass.token_type_ids));
    if (key.masked)
      arguments.push_back(
          upload_rows(cache == nullptr ? pad_right(pass.mask, key.seq, is_causal ? 1 : 0) : pass.mask));
    if (key.source_masked) arguments.push_back(upload_rows(source_mask));
    if (key.takes_logits_start()) arguments.push_back(upload_scalar(piece.tokens() - piece.kept()));
    if (cache != nullptr) {
      arguments.push_back(upload_scalar(cache->length));
      arguments.insert(arguments.end(), cache->buffers.begin(), cache->buffers.end());
      arguments.insert(arguments.end(), cache->source_buffers.begin(), cache->source_buffers.end());
    } else if (key.source_length > 0) {
      arguments.push_back(upload_rows(source.states));
    }
    if (key.chooser)
      for (const HostTensor& input :
           generation::choice_inputs(*key.chooser, choice->config, choice->step, vocab_size))
        arguments.push_back(upload_rows(input));
    std::vector<Buffer> results = program(key).run(arguments);
    auto next = results.begin();
    if (key.chooser) {
      output.tokens.ids = engine->download(*next++);
      if (key.chooser->ranked > 0) output.tokens.scores = engine->download(*next++);
    } else if (key.logits_to_keep != ProgramKey::kNoLogits) {
      for (const nn::OutputSpec& spec : results_of_head) {
        const HostTensor value = engine->download(*next++);
        field(output.forward, spec.name) = spec.per_token ? without_padding(value, piece.kept()) : value;
      }
    }
    const auto kept = cache == nullptr ? 0 : std::ssize(cache->buffers) + std::ssize(cache->source_buffers);
    const auto routers = key.router_logits ? module->routing().layers : 0;
    for (; next != results.end() - kept - routers; ++next)
      output.forward.hidden_states.push_back(without_padding(engine->download(*next), piece.tokens()));
    for (; next != results.end() - kept; ++next)
      output.forward.router_logits.push_back(
          token_rows(without_padding(engine->download(*next), piece.tokens())));
    if (cache != nullptr) {
      for (std::vector<Buffer>* buffers : {&cache->buffers, &cache->source_buffers})
        for (Buffer& buffer : *buffers) buffer = std::move(*next++);
      cache->length += piece.tokens();
    }
  }
  if (shape.router_logits) {
    const HostTensor shown =
        pass.mask.empty() ? HostTensor() : columns(pass.mask, pass.offset, pass.offset + pass.seq);
    output.forward.aux_loss =
        load_balancing_loss(output.forward.router_logits, module->routing().choices, shown);
  }
  return output;
}

}  // namespace easydel
