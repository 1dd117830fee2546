// ProgramCache: the compiled programs of a model, one per shape of its inputs, the least recently used dropped first.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <variant>

#include "engine/engine.h"
#include "nn/module.h"
#include "pretrained/passes.h"
#include "pretrained/placement.h"
#include "pretrained/trace_reorder.h"

namespace easydel {

/// What all programs of a model are made of.
struct ProgramSource {
  const nn::Module& module;
  Engine& engine;
  const Placement& placement;
  const NamedShardings& shardings;  ///< of the weights
  DType activation_dtype = DType::kF32;
  int64_t mlp_chunk_size = 0;  ///< as in nn::Step

  Graph trace(const ProgramKey& key) const;
};

/// A program and what its engine is told.
struct TracedProgram {
  Graph graph;
  CompileOptions options;  ///< bindings are still to come
};
TracedProgram traced_program(const ProgramKey& key, const ProgramSource& source);

class ProgramCache {
 public:
  Executable& get(const ProgramKey& key, const ProgramSource& source,
                  const std::map<std::string, Buffer, std::less<>>& weights);
  Executable& get(const ReorderKey& key, std::span<const nn::CacheLayout> layout, Engine& engine,
                  const Placement& placement);
  /// Has the engine compile a program that get() will be asked for, in the background.
  static void prepare(const ProgramKey& key, const ProgramSource& source);
  void clear();
  size_t peak_arena_bytes() const { return peak_arena_bytes_; }

 private:
  using Key = std::variant<ProgramKey, ReorderKey>;
  struct Entry {
    std::unique_ptr<Executable> program;
    std::list<Key>::iterator recency;
  };
  /// The program of `key`, or the one that `compile()` makes.
  template <typename Compile>
  Executable& find_or(const Key& key, const Compile& compile);

  std::map<Key, Entry> entries_;
  std::list<Key> recency_;  // the latest first
  size_t peak_arena_bytes_ = 0;
};

}  // namespace easydel
