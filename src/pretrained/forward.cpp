// One forward pass: checks the inputs, fills in mask and positions, runs programs over the cache.
#include <algorithm>
#include <limits>

#include "base/format.h"
#include "easydel/error.h"
#include "pretrained/model_state.h"

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

HostTensor as_tokens(const HostTensor& tensor, std::string_view name) {
  if (tensor.empty() || tensor.shape().rank() != 2 ||
      !(is_integer(tensor.dtype()) || tensor.dtype() == DType::kBool))
    fail(ErrorCode::kShapeMismatch,
         fmt::format("{} must be integers [batch, length], got {}", name,
                     tensor.empty() ? std::string("nothing") : tensor.shape().to_string()));
  return tensor.to(DType::kI32);
}

/// The arguments of one pass, checked and complete.
struct Pass {
  HostTensor input_ids, position_ids;  // i32 [batch, seq]
  HostTensor mask;                     // i32 [batch, key length]; empty: all visible
  int64_t batch = 0, seq = 0;
  int64_t offset = 0;  // positions that the cache holds already
};

/// The mask over all keys: what is given, ones behind it. Empty when it hides nothing.
HostTensor key_mask(const ForwardInputs& inputs, const Pass& pass, int64_t key_length,
                    const HostTensor& remembered) {
  if (inputs.attention_mask.empty()) return remembered;
  const HostTensor given = as_tokens(inputs.attention_mask, "attention_mask");
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

Pass make_pass(const ForwardInputs& inputs, const KvCache::State* cache, int64_t vocab_size,
               int64_t max_positions) {
  Pass pass;
  pass.input_ids = as_tokens(inputs.input_ids, "input_ids");
  pass.batch = pass.input_ids.shape().dim(0);
  pass.seq = pass.input_ids.shape().dim(1);
  pass.offset = cache == nullptr ? 0 : cache->length;
  if (pass.batch == 0 || pass.seq == 0)
    fail(ErrorCode::kInvalidArgument,
         fmt::format("input_ids is {}; give at least one token", pass.input_ids.shape()));
  check_ids(pass.input_ids, vocab_size);
  if (pass.offset + pass.seq > max_positions)
    fail(ErrorCode::kInvalidArgument,
         fmt::format("{} tokens exceed the model's context of {} (max_position_embeddings); shorten the text",
                     pass.offset + pass.seq, max_positions));
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
  if (inputs.position_ids.empty()) {
    pass.position_ids = count_positions(pass);
  } else {
    pass.position_ids = as_tokens(inputs.position_ids, "position_ids");
    if (pass.position_ids.shape() != pass.input_ids.shape())
      fail(ErrorCode::kShapeMismatch, fmt::format("position_ids is {}, input_ids {}; they must be alike",
                                                  pass.position_ids.shape(), pass.input_ids.shape()));
  }
  return pass;
}

/// Columns [begin, end) of an i32 [batch, seq] tensor.
HostTensor columns(const HostTensor& tensor, int64_t begin, int64_t end) {
  const int64_t batch = tensor.shape().dim(0), seq = tensor.shape().dim(1);
  if (begin == 0 && end == seq) return tensor;
  HostTensor result = HostTensor::uninitialized(Shape(DType::kI32, {batch, end - begin}));
  for (int64_t row = 0; row < batch; ++row)
    std::copy_n(tensor.data<int32_t>().begin() + row * seq + begin, end - begin,
                result.mutable_data<int32_t>().begin() + row * (end - begin));
  return result;
}

/// An i32 [batch, seq] tensor with `fill` behind each row up to `length`.
HostTensor pad_right(const HostTensor& tensor, int64_t length, int32_t fill) {
  const int64_t batch = tensor.shape().dim(0), seq = tensor.shape().dim(1);
  if (seq == length) return tensor;
  HostTensor result = HostTensor::uninitialized(Shape(DType::kI32, {batch, length}));
  std::ranges::fill(result.mutable_data<int32_t>(), fill);
  for (int64_t row = 0; row < batch; ++row)
    std::copy_n(tensor.data<int32_t>().begin() + row * seq, seq,
                result.mutable_data<int32_t>().begin() + row * length);
  return result;
}

/// The first `seq` positions of a [batch, length, ...] tensor.
HostTensor without_padding(const HostTensor& tensor, int64_t seq) {
  const int64_t batch = tensor.shape().dim(0), length = tensor.shape().dim(1);
  if (seq >= length) return tensor;
  std::vector<int64_t> dims(tensor.shape().dims().begin(), tensor.shape().dims().end());
  dims[1] = seq;
  HostTensor result = HostTensor::uninitialized(tensor.shape().with_dims(dims));
  const size_t to = result.shape().bytes() / static_cast<size_t>(batch);
  const size_t from = tensor.shape().bytes() / static_cast<size_t>(batch);
  for (size_t row = 0; row < static_cast<size_t>(batch); ++row)
    std::ranges::copy(tensor.bytes().subspan(row * from, to),
                      result.mutable_bytes().begin() + static_cast<std::ptrdiff_t>(row * to));
  return result;
}

}  // namespace

ForwardOutput EDPretrainedModel::State::forward(const ForwardInputs& inputs) const {
  return run_pass(inputs, nullptr).forward;
}

DeviceTokens EDPretrainedModel::State::next_tokens(ForwardInputs inputs, const DeviceChoice& choice) const {
  inputs.logits_to_keep = 1;
  return run_pass(inputs, &choice).tokens;
}

EDPretrainedModel::State::PassOutput EDPretrainedModel::State::run_pass(const ForwardInputs& inputs,
                                                                        const DeviceChoice* choice) const {
  require_weights("forward");
  if (inputs.logits_to_keep < 0)
    fail(ErrorCode::kInvalidArgument,
         fmt::format("logits_to_keep is {}; it must be 0 (all) or more", inputs.logits_to_keep));
  const std::lock_guard lock(mutex);
  KvCache::State* cache = inputs.cache == nullptr ? nullptr : &inputs.cache->state();
  if (cache != nullptr && cache->engine != engine)
    fail(ErrorCode::kInvalidArgument, "the cache belongs to another model; make one with init_cache");
  const Pass pass = make_pass(inputs, cache, vocab_size, max_positions);
  if (cache != nullptr) cache->mask = pass.mask;

  PassShape shape{.batch = pass.batch,
                  .seq = pass.seq,
                  .logits_to_keep = inputs.logits_to_keep,
                  .masked = !pass.mask.empty(),
                  .hidden_states = inputs.output_hidden_states};
  if (cache != nullptr) {
    shape.cached = cache->length;
    shape.capacity = cache->capacity;
    shape.cache_dtype = cache->dtype;
  }
  if (choice != nullptr) shape.chooser = choice->chooser;
  const auto upload = [&](const HostTensor& tensor) {
    return engine->upload(tensor, placement.rows(tensor.shape()));
  };
  const auto upload_scalar = [&](int64_t value) {
    return upload(HostTensor::from<int32_t>({}, {static_cast<int32_t>(value)}));
  };
  const HostTensor lengths = text_lengths(pass.position_ids);
  PassOutput output;
  for (const PassPiece& piece : cut_pass(shape, engine->prefers_buckets())) {
    const ProgramKey& key = piece.key;
    const auto tokens = [&](const HostTensor& tensor) {
      return upload(pad_right(columns(tensor, piece.begin, piece.end), key.seq, 0));
    };
    Executable& program = programs.get(key, *module, *engine, weights, placement, shardings);
    std::vector<Buffer> arguments = {tokens(pass.input_ids), tokens(pass.position_ids), upload(lengths)};
    if (key.masked)
      arguments.push_back(upload(cache == nullptr ? pad_right(pass.mask, key.seq, 1) : pass.mask));
    if (key.takes_logits_start()) arguments.push_back(upload_scalar(piece.tokens() - piece.kept()));
    if (cache != nullptr) {
      arguments.push_back(upload_scalar(cache->length));
      arguments.insert(arguments.end(), cache->buffers.begin(), cache->buffers.end());
    }
    if (key.chooser)
      for (const HostTensor& input :
           generation::choice_inputs(*key.chooser, choice->config, choice->step, vocab_size))
        arguments.push_back(upload(input));
    std::vector<Buffer> results = program.run(arguments);
    size_t next = 0;
    if (key.chooser) {
      output.tokens.ids = engine->download(results[next++]);
      if (key.chooser->ranked > 0) output.tokens.scores = engine->download(results[next++]);
    } else if (key.logits_to_keep != ProgramKey::kNoLogits) {
      output.forward.logits = without_padding(engine->download(results[next++]), piece.kept());
    }
    const size_t cached = cache == nullptr ? 0 : cache->buffers.size();
    while (next + cached < results.size())
      output.forward.hidden_states.push_back(
          without_padding(engine->download(results[next++]), piece.tokens()));
    if (cache != nullptr) {
      std::move(results.begin() + static_cast<std::ptrdiff_t>(next), results.end(), cache->buffers.begin());
      cache->length += piece.tokens();
    }
  }
  return output;
}

}  // namespace easydel
