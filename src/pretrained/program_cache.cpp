#include "pretrained/program_cache.h"

#include <algorithm>

#include "pretrained/column_products.h"
#include "pretrained/trace_program.h"

namespace easydel {
namespace {

constexpr size_t kMaxPrograms = 32;

}  // namespace

TracedProgram traced_program(const ProgramKey& key, const ProgramSource& source) {
  TracedProgram program{source.trace(key), {}};
  program.options.mesh = source.placement.mesh();
  for (const nn::ParameterSpec& weight : source.module.parameters().specs())
    for (nn::HeldTensor& held : weight.held())
      program.options.weight_shapes.emplace(std::move(held.name), held.shape);
  if (!source.placement.is_one_device())
    program.options.shardings = source.placement.of_program(
        program.graph, held_shardings(source.module.parameters(), source.shardings));
  return program;
}

Graph ProgramSource::trace(const ProgramKey& key) const {
  Graph graph = trace_program(key, module, activation_dtype, placement.activations(), mlp_chunk_size);
  return key.column_products ? column_products(graph) : std::move(graph);
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

Executable& ProgramCache::get(const ProgramKey& key, const ProgramSource& source,
                              const std::map<std::string, Buffer, std::less<>>& weights) {
  return find_or(key, [&] {
    TracedProgram traced = traced_program(key, source);
    traced.options.bindings = weights;
    return source.engine.compile(std::move(traced.graph), traced.options);
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

void ProgramCache::prepare(const ProgramKey& key, const ProgramSource& source) {
  TracedProgram traced = traced_program(key, source);
  source.engine.prepare(std::move(traced.graph), traced.options);
}

void ProgramCache::clear() {
  entries_.clear();
  recency_.clear();
}

}  // namespace easydel
