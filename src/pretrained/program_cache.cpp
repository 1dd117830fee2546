#include "pretrained/program_cache.h"

#include <algorithm>

#include "base/format.h"
#include "graph/ops.h"

namespace easydel {
namespace {

constexpr size_t kMaxPrograms = 32;

struct TracedProgram {
  Graph graph;
  CompileOptions options;
};

TracedProgram trace(const ProgramKey& key, const nn::CausalLM& module, const Engine& engine,
                    const Placement& placement, const NamedShardings& shardings) {
  const nn::ParameterSpec* embedding = module.parameters().find(module.input_embedding_name());
  TracedProgram program{
      trace_program(key, module, engine.activation_dtype(embedding->dtype), placement.activations()), {}};
  program.options.mesh = placement.mesh();
  for (const nn::ParameterSpec& weight : module.parameters().specs())
    program.options.weight_shapes.emplace(weight.name, weight.shape());
  if (!placement.is_one_device()) program.options.shardings = placement.of_program(program.graph, shardings);
  return program;
}

}  // namespace

Graph trace_program(const ProgramKey& key, const nn::CausalLM& module, DType activation_dtype,
                    const nn::ActivationSharding* sharding) {
  Graph graph;
  const Shape tokens(DType::kI32, {key.batch, key.seq});
  const Value input_ids = graph.parameter("input_ids", tokens);
  nn::Step step{.graph = graph, .activation_dtype = activation_dtype};
  step.position_ids = graph.parameter("position_ids", tokens);
  step.text_lengths = graph.parameter("text_lengths", Shape(DType::kI32, {key.batch}));
  step.record_hidden_states = key.hidden_states;
  step.sharding = sharding;
  if (key.masked) {
    const int64_t key_length = key.capacity > 0 ? key.capacity : key.seq;
    step.key_mask = graph.parameter("key_mask", Shape(DType::kI32, {key.batch, key_length}));
  }
  Value logits_start;
  if (key.takes_logits_start()) logits_start = graph.parameter("logits_start", Shape(DType::kI32, {}));
  std::vector<nn::LayerCache> cache;
  if (key.capacity > 0) {
    step.cache_offset = graph.parameter("cache_offset", Shape(DType::kI32, {}));
    for (const nn::CacheLayout& layer : module.cache_layout()) {
      const auto state = [&](std::string_view part, int64_t dim) {
        return graph.parameter(fmt::format("cache.{}.{}", cache.size(), part),
                               Shape(key.cache_dtype, {key.batch, key.capacity, layer.kv_heads, dim}),
                               ParameterKind::kState);
      };
      const Value cached_key = state("key", layer.key_dim);
      cache.push_back({cached_key, state("value", layer.value_dim)});
    }
    step.cache = &cache;
  } else {
    step.cache_offset = scalar(graph, 0, DType::kI32);
  }

  Value hidden = module.forward(input_ids, step);
  if (key.logits_to_keep != ProgramKey::kNoLogits) {
    if (logits_start) {
      const Value zero = scalar(graph, 0, DType::kI32);
      hidden = dynamic_slice(hidden, std::vector{zero, logits_start, zero},
                             std::vector{key.batch, key.logits_to_keep, hidden.dim(2)});
    } else if (key.logits_to_keep > 0 && key.logits_to_keep < key.seq) {
      hidden = slice_axis(hidden, 1, key.seq - key.logits_to_keep, key.seq);
    }
    const Value logits = module.logits(hidden, step);
    if (key.chooser) {
      const auto [ids, scores] =
          generation::trace_choice(reshape(logits, {key.batch, logits.dim(2)}), *key.chooser);
      graph.set_output("next_ids", ids);
      if (scores) graph.set_output("next_scores", scores);
    } else {
      graph.set_output("logits", logits);
    }
  }
  for (size_t index = 0; index < step.hidden_states.size(); ++index)
    graph.set_output(fmt::format("hidden.{}", index), convert(step.hidden_states[index], DType::kF32));
  for (size_t layer = 0; layer < cache.size(); ++layer) {
    const std::string name = fmt::format("cache.{}", layer);
    graph.set_output_alias(name + ".key", cache[layer].key, name + ".key");
    graph.set_output_alias(name + ".value", cache[layer].value, name + ".value");
  }
  return graph;
}

Graph trace_reorder(const ReorderKey& key, std::span<const nn::CacheLayout> layout) {
  Graph graph;
  const Value rows = graph.parameter("rows", Shape(DType::kI32, {key.rows}));
  const auto reorder = [&](const std::string& name, int64_t heads, int64_t dim) {
    const Value cache = graph.parameter(name, Shape(key.cache_dtype, {key.batch, key.capacity, heads, dim}),
                                        ParameterKind::kState);
    if (key.rows == key.batch)
      graph.set_output_alias(name, take(cache, rows), name);
    else
      graph.set_output("reordered." + name, take(cache, rows));
  };
  for (size_t layer = 0; layer < layout.size(); ++layer) {
    reorder(fmt::format("cache.{}.key", layer), layout[layer].kv_heads, layout[layer].key_dim);
    reorder(fmt::format("cache.{}.value", layer), layout[layer].kv_heads, layout[layer].value_dim);
  }
  return graph;
}

template <typename Compile>
Executable& ProgramCache::find_or(const Key& key, const Compile& compile) {
  if (const auto found = entries_.find(key); found != entries_.end()) {
    recency_.splice(recency_.begin(), recency_, found->second.recency);
    return *found->second.program;
  }
  std::unique_ptr<Executable> program = compile();
  peak_arena_bytes_ = std::max(peak_arena_bytes_, program->memory().arena_bytes);
  if (entries_.size() >= kMaxPrograms) {
    entries_.erase(recency_.back());
    recency_.pop_back();
  }
  recency_.push_front(key);
  return *entries_.emplace(key, Entry{std::move(program), recency_.begin()}).first->second.program;
}

Executable& ProgramCache::get(const ProgramKey& key, const nn::CausalLM& module, Engine& engine,
                              const std::map<std::string, Buffer, std::less<>>& weights,
                              const Placement& placement, const NamedShardings& shardings) {
  return find_or(key, [&] {
    TracedProgram traced = trace(key, module, engine, placement, shardings);
    traced.options.bindings = weights;
    return engine.compile(std::move(traced.graph), traced.options);
  });
}

Executable& ProgramCache::get(const ReorderKey& key, std::span<const nn::CacheLayout> layout, Engine& engine,
                              const Placement& placement) {
  return find_or(key, [&] {
    Graph graph = trace_reorder(key, layout);
    CompileOptions options{.mesh = placement.mesh()};
    if (!placement.is_one_device()) {
      const auto place = [&](const std::string& name, Value value) {
        options.shardings.emplace(name, placement.cache(value.shape()).spec());
      };
      for (const Parameter& parameter : graph.parameters())
        if (parameter.kind == ParameterKind::kState) place(parameter.name, {&graph, parameter.value});
      for (const Output& output : graph.outputs()) place(output.name, {&graph, output.value});
    }
    return engine.compile(std::move(graph), options);
  });
}

void ProgramCache::prepare(const ProgramKey& key, const nn::CausalLM& module, Engine& engine,
                           const Placement& placement, const NamedShardings& shardings) {
  TracedProgram traced = trace(key, module, engine, placement, shardings);
  engine.prepare(std::move(traced.graph), traced.options);
}

void ProgramCache::clear() {
  entries_.clear();
  recency_.clear();
}

}  // namespace easydel
