#include "pretrained/program_cache.h"

#include <algorithm>

#include "pretrained/trace_program.h"

namespace easydel {
namespace {

constexpr size_t kMaxPrograms = 32;

struct TracedProgram {
  Graph graph;
  CompileOptions options;
};

TracedProgram trace(const ProgramKey& key, const nn::Module& module, const Engine& engine,
                    const Placement& placement, const NamedShardings& shardings) {
  const nn::ParameterSpec* embedding = module.parameters().find(module.input_embedding_name());
  TracedProgram program{
      trace_program(key, module, engine.activation_dtype(embedding->dtype), placement.activations()), {}};
  program.options.mesh = placement.mesh();
  for (const nn::ParameterSpec& weight : module.parameters().specs())
    for (nn::HeldTensor& held : weight.held())
      program.options.weight_shapes.emplace(std::move(held.name), held.shape);
  if (!placement.is_one_device())
    program.options.shardings =
        placement.of_program(program.graph, held_shardings(module.parameters(), shardings));
  return program;
}

}  // namespace

Executable& ProgramCache::get(const ProgramKey& key, const nn::Module& module, Engine& engine,
                              const std::map<std::string, Buffer, std::less<>>& weights,
                              const Placement& placement, const NamedShardings& shardings) {
  if (const auto found = entries_.find(key); found != entries_.end()) {
    recency_.splice(recency_.begin(), recency_, found->second.recency);
    return *found->second.program;
  }
  TracedProgram traced = trace(key, module, engine, placement, shardings);
  traced.options.bindings = weights;
  auto program = engine.compile(std::move(traced.graph), traced.options);
  peak_arena_bytes_ = std::max(peak_arena_bytes_, program->memory().arena_bytes);
  if (entries_.size() >= kMaxPrograms) {
    entries_.erase(recency_.back());
    recency_.pop_back();
  }
  recency_.push_front(key);
  return *entries_.emplace(key, Entry{std::move(program), recency_.begin()}).first->second.program;
}

void ProgramCache::prepare(const ProgramKey& key, const nn::Module& module, Engine& engine,
                           const Placement& placement, const NamedShardings& shardings) {
  TracedProgram traced = trace(key, module, engine, placement, shardings);
  engine.prepare(std::move(traced.graph), traced.options);
}

void ProgramCache::clear() {
  entries_.clear();
  recency_.clear();
}

}  // namespace easydel
