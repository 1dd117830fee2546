#include <algorithm>
#include <iterator>
#include <numeric>

#include "base/format.h"
#include "easydel/error.h"
#include "nn/cache.h"
#include "pretrained/model_state.h"

namespace easydel {
namespace {

/// Rows of a mask i32 [batch, length], which may be empty.
HostTensor rows_of(const HostTensor& mask, std::span<const int32_t> rows) {
  if (mask.empty()) return mask;
  const int64_t length = mask.shape().dim(1);
  HostTensor result = HostTensor::uninitialized(Shape(DType::kI32, {std::ssize(rows), length}));
  auto target = result.mutable_data<int32_t>().begin();
  for (const int32_t row : rows)
    target = std::copy_n(mask.data<int32_t>().begin() + row * length, length, target);
  return result;
}

/// The numbers, f32, that codes i8 [..., n] and scales f32 [..., 1] stand for.
HostTensor scaled(const HostTensor& codes, const HostTensor& scales) {
  HostTensor result = HostTensor::uninitialized(codes.shape().with_dtype(DType::kF32));
  const std::span<const int8_t> from = codes.data<int8_t>();
  const std::span<float> to = result.mutable_data<float>();
  const size_t width = from.size() / std::max<size_t>(scales.data<float>().size(), 1);
  for (size_t i = 0; i < to.size(); ++i)
    to[i] = static_cast<float>(from[i]) * scales.data<float>()[i / width];
  return result;
}

}  // namespace

DType cache_dtype(DType weights) {
  return item_size(weights) == 2 ? weights : DType::kF32;
}

void KvCache::State::allocate() {
  buffers.clear();
  for (const nn::CacheLayout& layer : layout) {
    for (const nn::CachePart& part : nn::cache_parts(layer, dtype, batch, capacity))
      buffers.push_back(engine->zeros(part.shape, placement.cache(part.shape)));
  }
}

HostTensor KvCache::State::part(int64_t layer, int64_t which) const {
  const auto layers = static_cast<int64_t>(layout.size());
  if (layer < 0 || layer >= layers)
    throw Error(ErrorCode::kInvalidArgument, "cache",
                fmt::format("layer {} does not exist; the model has {}", layer, layers));
  const size_t held = buffers.size() / layout.size() / 2;  // of keys, and as many of values
  const size_t first = held * static_cast<size_t>(2 * layer + which);
  const HostTensor tensor = engine->download(buffers[first]);
  return held == 1 ? tensor : scaled(tensor, engine->download(buffers[first + 1]));
}

KvCache::KvCache(std::unique_ptr<State> state) : state_(std::move(state)) {}
KvCache::~KvCache() = default;
KvCache::KvCache(KvCache&&) noexcept = default;
KvCache& KvCache::operator=(KvCache&&) noexcept = default;

int64_t KvCache::batch_size() const {
  return state_->batch;
}
int64_t KvCache::max_length() const {
  return state_->capacity;
}
int64_t KvCache::length() const {
  return state_->length;
}

uint64_t KvCache::bytes() const {
  uint64_t bytes = 0;
  for (const Buffer& buffer : state_->buffers) bytes += buffer.shape().bytes();
  return bytes;
}

void KvCache::reset() {
  state_->length = 0;
  state_->mask = {};
}

HostTensor KvCache::key(int64_t layer) const {
  return state_->part(layer, 0);
}

HostTensor KvCache::value(int64_t layer) const {
  return state_->part(layer, 1);
}

DType EDPretrainedModel::State::cache_dtype() const {
  if (easydel_options.quantize_kv_cache) return DType::kI8;
  return easydel::cache_dtype(computation_dtype());
}

KvCache EDPretrainedModel::State::init_cache(int64_t batch_size, int64_t max_length,
                                             const HostTensor& encoder_outputs,
                                             const HostTensor& encoder_attention_mask) const {
  constexpr int64_t kMaxBatch = 1 << 16;
  if (batch_size < 1 || batch_size > kMaxBatch)
    throw Error(ErrorCode::kInvalidArgument, "init_cache",
                fmt::format("batch_size is {}; it must be from 1 to {}", batch_size, kMaxBatch));
  if (max_length < 1)
    throw Error(ErrorCode::kInvalidArgument, "init_cache",
                fmt::format("max_length is {}; it must be 1 or more", max_length));
  if (!module->is_causal())
    throw Error(ErrorCode::kUnsupported, "init_cache",
                fmt::format("{} keeps no keys: each token also sees those behind it", model_class->name));
  SourceText source;
  if (module->encoder() != nullptr || !encoder_outputs.empty()) {
    source = source_text(encoder_outputs, encoder_attention_mask);
    if (source.states.shape().dim(0) != batch_size)
      throw Error(ErrorCode::kShapeMismatch, "init_cache",
                  fmt::format("encoder_outputs has {} rows, batch_size is {}", source.states.shape().dim(0),
                              batch_size));
    require_weights("init_cache");
  }
  auto cache = std::make_unique<KvCache::State>();
  cache->engine = engine;
  cache->placement = placement;
  cache->layout = module->cache_layout();
  cache->dtype = cache_dtype();
  cache->batch = batch_size;
  cache->capacity = max_length;
  cache->allocate();
  if (!source.states.empty()) add_source(*cache, source);
  return KvCache(std::move(cache));
}

void EDPretrainedModel::State::reorder_cache(KvCache& cache, std::span<const int32_t> rows) const {
  KvCache::State& state = cache.state();
  std::vector<int32_t> same(static_cast<size_t>(state.batch));
  std::iota(same.begin(), same.end(), 0);
  if (std::ranges::equal(rows, same)) return;
  const std::lock_guard lock(mutex);
  const ReorderKey key{.batch = state.batch,
                       .rows = std::ssize(rows),
                       .capacity = state.capacity,
                       .source_length = state.source_length,
                       .cache_dtype = state.dtype};
  const HostTensor indices = HostTensor::from<int32_t>(std::vector<int64_t>{key.rows}, rows);
  std::vector<Buffer> arguments = {engine->upload(indices, placement.whole())};
  for (std::vector<Buffer>* buffers : {&state.buffers, &state.source_buffers})
    std::ranges::move(*buffers, std::back_inserter(arguments));
  std::vector<Buffer> results = programs.get(key, state.layout, *engine, placement).run(arguments);
  auto next = results.begin();
  for (std::vector<Buffer>* buffers : {&state.buffers, &state.source_buffers})
    for (Buffer& buffer : *buffers) buffer = std::move(*next++);
  state.batch = key.rows;
  state.mask = rows_of(state.mask, rows);
  state.source_mask = rows_of(state.source_mask, rows);
}

}  // namespace easydel
