// ProgramCache: the compiled programs of a model, one per shape of its inputs, the least recently used dropped first.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "engine/engine.h"
#include "nn/causal_lm.h"
#include "pretrained/passes.h"
#include "pretrained/placement.h"

namespace easydel {

/// The program takes "input_ids" and "position_ids" i32 [batch, seq], "text_lengths" i32 [batch], then, where
/// it has them, "key_mask" i32 [batch, capacity or seq], "logits_start" i32 [], "cache_offset" i32 [], and
/// per layer "cache.<n>.key" and "cache.<n>.value", then what the choice of tokens needs. It returns "logits" or
/// "next_ids" (i32 [batch]), "hidden.<n>" and the caches, in this order, those that it has.
Graph trace_program(const ProgramKey& key, const nn::CausalLM& module, DType activation_dtype,
                    const nn::ActivationSharding* sharding);

class ProgramCache {
 public:
  Executable& get(const ProgramKey& key, const nn::CausalLM& module, Engine& engine,
                  const std::map<std::string, Buffer, std::less<>>& weights, const Placement& placement,
                  const NamedShardings& shardings);
  /// Has the engine compile a program that get() will be asked for, in the background.
  static void prepare(const ProgramKey& key, const nn::CausalLM& module, Engine& engine,
                      const Placement& placement, const NamedShardings& shardings);
  void clear();
  size_t peak_arena_bytes() const { return peak_arena_bytes_; }

 private:
  struct Entry {
    std::unique_ptr<Executable> program;
    std::list<ProgramKey>::iterator recency;
  };
  std::map<ProgramKey, Entry> entries_;
  std::list<ProgramKey> recency_;  // the latest first
  size_t peak_arena_bytes_ = 0;
};

}  // namespace easydel
