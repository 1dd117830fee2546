#include <algorithm>

#include "pretrained/model_state.h"

namespace easydel {
namespace {

// Caches come in multiples of this, so that one decode program serves texts of similar length.
constexpr int64_t kCacheStep = 256;

class ModelSession final : public generation::Session {
 public:
  ModelSession(const EDPretrainedModel::State& model, KvCache cache)
      : model_(model), cache_(std::move(cache)) {}

  HostTensor decode(std::span<const int32_t> ids) override {
    return feed({.input_ids = HostTensor::from<int32_t>(
                     std::vector<int64_t>{static_cast<int64_t>(ids.size()), 1}, ids)});
  }

  HostTensor feed(ForwardInputs inputs) {
    inputs.cache = &cache_;
    inputs.logits_to_keep = 1;
    const HostTensor logits = model_.forward(inputs).logits;
    return logits.reshaped(std::vector<int64_t>{logits.shape().dim(0), logits.shape().dim(2)});
  }

 private:
  const EDPretrainedModel::State& model_;
  KvCache cache_;
};

}  // namespace

int64_t ModelDecoder::vocab_size() const {
  return model_.vocab_size;
}
int64_t ModelDecoder::max_positions() const {
  return model_.max_positions;
}

std::unique_ptr<generation::Session> ModelDecoder::start(std::span<const std::vector<int32_t>> prompts,
                                                         int64_t capacity, HostTensor& logits) {
  const auto batch = static_cast<int64_t>(prompts.size());
  int64_t longest = 0;
  for (const auto& prompt : prompts) longest = std::max(longest, static_cast<int64_t>(prompt.size()));
  HostTensor ids = HostTensor::zeros(Shape(DType::kI32, {batch, longest}));
  HostTensor mask = HostTensor::zeros(Shape(DType::kI32, {batch, longest}));
  for (int64_t row = 0; row < batch; ++row) {
    const std::vector<int32_t>& prompt = prompts[static_cast<size_t>(row)];
    const auto count = static_cast<int64_t>(prompt.size());
    const int64_t end = (row + 1) * longest;
    std::copy(prompt.begin(), prompt.end(), ids.mutable_data<int32_t>().begin() + end - count);
    std::fill_n(mask.mutable_data<int32_t>().begin() + end - count, count, 1);
  }
  const int64_t rounded = (capacity + kCacheStep - 1) / kCacheStep * kCacheStep;
  auto session = std::make_unique<ModelSession>(model_, model_.init_cache(batch, rounded));
  logits = session->feed({.input_ids = ids, .attention_mask = mask});
  return session;
}

}  // namespace easydel
