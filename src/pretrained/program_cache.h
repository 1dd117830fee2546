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
#include "nn/causal_lm.h"
#include "pretrained/passes.h"
#include "pretrained/placement.h"

namespace easydel {

/// The program takes "input_ids" and "position_ids" i32 [batch, seq], "text_lengths" i32 [batch], then, where
/// it has them, "key_mask" i32 [batch, capacity or seq], "logits_start" i32 [], "cache_offset" i32 [], and
/// per layer "cache.<n>.key" and "cache.<n>.value", then what the choice of tokens needs. It returns "logits" or
/// "next_ids" (i32 [batch]; for a beam search [batch, ranked], and f32 "next_scores"), "hidden.<n>" and the caches, in
/// this order, those that it has.
Graph trace_program(const ProgramKey& key, const nn::CausalLM& module, DType activation_dtype,
                    const nn::ActivationSharding* sharding);

/// A program that makes row i of a cache what rows[i] was.
struct ReorderKey {
  int64_t batch = 1, rows = 1;  ///< before and after
  int64_t capacity = 0;
  DType cache_dtype = DType::kF32;
  friend auto operator<=>(const ReorderKey&, const ReorderKey&) = default;
};

/// Takes "rows" i32 [rows] and per layer "cache.<n>.key" and "cache.<n>.value"; returns these two.
Graph trace_reorder(const ReorderKey& key, std::span<const nn::CacheLayout> layout);

class ProgramCache {
 public:
  Executable& get(const ProgramKey& key, const nn::CausalLM& module, Engine& engine,
                  const std::map<std::string, Buffer, std::less<>>& weights, const Placement& placement,
                  const NamedShardings& shardings);
  Executable& get(const ReorderKey& key, std::span<const nn::CacheLayout> layout, Engine& engine,
                  const Placement& placement);
  /// Has the engine compile a program that get() will be asked for, in the background.
  static void prepare(const ProgramKey& key, const nn::CausalLM& module, Engine& engine,
                      const Placement& placement, const NamedShardings& shardings);
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
