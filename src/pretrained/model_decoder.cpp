#include <algorithm>

#include "pretrained/model_state.h"

namespace easydel {
namespace {

// Caches come in multiples of this, so that one decode program serves texts of similar length.
constexpr int64_t kCacheStep = 256;

int64_t cache_length(int64_t positions) {
  return (positions + kCacheStep - 1) / kCacheStep * kCacheStep;
}

/// Prompts as one batch.
struct PaddedPrompts {
  HostTensor ids, mask;  ///< i32 [batch, longest], padded on the left
};

PaddedPrompts pad_left(std::span<const std::vector<int32_t>> prompts) {
  const auto batch = static_cast<int64_t>(prompts.size());
  int64_t longest = 0;
  for (const auto& prompt : prompts) longest = std::max(longest, static_cast<int64_t>(prompt.size()));
  const Shape shape(DType::kI32, {batch, longest});
  PaddedPrompts padded{HostTensor::zeros(shape), HostTensor::zeros(shape)};
  for (int64_t row = 0; row < batch; ++row) {
    const std::vector<int32_t>& prompt = prompts[static_cast<size_t>(row)];
    const auto count = static_cast<int64_t>(prompt.size());
    const int64_t end = (row + 1) * longest;
    std::copy(prompt.begin(), prompt.end(), padded.ids.mutable_data<int32_t>().begin() + end - count);
    std::fill_n(padded.mask.mutable_data<int32_t>().begin() + end - count, count, 1);
  }
  return padded;
}

/// Rows of a session before beams part.
int64_t first_rows(const GenerationShape& shape) {
  const GenerationConfig& config = shape.config;
  return std::ssize(shape.prompt_lengths) * (config.num_beams > 1 ? 1 : config.num_return_sequences);
}

class ModelSession final : public generation::Session {
 public:
  ModelSession(const EDPretrainedModel::State& model, int64_t batch, int64_t capacity,
               GenerationConfig config)
      : model_(model),
        batch_(batch),
        capacity_(capacity),
        config_(std::move(config)),
        chooser_(model.device_chooser(config_, capacity)) {}

  generation::NextTokens feed_prompts(std::span<const std::vector<int32_t>> prompts,
                                      const generation::StepChoice& choice) override {
    PaddedPrompts padded = pad_left(prompts);
    if (const nn::Encoder* encoder = model_.module->encoder()) {
      const HostTensor states =
          model_.encode({.input_ids = padded.ids, .attention_mask = padded.mask}).encoder_last_hidden_state;
      cache_ = model_.init_cache(batch_, capacity_, states, padded.mask);
      return feed(std::vector(prompts.size(), encoder->decoder_start_token()), choice);
    }
    cache_ = model_.init_cache(batch_, capacity_);
    return choose({.input_ids = std::move(padded.ids), .attention_mask = std::move(padded.mask)}, choice);
  }

  generation::NextTokens feed(std::span<const int32_t> ids, const generation::StepChoice& choice) override {
    HostTensor tokens =
        HostTensor::from<int32_t>(std::vector<int64_t>{static_cast<int64_t>(ids.size()), 1}, ids);
    if (model_.module->encoder() != nullptr) return choose({.decoder_input_ids = std::move(tokens)}, choice);
    return choose({.input_ids = std::move(tokens)}, choice);
  }

  void reorder(std::span<const int32_t> rows) override { model_.reorder_cache(*cache_, rows); }

 private:
  generation::NextTokens choose(ForwardInputs inputs, const generation::StepChoice& choice) {
    inputs.cache = &*cache_;
    inputs.output_router_logits = false;
    if (!chooser_) {
      inputs.logits_to_keep = 1;
      const HostTensor logits = model_.forward(inputs).logits;
      HostTensor rows = logits.reshaped(std::vector<int64_t>{logits.shape().dim(0), logits.shape().dim(2)});
      return generation::next_tokens(rows, config_, choice);
    }
    const DeviceTokens tokens = model_.next_tokens(std::move(inputs), {*chooser_, config_, choice});
    generation::NextTokens next(choice.rows.size());
    const size_t count = tokens.ids.data<int32_t>().size() / next.size();
    for (size_t row = 0; row < next.size(); ++row) {
      if (!choice.rows[row].forced.empty()) {
        next[row] =
            generation::forced_tokens(choice.rows[row], config_, choice.points[row], model_.vocab_size);
        continue;
      }
      for (size_t index = row * count; index < (row + 1) * count; ++index) {
        const int32_t id = tokens.ids.data<int32_t>()[index];
        if (id < 0) generation::no_finite_logit();
        next[row].push_back({id, tokens.scores.empty() ? 0.0f : tokens.scores.data<float>()[index]});
      }
    }
    return next;
  }

  const EDPretrainedModel::State& model_;
  int64_t batch_, capacity_;
  std::optional<KvCache> cache_;  ///< from the prompts on
  GenerationConfig config_;
  std::optional<generation::DeviceChooser> chooser_;  // none: the logits come to the host
};

}  // namespace

std::optional<generation::DeviceChooser> EDPretrainedModel::State::device_chooser(
    const GenerationConfig& options, int64_t text_length) const {
  if (engine->is_in_host_memory()) return std::nullopt;
  return generation::DeviceChooser::of(options, text_length, vocab_size);
}

int64_t ModelDecoder::vocab_size() const {
  return model_.vocab_size;
}
int64_t ModelDecoder::max_positions() const {
  return model_.max_positions;
}

std::vector<int32_t> ModelDecoder::text_start(std::span<const int32_t> prompt) const {
  if (const nn::Encoder* encoder = model_.module->encoder()) return {encoder->decoder_start_token()};
  return {prompt.begin(), prompt.end()};
}

std::unique_ptr<generation::Session> ModelDecoder::start(int64_t batch, int64_t capacity,
                                                         const GenerationConfig& config) {
  return std::make_unique<ModelSession>(model_, batch, cache_length(capacity), config);
}

void ModelDecoder::prepare(const GenerationShape& shape) const {
  const bool is_slow_to_compile = model_.engine->prefers_buckets();
  if (!is_slow_to_compile || shape.prompt_lengths.empty()) return;
  if (model_.module->encoder() != nullptr) return prepare_encoder_decoder(shape);
  const GenerationConfig& config = shape.config;
  const auto [shortest, longest] = std::ranges::minmax(shape.prompt_lengths);
  PassShape pass{.batch = first_rows(shape),
                 .seq = longest,
                 .capacity = cache_length(longest + generation::new_tokens(config, longest)),
                 .logits_to_keep = 1,
                 .masked = shortest != longest,
                 .cache_dtype = model_.cache_dtype()};
  pass.chooser = model_.device_chooser(config, pass.capacity);
  std::vector<PassPiece> pieces = cut_pass(pass, /*buckets=*/true);
  pass.cached = pass.seq;
  pass.seq = 1;
  pass.batch *= config.num_beams;
  pieces.push_back(cut_pass(pass, /*buckets=*/true).front());
  std::vector<ProgramKey> keys;
  for (const PassPiece& piece : pieces)
    if (std::ranges::find(keys, piece.key) == keys.end()) keys.push_back(piece.key);
  prepare(keys);
}

void ModelDecoder::prepare_encoder_decoder(const GenerationShape& shape) const {
  const int64_t batch = first_rows(shape);
  const int64_t longest = std::ranges::max(shape.prompt_lengths);
  const ProgramKey encoder = cut_pass({.batch = batch,
                                       .seq = longest,
                                       .masked = true,
                                       .part = ProgramPart::kEncoder,
                                       .cache_dtype = DType::kF32},
                                      /*buckets=*/true)
                                 .front()
                                 .key;
  const ProgramKey keys{.batch = batch,
                        .part = ProgramPart::kSourceKeys,
                        .source_length = encoder.seq,
                        .cache_dtype = model_.cache_dtype()};
  ProgramKey decode{.batch = batch,
                    .capacity = cache_length(1 + generation::new_tokens(shape.config, 1)),
                    .part = ProgramPart::kModel,
                    .source_length = encoder.seq,
                    .source_masked = true,
                    .cache_dtype = model_.cache_dtype()};
  decode.chooser = model_.device_chooser(shape.config, decode.capacity);
  std::vector<ProgramKey> all = {encoder, keys, decode};
  if (shape.config.num_beams > 1) {
    all.push_back(decode);
    all.back().batch *= shape.config.num_beams;
  }
  prepare(all);
}

void ModelDecoder::prepare(const std::vector<ProgramKey>& keys) const {
  for (const ProgramKey& key : keys) ProgramCache::prepare(key, model_.program_source());
}

}  // namespace easydel
