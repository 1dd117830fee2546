#include "pretrained/trace_program.h"

#include "base/format.h"
#include "graph/ops.h"
#include "nn/cache.h"

namespace easydel {
namespace {

using LayerCaches = std::vector<nn::LayerCache>;

class ProgramTracer {
 public:
  ProgramTracer(const ProgramKey& key, const nn::Module& module, DType activation_dtype,
                const nn::ActivationSharding* sharding, int64_t mlp_chunk_size)
      : key_(key), module_(module), step_{.graph = graph_, .activation_dtype = activation_dtype} {
    step_.sharding = sharding;
    step_.mlp_chunk_size = mlp_chunk_size;
    step_.record_hidden_states = key.hidden_states;
    step_.record_router_logits = key.router_logits;
  }

  Graph trace() {
    if (key_.part == ProgramPart::kSourceKeys)
      trace_source_keys();
    else
      trace_pass();
    return std::move(graph_);
  }

 private:
  void trace_pass() {
    const Value input_ids = tokens("input_ids");
    step_.position_ids = tokens("position_ids");
    step_.text_lengths = graph_.parameter("text_lengths", Shape(DType::kI32, {key_.batch}));
    if (key_.token_types) step_.token_type_ids = tokens("token_type_ids");
    if (key_.masked) step_.key_mask = mask("key_mask", key_.capacity > 0 ? key_.capacity : key_.seq);
    if (key_.source_masked) step_.source_mask = mask("source_mask", key_.source_length);
    Value logits_start;
    if (key_.takes_logits_start()) logits_start = graph_.parameter("logits_start", Shape(DType::kI32, {}));
    LayerCaches cache, source;
    if (key_.capacity > 0) {
      step_.cache_offset = graph_.parameter("cache_offset", Shape(DType::kI32, {}));
      cache = caches("cache", key_.cache_dtype, key_.capacity);
      step_.cache = &cache;
    } else {
      step_.cache_offset = scalar(graph_, 0, DType::kI32);
    }
    if (key_.source_length > 0 && key_.capacity > 0) {
      source = caches("source", nn::source_cache_dtype(key_.cache_dtype), key_.source_length);
      step_.source_keys = &source;
    } else if (key_.source_length > 0) {
      step_.source_states = source_states();
    }

    if (key_.part == ProgramPart::kEncoder)
      graph_.set_output("last_hidden_state",
                        convert(module_.encoder()->encode(input_ids, step_), DType::kF32));
    else
      trace_head(module_.forward(input_ids, step_), logits_start);
    for (size_t index = 0; index < step_.hidden_states.size(); ++index)
      graph_.set_output(fmt::format("hidden.{}", index), convert(step_.hidden_states[index], DType::kF32));
    for (size_t index = 0; index < step_.router_logits.size(); ++index)
      graph_.set_output(fmt::format("router.{}", index), step_.router_logits[index]);
    return_caches("cache", key_.cache_dtype, cache);
    return_caches("source", nn::source_cache_dtype(key_.cache_dtype), source);
  }

  void trace_head(Value hidden, Value logits_start) {
    if (key_.logits_to_keep == ProgramKey::kNoLogits) return;
    if (logits_start) {
      const Value zero = scalar(graph_, 0, DType::kI32);
      hidden = dynamic_slice(hidden, std::vector{zero, logits_start, zero},
                             std::vector{key_.batch, key_.logits_to_keep, hidden.dim(2)});
    } else if (key_.logits_to_keep > 0 && key_.logits_to_keep < key_.seq) {
      hidden = slice_axis(hidden, 1, key_.seq - key_.logits_to_keep, key_.seq);
    }
    const std::vector<Value> results = module_.head(hidden, step_);
    if (key_.chooser) {
      const Value logits = results.front();
      const auto [ids, scores] =
          generation::trace_choice(reshape(logits, {key_.batch, logits.dim(2)}), *key_.chooser);
      graph_.set_output("next_ids", ids);
      if (scores) graph_.set_output("next_scores", scores);
      return;
    }
    const std::vector<nn::OutputSpec> specs = module_.outputs();
    for (size_t index = 0; index < results.size(); ++index)
      graph_.set_output(specs[index].name, results[index]);
  }

  void trace_source_keys() {
    const LayerCaches keys = module_.encoder()->cross_keys(source_states(), step_);
    const DType dtype = nn::source_cache_dtype(key_.cache_dtype);
    for (size_t layer = 0; layer < keys.size(); ++layer) {
      graph_.set_output(fmt::format("source.{}.key", layer), convert(keys[layer].key, dtype));
      graph_.set_output(fmt::format("source.{}.value", layer), convert(keys[layer].value, dtype));
    }
  }

  Value tokens(std::string_view name) {
    return graph_.parameter(name, Shape(DType::kI32, {key_.batch, key_.seq}));
  }
  Value mask(std::string_view name, int64_t length) {
    return graph_.parameter(name, Shape(DType::kI32, {key_.batch, length}));
  }
  Value source_states() {
    const Shape shape(DType::kF32, {key_.batch, key_.source_length, module_.encoder()->hidden_size()});
    return convert(graph_.parameter("source_states", shape), step_.activation_dtype);
  }

  LayerCaches caches(std::string_view name, DType dtype, int64_t length) {
    LayerCaches result;
    for (const nn::CacheLayout& layout : module_.cache_layout()) {
      nn::LayerCache layer;
      for (const nn::CachePart& part : nn::cache_parts(layout, dtype, key_.batch, length))
        layer.*part.value = graph_.parameter(fmt::format("{}.{}.{}", name, result.size(), part.name),
                                             part.shape, ParameterKind::kState);
      result.push_back(layer);
    }
    return result;
  }

  void return_caches(std::string_view name, DType dtype, const LayerCaches& layers) {
    for (size_t layer = 0; layer < layers.size(); ++layer) {
      for (const nn::CachePart& part : nn::cache_parts({}, dtype, 1, 1)) {
        const std::string state = fmt::format("{}.{}.{}", name, layer, part.name);
        graph_.set_output_alias(state, layers[layer].*part.value, state);
      }
    }
  }

  const ProgramKey& key_;
  const nn::Module& module_;
  Graph graph_;
  nn::Step step_;
};

}  // namespace

Graph trace_program(const ProgramKey& key, const nn::Module& module, DType activation_dtype,
                    const nn::ActivationSharding* sharding, int64_t mlp_chunk_size) {
  return ProgramTracer(key, module, activation_dtype, sharding, mlp_chunk_size).trace();
}

}  // namespace easydel
